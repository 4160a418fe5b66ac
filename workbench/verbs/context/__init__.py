"""Looking at what the next turn of a conversation would send, and how large it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from workbench import loop
from workbench.errors import InvalidValue
from workbench.items import Item
from workbench.protocols import COMPACTION, Archives, Report, Session
from workbench.sessions.compaction.plan import plan
from workbench.turn.take import known_options, plain_agent
from workbench.verbs.attach import checked_items
from workbench.verbs.context.report import Context
from workbench.verbs.context.rows import left_out, places_of, rows_of
from workbench.verbs.numbered import able, numbered
from workbench.verbs.opening import unlock
from workbench.verbs.prices import OFFLINE, Prices, price_list
from workbench.verbs.progress import with_progress
from workbench.verbs.subject import in_store, session_object
from workbench.workspace import workspace

if TYPE_CHECKING:
    from agents import Agent

__all__ = ["Context", "context"]


def context(
    target: str | Session,
    prompt: str | list[Item] | None = None,
    *,
    agent: Agent[Any] | None = None,
    model: Any = None,
    store: str | None = None,
    prices: Any = None,
    **run_options: Any,
) -> Context:
    """Exactly what the next turn of a conversation would send to the model, and how large it is.

    ``target`` is a name, a session object, or with ``store`` the id of a session there; ``prompt``
    what the user would say (None: left out); ``agent`` who would answer (None: the plain assistant,
    as ``wb.ask``), ``model`` a name or an SDK Model before the agent's own; ``run_options`` are
    keywords of ``Runner.run`` that count (``run_config``, ``context``).

    The SDK's own Runner prepares it, so limits, compaction, hidden items, orphan calls and filters
    are in it; the agent's instructions and tools are asked as in a turn, its guardrails and hooks
    are not. Nothing is sent, no key of a model is needed, and the session stays as it is.

    The window comes from the price list (``prices``, WORKBENCH_PRICES, ``workbench/prices.toml``).
    Raises UnknownSession, KeyRequired, InvalidValue, StoreError, and what the agent raises.

    >>> turn = wb.ask("demo", "My name is John")
    >>> sent = wb.context("demo", "What's my name?")
    >>> [item["role"] for item in sent.items]
    ['user', 'assistant', 'user']
    """
    listed, options = price_list(prices), known_options(run_options)
    _check(prompt, model)
    session, name = _opened(target, store)
    who = _agent(agent)

    async def look(_report: Report) -> Context:
        return await _context(
            session, name, who, prompt, _model(model, who, options), listed, options
        )

    return with_progress("context", look)


def _opened(target: Any, store: str | None) -> tuple[Any, str]:
    """The session as a turn would use it, and how it is called."""
    if not isinstance(target, str):
        session = session_object(target, store)
        return session, session.session_id
    if store is not None:
        return loop.run(in_store(target, store)), target
    entry = loop.run(workspace().get(target))
    unlock(entry)
    return workspace().session(entry), target


def _check(prompt: Any, model: Any) -> None:
    """Refuse what the SDK would only stumble over. Raises InvalidValue."""
    from agents import Model

    if not isinstance(prompt, str | list | None):
        raise InvalidValue(f"a prompt is text or a list of items, not a {type(prompt).__name__}")
    if isinstance(prompt, list):
        checked_items(prompt)
    if not isinstance(model, str | Model | None):
        raise InvalidValue(f"a model is a name or an SDK Model, not a {type(model).__name__}")


def _agent(agent: Any) -> Agent[Any]:
    from agents import Agent

    if agent is not None and not isinstance(agent, Agent):
        raise InvalidValue(f"an agents.Agent is expected, not a {type(agent).__name__}")
    made: Agent[Any] = agent or plain_agent()
    return made


def _model(model: Any, agent: Any, options: Mapping[str, Any]) -> str:
    """The name of the model that would answer."""
    from agents.models import get_default_model

    from workbench.models import model_label
    from workbench.models.endpoint import endpoint

    config = options.get("run_config")
    configured = config.get("model") if isinstance(config, dict) else getattr(config, "model", None)
    for each in (model, configured, agent.model):
        if each is not None:
            return str(model_label(each))
    return OFFLINE if endpoint() is None else get_default_model()


async def _context(
    session: Any,
    name: str,
    agent: Any,
    prompt: Any,
    model: str,
    prices: Prices,
    options: Mapping[str, Any],
) -> Context:
    from workbench.verbs.context.probe import sent_next

    sent = await sent_next(session, agent, prompt=prompt, options=options)
    kept = able(session)
    history = await numbered(kept)
    said = 0 if prompt is None else 1 if isinstance(prompt, str) else len(prompt)
    said = min(said, len(sent.items))
    until = len(sent.items) - said
    places = [*places_of(sent.items[:until], history), *[None] * said]
    return Context(
        session=name,
        agent=str(agent.name),
        model=model,
        window=prices.of(model).window,
        instructions=sent.instructions,
        items=tuple(sent.items),
        rows=tuple(rows_of(sent, places, said)),
        left_out=left_out(places, history, _limit(session, options)),
        notes=tuple(await _notes(session, kept)),
    )


def _limit(session: Any, options: Mapping[str, Any]) -> int | None:
    """The limit of the run, or else of the session."""
    config = options.get("run_config")
    for settings in (_of(config, "session_settings"), getattr(session, "session_settings", None)):
        if (limit := _of(settings, "limit")) is not None:
            return int(limit)
    return None


def _of(given: Any, name: str) -> Any:
    return given.get(name) if isinstance(given, Mapping) else getattr(given, name, None)


async def _notes(session: Any, kept: Any) -> list[str]:
    """What was summarised before, and what will be when the turn has ended."""
    notes = []
    if isinstance(kept, Archives):
        archived = await kept.archived()
        summarised = sum(each.reason.startswith(COMPACTION) for each in archived)
        if summarised:
            notes.append(f"{summarised:,} earlier items are in the archive, in place of a summary")
    policy = getattr(session, "policy", None)
    if policy is not None:
        due = plan(await session.base.rows(), policy)
        if due is not None:
            notes.append(
                f"{len(due.rows):,} of these items will be summarised when the next turn has ended"
            )
    return notes
