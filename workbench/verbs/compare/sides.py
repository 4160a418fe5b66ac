"""What there is to compare: sessions, stores, agents, models, in any mixture."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from workbench import loop
from workbench.errors import InvalidValue, UnknownSession, nearest, shorten
from workbench.protocols import Session, Store
from workbench.sessions.given import is_session
from workbench.sessions.layers import innermost
from workbench.stores.urls import redacted
from workbench.verbs.agents import known_agents
from workbench.verbs.opening import unlock
from workbench.verbs.prices import OFFLINE, Prices
from workbench.workspace import Name, workspace
from workbench.workspace.urls import needs_password

_MODELS = ("chat:", "responses:", "openai/", "litellm/", "any-llm/")
"""How the name of a model may begin that no price list has to know."""


@dataclass(frozen=True, slots=True)
class Side:
    """One thing to compare: the conversation it goes on from, and who answers.

    ``origin`` None is an empty conversation; ``own`` says that it is what was named itself, and not
    the base of what is compared. ``store`` is where copies are made, None where the origin is.
    ``entry`` is the origin's name, ``url`` the store's URL, as far as there is one.
    """

    label: str
    origin: Any = None
    own: bool = False
    store: Store | None = None
    agent: Any = None
    model: Any = None
    entry: Name | None = None
    url: str | None = None


def sides(
    targets: Any, *, session: Any = None, agent: Any = None, model: Any = None, prices: Prices
) -> list[Side]:
    """What ``targets`` mean, each under a label of its own.

    ``session`` is what stores, agents and models go on from, ``agent`` and ``model`` who answers
    unless a target says so. Asks for passwords and keys that are not known. Raises InvalidValue,
    UnknownSession, and what opening a session does.
    """
    base = _conversation(session) if session is not None else Side("")
    base = replace(base, own=False, agent=agent, model=model)
    found = []
    for label, each in _labelled(targets):
        side = _side(each, base, prices)
        found.append(side if label is None else replace(side, label=label))
    return apart(found)


def _labelled(targets: Any) -> list[tuple[str | None, Any]]:
    if isinstance(targets, Mapping):
        given: list[tuple[Any, Any]] = list(targets.items())
        if not all(isinstance(label, str) and label.strip() for label, _ in given):
            raise InvalidValue("the labels of what is compared are texts that are not empty")
    elif isinstance(targets, Iterable) and not isinstance(targets, str | bytes | Session):
        given = [(None, each) for each in targets]  # a column of a frame too
    else:
        given = [(None, targets)]
    if not given:
        raise InvalidValue("there is nothing to compare: give sessions, stores, agents or models")
    return given


def _side(target: Any, base: Side, prices: Prices) -> Side:
    from agents import Agent, Model

    if isinstance(target, str):
        return _named(target, base, prices)
    if isinstance(target, Agent):
        return replace(base, label=str(target.name), agent=target)
    if isinstance(target, Model):
        return replace(base, label=_label_of(target), model=target)
    if is_session(target):
        found = _conversation(target)
        return replace(found, agent=base.agent, model=base.model)
    raise InvalidValue(
        "what is compared is a session (its name or an object), a store's URL, an agents.Agent, or "
        f"a model (its name or an SDK Model), not a {type(target).__name__}"
    )


def _label_of(model: Any) -> str:
    from workbench.models import model_label

    return str(model_label(model))


def _named(target: str, base: Side, prices: Prices) -> Side:
    place = workspace()
    if "://" in target:
        if needs_password(target):
            place.secrets.ask_password(target)
        return replace(base, label=redacted(target), store=place.store_at(target), url=target)
    if loop.run(place.find(target)) is not None:
        return replace(_conversation(target), agent=base.agent, model=base.model)
    agents = known_agents()
    if target in agents:
        return replace(base, label=target, agent=agents[target])
    if target == OFFLINE or target.startswith(_MODELS) or prices.knows(target):
        return replace(base, label=target, model=target)
    known = [entry.name for entry in loop.run(place.names())]
    raise UnknownSession(
        f"there is no session {shorten(target)}; "
        + nearest(target, [*known, *agents, *prices.models], plural="names")
        + " (a model whose name is not known here is written chat:NAME or responses:NAME)"
    )


def _conversation(target: Any) -> Side:
    """A conversation that is there: by its name, or an object."""
    if isinstance(target, str):
        place = workspace()
        entry = loop.run(place.get(target))
        unlock(entry)
        return Side(target, place.session(entry), own=True, entry=entry)
    if not is_session(target):
        raise InvalidValue(f"session is a name or a session object, not a {type(target).__name__}")
    return Side(target.session_id, target, own=True)


def apart(found: Iterable[Side]) -> list[Side]:
    """Each under a label that no other has: ``demo``, ``demo (2)``."""
    taken: set[str] = set()
    result = []
    for each in found:
        label, number = each.label, 1
        while label in taken:
            number += 1
            label = f"{each.label} ({number})"
        taken.add(label)
        result.append(replace(each, label=label))
    return result


def check_in_place(found: Sequence[Side]) -> None:
    """Raise InvalidValue unless each side is a conversation of its own, to be talked to itself."""
    for each in found:
        if not each.own:
            raise InvalidValue(
                f"in_place is for conversations, and {shorten(each.label)} is none: leave in_place "
                "out (keep=True keeps what was said)"
            )
    places = [_place_of(each.origin) for each in found]
    if len(set(places)) < len(places):
        raise InvalidValue("in_place needs different conversations, and one is named twice")


def _place_of(session: Any) -> tuple[int, str]:
    keeper = innermost(session)
    return id(getattr(keeper, "store", keeper)), keeper.session_id
