"""Talking: open a session by name, take a turn."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from workbench import loop
from workbench.errors import InvalidValue, TurnFailed
from workbench.items import Item
from workbench.live import Live, live
from workbench.protocols import Session
from workbench.sessions.stored import StoredSession
from workbench.turn.record import Turn
from workbench.turn.take import Emit, take_turn
from workbench.verbs.subject import not_a_session
from workbench.workspace import Name, workspace


def session(name: str, *, store: str | None = None) -> StoredSession:
    """The session ``name``, made if it is new; usable with the SDK's ``Runner`` anywhere.

    ``store`` is a store URL (``sqlite:///conversations.db``, ``memory://``); None is where the name
    is kept already, or the workspace's own file for a new one. Raises InvalidStoreURL, and
    InvalidValue when the name is kept in another store.
    """
    entry, _new = loop.run(workspace().open(name, store=store))
    return workspace().session(entry)


def ask(
    target: str | Session,
    prompt: str | list[Item],
    *,
    agent: Any = None,
    model: Any = None,
    store: str | None = None,
    stream: bool = True,
    **run_options: Any,
) -> Turn:
    """Take one turn of a conversation and return it; in a notebook it streams into the cell.

    ``target`` is a name (made if new) or any session object; ``prompt`` is text or a list of input
    items; ``agent`` an ``agents.Agent`` (None: the plain assistant); ``model`` a name or an SDK
    Model, before the agent's own; ``run_options`` further keywords of ``Runner.run``. Raises
    TurnFailed when the model or a tool fails; the history is then as it was before.
    """
    __tracebackhide__ = True
    _check(prompt, agent)
    subject, name = _opened(target, store)
    return on_screen(
        live(stream),
        lambda emit: take_turn(
            subject,
            prompt,
            agent=agent,
            model=model,
            stream=stream,
            emit=emit,
            notice=partial(first_notice, name),
            name=name,
            run_options=run_options,
        ),
    )


def _check(prompt: Any, agent: Any) -> None:
    """Refuse what the SDK would only stumble over. Raises InvalidValue."""
    if not isinstance(prompt, str | list):
        raise InvalidValue(f"a prompt is text or a list of items, not a {type(prompt).__name__}")
    if not prompt or (isinstance(prompt, str) and not prompt.strip()):
        raise InvalidValue("the prompt is empty: say something to the agent")
    if agent is not None:
        _check_agent(agent)


def _check_agent(agent: Any) -> None:
    from agents import Agent

    if not isinstance(agent, Agent):
        raise InvalidValue(f"an agents.Agent is expected, not a {type(agent).__name__}")


def on_screen(screen: Live, make: Callable[[Emit], Coroutine[Any, Any, Turn]]) -> Turn:
    """The turn that ``make(emit)`` takes, shown on ``screen`` from its first word to its end."""
    __tracebackhide__ = True
    try:
        turn = loop.watch(make, screen.handle)
    except TurnFailed as failure:
        screen.finish(failure.turn)
        raise
    except BaseException as exc:
        screen.stopped(exc)
        raise
    return screen.finish(turn)


def register_agent(agent: Any, *, name: str | None = None) -> None:
    """Make ``agent`` known to ``%agent --agent NAME`` under ``name`` (None: its own name).

    Agents that are variables of the notebook are known without this. Raises InvalidValue for what
    is not an ``agents.Agent``.
    """
    _check_agent(agent)
    workspace().agents[name or agent.name] = agent


def _opened(target: str | Session, store: str | None) -> tuple[Session, str]:
    if isinstance(target, str):
        entry: Name
        entry, _new = loop.run(workspace().open(target, store=store))
        return workspace().session(entry), target
    if not isinstance(target, Session):
        raise not_a_session(target)
    return target, target.session_id


def first_notice(name: str) -> bool:
    """Whether it has still to be said for this session that the offline model answers."""
    told = workspace().told
    new = name not in told
    told.add(name)
    return new
