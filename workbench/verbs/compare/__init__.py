"""Comparing: the same prompts to several sessions, stores, agents or models at the same time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from workbench.errors import InvalidValue
from workbench.items import Item
from workbench.protocols import Session
from workbench.turn.take import known_options
from workbench.verbs.compare.asking import Asker
from workbench.verbs.compare.keeping import Keeping
from workbench.verbs.compare.lanes import Race
from workbench.verbs.compare.report import Comparison
from workbench.verbs.compare.sides import Side, check_in_place, sides
from workbench.verbs.prices import price_list
from workbench.verbs.progress import Bar, watched
from workbench.verbs.talk import check_agent
from workbench.workspace import workspace

__all__ = ["Comparison", "compare"]


def compare(
    prompts: str | Sequence[str] | list[Item],
    targets: Any,
    *,
    session: str | Session | None = None,
    agent: Any = None,
    model: Any = None,
    repeat: int = 1,
    in_place: bool = False,
    keep: bool = False,
    at_once: int = 16,
    prices: Any = None,
    **run_options: Any,
) -> Comparison:
    """Ask the same of several conversations, stores, agents or models at once, side by side.

    ``prompts`` is a text, a list of texts that are asked one after the other in each conversation,
    or one prompt as a list of input items. ``targets`` is a list, in any mixture, of session names,
    session objects, store URLs, ``agents.Agent``, names of models and SDK Models; a dict names them
    itself. A text is a store where it has ``://``, else a session of that name, else an agent that
    is registered or a variable of the notebook, else a model that the price list knows or that is
    written ``chat:NAME``.

    Sessions go on from their own history; stores, agents and models from that of ``session`` (None:
    an empty one). ``agent`` and ``model`` answer where a target names none. Each run, ``repeat`` of
    each target and ``at_once`` of all at the same time, has a copy of its own, in the same store
    with the same encryption and compaction, which is deleted at the end. A copy of a session that
    is not the workbench's own lies in memory. ``in_place`` talks to the conversations themselves;
    ``keep`` keeps the copies as sessions called ``NAME-compare-1``.

    An error of one is in its row, and the others go on. ``prices`` is the path of a price list,
    ``run_options`` are further keywords of ``Runner.run``. Raises InvalidValue, UnknownSession,
    KeyRequired, and what else opening a session does; nothing was asked then.

    >>> turn = wb.ask("demo", "My name is John")
    >>> answers = wb.compare("What's my name?", ["demo", "memory://fresh"])
    >>> list(answers.frame["reply"])
    ['Your name is John.', "You haven't told me your name. ..."]
    """
    __tracebackhide__ = True
    if agent is not None:
        check_agent(agent)
    listed = price_list(prices)
    asked = _checked(prompts)
    check_options(repeat, at_once, run_options)
    found = sides(targets, session=session, agent=agent, model=model, prices=listed)
    if session is not None and all(side.own for side in found):
        raise InvalidValue(
            "session is what stores, agents and models go on from, and each target has a history "
            "of its own: leave it out"
        )
    if in_place:
        _check_in_place(found, repeat, keep)
    race = Race(
        workspace(),
        found,
        asked,
        Asker(run_options, listed),
        repeat=repeat,
        in_place=in_place,
        keeping=Keeping(workspace(), found, repeat) if keep else None,
        at_once=at_once,
    )
    with Bar("comparing", unit="answers") as bar:
        answers = watched(bar, race.run)
    return Comparison(tuple(answers), tuple(side.label for side in found))


def _checked(prompts: Any) -> list[Any]:
    """The prompts, each text or a list of items. Raises InvalidValue."""
    if isinstance(prompts, str) or _is_items(prompts):
        prompts = [prompts]
    if not isinstance(prompts, Sequence) or isinstance(prompts, bytes):
        kind = type(prompts).__name__
        raise InvalidValue(f"prompts is a text, or a list of texts, not a {kind}")
    for each in prompts:
        if not isinstance(each, str) and not _is_items(each):
            kind = type(each).__name__
            raise InvalidValue(f"a prompt is a text, or a list of input items, not a {kind}")
        if isinstance(each, str) and not each.strip():
            raise InvalidValue("a prompt is empty: say something")
    if not prompts:
        raise InvalidValue("there is no prompt: say something")
    return list(prompts)


def _is_items(given: Any) -> bool:
    return isinstance(given, list) and bool(given) and all(isinstance(i, Mapping) for i in given)


def check_options(repeat: Any, at_once: Any, run_options: Mapping[str, Any]) -> None:
    """Raise InvalidValue for what can't be meant."""
    for name, value in (("repeat", repeat), ("at_once", at_once)):
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise InvalidValue(f"{name} is a number from 1 up, not {value!r}")
    if "hooks" in run_options:
        raise InvalidValue("compare times the model by hooks of its own: give hooks to the agent")
    known_options(dict(run_options))


def _check_in_place(found: Sequence[Side], repeat: int, keep: bool) -> None:
    check_in_place(found)
    if keep:
        raise InvalidValue("in_place makes no copies that could be kept: leave one of the two out")
    if repeat > 1:
        raise InvalidValue(
            "repeat asks the same on several copies, and in_place makes none: leave one out"
        )
