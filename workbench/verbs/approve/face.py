"""``wb.pending``, ``wb.approve``, ``wb.reject``: tools that are not called before somebody agrees.

A tool with ``needs_approval`` leaves its turn pending. What its run goes on with is kept with the
turn, where the conversation is kept and encrypted as that is, so that the decision may come from a
new kernel, or from another machine. A tool never runs twice by itself: of two that approve at the
same moment one goes on, and a run that was begun and has not ended says so. If the program is
killed meanwhile, the turn stays as begun until its tool has answered: whether it had done its work
nobody can know then, so it takes ``again=True`` to call it once more. A fork of a session has what
waits of its own: a tool that is approved in both is called for both.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from workbench import loop
from workbench.errors import CorruptItem, EncryptionError, InvalidValue, ModelError, StoreError
from workbench.frames.pending import pending_frame
from workbench.protocols import Session
from workbench.verbs.approve.deciding import Deciding
from workbench.verbs.approve.going_on import Run, decide
from workbench.verbs.approve.waiting import Waiting, waiting
from workbench.verbs.opening import opened
from workbench.verbs.progress import with_progress
from workbench.verbs.subject import session_object, subject
from workbench.verbs.talk import check_agent
from workbench.workspace import Name, workspace

if TYPE_CHECKING:
    import pandas as pd

    from workbench.turn.record import Turn

_log = logging.getLogger("workbench")


def pending(target: str | Session | None = None, *, store: str | None = None) -> pd.DataFrame:
    """The calls of tools that wait for an approval as a DataFrame, one row each, oldest first.

    ``target`` is a name, a session object, or with ``store`` the id of a session there; None is
    every named session. The columns are those of `workbench.frames.pending`. In an encrypted
    session whose key is not known a row stands for each turn that waits. With None, what can't be
    reached or read just now is logged as a warning. Raises UnknownSession, StoreError, and
    Unsupported for a session of the SDK's own, which remembers no turns.

    >>> from agents import Agent, function_tool
    >>> @function_tool(needs_approval=True)
    ... def book(city: str): return f"booked {city}"
    >>> turn = wb.ask("trip", "Call book with city='Oulu'", agent=Agent(name="Clerk", tools=[book]))
    >>> wb.pending()[["session", "tool", "arguments", "status"]]
      session  tool         arguments   status
    0    trip  book  {"city": "Oulu"}  waiting
    """

    async def look(_report: Any) -> list[Waiting]:
        if target is None:
            return await _of_all()
        session = await subject(target, store=store)
        return await waiting(session, target if isinstance(target, str) else session.session_id)

    if target is None and store is not None:
        raise InvalidValue("name the session in that store: pending(session_id, store=...)")
    found = with_progress("pending", look)
    return pending_frame([row for each in found for row in each.rows()])


def approve(
    target: str | Session,
    call_id: str | Sequence[str] | None = None,
    *,
    always: bool = False,
    again: bool = False,
    **run: Any,
) -> Turn | pd.DataFrame:
    """Let a tool be called that waits for an approval; when all are decided, the turn goes on.

    ``target`` is a name, a session object, or with ``store=`` the id of a session there.
    ``call_id`` (one, or a list) is needed where several calls wait. ``always`` counts for every
    call of this agent's tool in the same run. Returns the new Turn, which streams into the cell, or
    while other calls of the turn wait, the frame of `pending`.

    ``agent=`` is the agent that the run began with; left out it is looked up by its name (a
    variable, or one of ``wb.register_agent``). ``context=`` is the run's context, never written
    down, needed in a new kernel if there was one. ``model=``, ``store=``, ``stream=`` and further
    keywords are those of ``wb.ask``. ``again`` goes on where a run has been begun and has not ended
    well: the tool is then called once more.

    Raises InvalidValue when nothing waits or it must be said what, NotFound for the agent,
    Unsupported when nothing is kept to go on with, and TurnFailed: what the tools have answered by
    then stays in the history.

    >>> from agents import Agent, function_tool
    >>> @function_tool(needs_approval=True)
    ... def book(city: str): return f"booked {city}"
    >>> turn = wb.ask("trip", "Call book with city='Oulu'", agent=Agent(name="Clerk", tools=[book]))
    >>> turn.status
    'pending'
    >>> wb.approve("trip").text
    'book says: booked Oulu'
    """
    __tracebackhide__ = True
    decision = Deciding(decision="approved", calls=_ids(call_id), always=always, again=again)
    return _decide(target, decision, run)


def reject(
    target: str | Session,
    call_id: str | Sequence[str] | None = None,
    *,
    message: str | None = None,
    always: bool = False,
    again: bool = False,
    **run: Any,
) -> Turn | pd.DataFrame:
    """Refuse a tool that waits for an approval: it is not called, and the model is told so.

    ``message`` is what it is told (None: the SDK's own words). For the rest see `approve`.

    >>> from agents import Agent, function_tool
    >>> @function_tool(needs_approval=True)
    ... def book(city: str): return f"booked {city}"
    >>> turn = wb.ask("trip", "Call book with city='Oulu'", agent=Agent(name="Clerk", tools=[book]))
    >>> wb.reject("trip", message="Not this week").text
    'book says: Not this week'
    """
    __tracebackhide__ = True
    ids = _ids(call_id)
    if not isinstance(message, str | None):
        raise InvalidValue(f"message= is text, not a {type(message).__name__}")
    decision = Deciding(decision="rejected", calls=ids, always=always, message=message, again=again)
    return _decide(target, decision, run)


def _ids(call_id: str | Sequence[str] | None) -> tuple[str, ...]:
    given: Any = (call_id,) if isinstance(call_id, str) else call_id or ()
    if not isinstance(given, Iterable) or not all(isinstance(each, str) for each in given):
        raise InvalidValue("a call is named by its call_id, which is text; see wb.pending")
    return tuple(dict.fromkeys(given))


def _decide(
    target: str | Session, decision: Deciding, options: dict[str, Any]
) -> Turn | pd.DataFrame:
    __tracebackhide__ = True
    if options.get("agent") is not None:
        check_agent(options["agent"])
    store = options.pop("store", None)
    session, name = _opened(target, store)
    turn = decide(session, decision, Run.of(name, options))
    return pending(target, store=store) if turn is None else turn


def _opened(target: str | Session, store: str | None) -> tuple[Any, str]:
    if not isinstance(target, str):
        session = session_object(target, store)
        return session, session.session_id
    if store is not None:
        return loop.run(subject(target, store=store)), target
    loop.run(workspace().get(target))  # what does not exist is not made
    return opened(target).session, target


async def _of_all() -> list[Waiting]:
    place = workspace()
    found = await asyncio.gather(*(_of_name(entry) for entry in await place.names()))
    return [turn for turns in found for turn in turns]


async def _of_name(entry: Name) -> list[Waiting]:
    try:
        session = await asyncio.to_thread(workspace().readable, entry)
        try:
            return await waiting(session, entry.name)
        except EncryptionError:  # another key: as it is stored
            return await waiting(workspace().base(entry), entry.name)
    except (StoreError, ModelError, CorruptItem) as exc:
        _log.warning("%s", exc)
        return []
