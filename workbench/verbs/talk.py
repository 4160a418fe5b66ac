"""Talking: open a session by name, take a turn."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from workbench import loop
from workbench.errors import InvalidValue, TurnFailed
from workbench.items import Item
from workbench.live import Live, live
from workbench.protocols import Session
from workbench.sessions.given import awaits_id, is_session
from workbench.turn.record import Turn
from workbench.turn.take import Emit, take_turn
from workbench.verbs.attach import Attachable, checked_items, with_attachments
from workbench.verbs.opening import opened
from workbench.verbs.runs import keep_run
from workbench.verbs.subject import not_a_session
from workbench.workspace import workspace

if TYPE_CHECKING:
    from workbench.sessions.stored import StoredSession
    from workbench.sessions.wrapper import SessionWrapper


def session(
    name: str,
    *,
    store: str | None = None,
    max_messages: int | None = None,
    max_tokens: int | None = None,
    keep_last: int | None = None,
    summary_model: Any = None,
    encrypt: bool | None = None,
    key: Any = None,
) -> StoredSession | SessionWrapper:
    """The session ``name``, made if it is new; usable with the SDK's ``Runner`` anywhere.

    ``store`` is a store URL (``sqlite:///conversations.db``, ``redis://localhost:6379``); None is
    where the name is kept already, or the workspace's own file for a new one. A password in it is
    not remembered: the next kernel takes it from WORKBENCH_REDIS_PASSWORD or REDIS_PASSWORD, the
    keyring, or asks.

    ``max_messages`` or ``max_tokens`` puts a `CompactionSession` around it (``keep_last``,
    ``summary_model`` as there), ``encrypt=True`` an `EncryptedSession`; that is remembered by name,
    None leaves it as it is, 0 takes it back. ``key`` (32 bytes or characters, a Fernet key, a
    Passphrase, a list) is kept while the kernel lives; None is WORKBENCH_KEY, the keyring, or a
    prompt. A ``summary_model`` that is an object is kept as long as a key.

    Raises InvalidStoreURL, KeyRequired, WrongKey, and InvalidValue when the name is kept in another
    store, has plain items and is to be encrypted (`encrypt` does that), or for a weak key.

    >>> session = wb.session("demo", max_messages=20)
    >>> wb.ask(session, "My name is John").text
    'Nice to meet you, John.'
    >>> session
    CompactionSession(StoredSession('demo', store='sqlite:///.workbench/workbench.db'))
    """
    made: StoredSession | SessionWrapper = opened(
        name,
        store=store,
        max_messages=max_messages,
        max_tokens=max_tokens,
        keep_last=keep_last,
        summary_model=summary_model,
        encrypt=encrypt,
        key=key,
    ).session
    return made


def ask(
    target: str | Session,
    prompt: str | list[Item],
    *,
    agent: Any = None,
    model: Any = None,
    attach: Attachable | Iterable[Attachable] = (),
    store: str | None = None,
    stream: bool = True,
    **run_options: Any,
) -> Turn:
    """Take one turn of a conversation and return it; in a notebook it streams into the cell.

    ``target`` is a name (made if new) or any session object; ``prompt`` is text or a list of input
    items; ``agent`` an ``agents.Agent`` (None: the plain assistant); ``model`` a name or an SDK
    Model, before the agent's own; ``attach`` files, images, https addresses or bytes that go with a
    text (`workbench.verbs.attach`); ``run_options`` further keywords of ``Runner.run``. Raises
    TurnFailed when the model or a tool fails (the history is then as it was before), and
    InvalidValue for what can't be attached.

    >>> wb.ask("demo", "My name is John").text
    'Nice to meet you, John.'
    >>> wb.ask("demo", "What's my name?").text
    'Your name is John.'
    """
    __tracebackhide__ = True
    _check(prompt, agent)
    prompt = with_attachments(prompt, attach)
    subject, name = _opened(target, store)
    turn = on_screen(
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
    keep_run(turn, agent)
    return turn


def _check(prompt: Any, agent: Any) -> None:
    """Refuse what the SDK would only stumble over. Raises InvalidValue."""
    if not isinstance(prompt, str | list):
        raise InvalidValue(f"a prompt is text or a list of items, not a {type(prompt).__name__}")
    if not prompt or (isinstance(prompt, str) and not prompt.strip()):
        raise InvalidValue("the prompt is empty: say something to the agent")
    if isinstance(prompt, list):
        checked_items(prompt)
    if agent is not None:
        check_agent(agent)


def check_agent(agent: Any) -> None:
    """Raise InvalidValue for what is no ``agents.Agent``."""
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

    >>> from agents import Agent
    >>> wb.register_agent(Agent(name="Guide", instructions="You help travellers."))
    >>> list(wb.compare("My name is John", ["Guide"]).frame["agent"])
    ['Guide']
    """
    check_agent(agent)
    workspace().agents[name or agent.name] = agent


def _opened(target: str | Session, store: str | None) -> tuple[Session, str]:
    if isinstance(target, str):
        return opened(target, store=store).session, target
    if awaits_id(target):
        loop.run(target.get_items())  # as the Runner does first: a service names it then
    if not is_session(target):
        raise not_a_session(target)
    return target, target.session_id


def first_notice(name: str) -> bool:
    """Whether it has still to be said for this session that the offline model answers."""
    told = workspace().told
    new = name not in told
    told.add(name)
    return new
