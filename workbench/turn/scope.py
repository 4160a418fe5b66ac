"""The scope of a turn: from the first look at the session to the recorded end."""

from __future__ import annotations

import asyncio
import contextvars
import threading
import time
import uuid
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from workbench import loop
from workbench.errors import StoreError, WorkbenchError, shorten
from workbench.items import Item
from workbench.protocols import (
    Archives,
    EndsTurns,
    KeepsRows,
    RecordsTurns,
    Session,
    Status,
)
from workbench.turn.approvals import answers_earlier, left_open, settle_answered
from workbench.turn.foreign import ForeignTurn
from workbench.turn.locks import TurnLock
from workbench.turn.model import Choice
from workbench.turn.parked import parked
from workbench.turn.record import Turn, Usage
from workbench.turn.rerun import Earlier, appended_notice, replaced_notice
from workbench.turn.session import TurnSession
from workbench.turn.wording import CANCELLED, as_text, described, open_calls_notice

SOON = 1.0
"""Seconds of work after a turn that need no word to the user."""

inside: contextvars.ContextVar[TurnScope | None] = contextvars.ContextVar(
    "workbench_turn", default=None
)
"""The turn that the running code is part of: a run that a tool starts is not a turn of its own."""


def turn_lock(session: Any) -> TurnLock:
    """The right to take a turn on ``session``, for whatever else must not come into one."""
    outer = inside.get()
    return TurnLock(session, outer._lock if outer is not None else None)


class TurnScope:
    """Binds one run of the SDK to a session: use `session` as the Runner's session, then call
    `done` with its result or `failed` with its error (`abandon`, where the run can't be waited
    for). Each records the turn and lets the next begin; the first one counts.
    """

    def __init__(
        self,
        session: Session,
        choice: Choice,
        agent: Any,
        *,
        name: str | None = None,
        cell: str | None = None,
        execution: str | None = None,
        replacing: Earlier | None = None,
        spent: Usage | None = None,
        notify: Callable[[str], object] = print,
    ) -> None:
        self.turn_id = uuid.uuid4().hex
        self.choice = choice
        self.name = name or session.session_id
        self.notices: list[str] = []
        self._target = session
        self._agent = getattr(agent, "name", None)
        self._spent = spent
        """What was spent before, where the run goes on with one that waited for an approval."""
        self.kept_answers = False
        """Whether a run that failed has left what its tools answered in the history."""
        self._cell, self._execution = cell, execution
        self._started_at, self._clock = datetime.now(UTC), time.perf_counter()
        self._replacing, self._entered = replacing, False
        self._notify = notify
        self._lock: TurnLock = turn_lock(session)
        self.behind: Future[Turn] | None = None
        """The turn with what came after it, where `done` did not wait for that."""
        self._ending: Future[Turn] | None = None
        # Looking for an end and beginning it belong together: a cell and its run may end at once.
        self._first = threading.Lock()
        self._watch: TurnSession | ForeignTurn
        if isinstance(session, KeepsRows) and isinstance(session, Archives):
            look = self._tell_of_open_calls if spent is None else None
            self._watch = TurnSession(session, self.turn_id, self._enter, look)
        else:
            self._watch = ForeignTurn(session, self._enter)

    @property
    def session(self) -> Any:
        """What the Runner gets as its session."""
        return self._watch

    async def _enter(self) -> None:
        """Before the first look at the history: wait for one's turn, take out what is replaced."""
        await self._lock.acquire()
        if self._replacing is not None and not self._entered:
            self._entered = True
            replaced = await self._replacing.take_out()
            self.say((replaced_notice if replaced else appended_notice)(self.name))

    def _tell_of_open_calls(self, items: Sequence[Item]) -> None:
        if tools := left_open(items):
            self.say(open_calls_notice(self.name, tools))

    def say(self, notice: str) -> None:
        """Tell the user, and note it for the Turn."""
        self.notices.append(notice)
        self._notify(notice)

    async def done(self, result: Any, *, wait: bool = True) -> Turn:
        """The run ended with ``result``: record the turn and return it.

        What the session does after a turn (a compaction) is part of it, before the next one begins;
        with ``wait`` False it is left `behind`, so that who reads a stream is not kept waiting.
        """
        try:
            turn = await self._end(self._done(result))
            if turn.status != "done" or not isinstance(self._target, EndsTurns):
                return turn
            if wait:
                return await (loop.at_home if self.after_at_home else _here)(self._after(turn))
            self._leave_behind(turn)
            return turn
        finally:
            if self.behind is None:
                self._lock.release()

    def _leave_behind(self, turn: Turn) -> None:
        where = loop.home().loop if self.after_at_home else asyncio.get_running_loop()
        self.behind = asyncio.run_coroutine_threadsafe(self._after(turn), where)
        if self.after_at_home:
            self._lock.hand_over()
            self.behind.add_done_callback(lambda _: self._lock.release())
        else:  # its loop may stand still until the next turn
            self._lock.release()

    async def _after(self, turn: Turn) -> Turn:
        """The turn with the cost of what its session had to do when it was over."""
        assert isinstance(self._target, EndsTurns)
        # Till then nothing shows that anything is done: the reply is there, and the cell runs on.
        line = f"Session {shorten(self.name)} is being compacted ..."
        waiting = asyncio.get_running_loop().call_later(SOON, self._notify, line)
        try:
            spent = await self._target.after_turn(self.turn_id)
        finally:
            waiting.cancel()
        if spent is None:
            return turn
        if spent.notice is not None:
            self.say(spent.notice)
        turn = replace(turn, usage=turn.usage.plus(spent), notices=tuple(self.notices))
        if spent.requests:
            await self._record(turn)
        return turn

    async def failed(self, error: BaseException) -> Turn:
        """The run ended in ``error``: put the history back as it was, record the turn."""
        abandoned = self._ending is not None
        turn = await self._end(self._failed(error))
        if abandoned and turn.status == "cancelled":  # what was on its way then has arrived by now
            await loop.settle(self._watch.take_out("cancelled turn"))
        return turn

    def shut(self) -> None:
        """What the run still wants to read or write is refused from now on."""
        self._lock.end()

    def abandon(self) -> Turn:
        """As `failed` with a cancelled run, from plain code, and `shut`.

        For a run on an event loop that will not go on until somebody else lets it.
        """
        self.shut()
        try:
            return self._begin_to_end(self._failed(asyncio.CancelledError())).result()
        finally:
            self._lock.release()

    @property
    def at_home(self) -> bool:
        """Whether the end is on the home loop; a store not ours may belong to this very loop."""
        foreign = isinstance(self._watch, ForeignTurn)
        return not foreign and getattr(self._target, "store", None) is not None

    @property
    def after_at_home(self) -> bool:
        """As `at_home`, for what comes after the turn."""
        return self.at_home and not getattr(self._target, "on_this_loop", False)

    async def _end(self, work: Coroutine[Any, Any, Turn]) -> Turn:
        if not self.at_home:
            return await loop.settle(work)
        return await loop.settle(_waited(self._begin_to_end(work)))

    def _begin_to_end(self, work: Coroutine[Any, Any, Turn]) -> Future[Turn]:
        """At home, where it does not depend on the loop of the run; only the first end counts."""
        with self._first:
            if self._ending is None:
                self._ending = asyncio.run_coroutine_threadsafe(work, loop.home().loop)
            else:
                work.close()
            return self._ending

    async def _done(self, result: Any) -> Turn:
        pending = bool(getattr(result, "interruptions", None))
        turn = self._turn("pending" if pending else "done", result=result)
        await self._record(turn, parked(result, self._agent).to_text() if pending else None)
        if isinstance(self._watch, TurnSession) and isinstance(self._target, RecordsTurns):
            await settle_answered(self._target, self.turn_id, turn.items)
        return turn

    async def _failed(self, error: BaseException) -> Turn:
        status: Status = "cancelled" if isinstance(error, CANCELLED) else "failed"
        turn = self._turn(status, error=described(error))
        try:
            await self._take_back(f"{status} turn", error)
            try:
                await self._record(turn)
                await self._keep_answers(turn.items)
            except StoreError as unrecorded:
                error.add_note(f"The turn itself could not be recorded: {unrecorded}.")
            return turn
        finally:
            self._lock.release()

    async def _take_back(self, reason: str, error: BaseException) -> None:
        """Put the history back as it was; where that fails too, the error says what there is."""
        try:
            await self._watch.take_out(reason)
            if self._replacing is not None:
                await self._replacing.put_back()
        except WorkbenchError as exc:
            exc.add_note(
                f"This came while a turn of session {shorten(self.name)} was taken back, after "
                f"{described(error)!r}: some of its items may still be in the history, and turns "
                "that it replaced in the archive."
            )
            raise

    async def _keep_answers(self, added: Sequence[Item]) -> None:
        """What approved tools answered stays in the history: what asked for it waits no more."""
        self.kept_answers = bool(answers_earlier(added))
        if self.kept_answers and isinstance(self._watch, TurnSession):
            await settle_answered(self._target, self.turn_id, added)

    async def _record(self, turn: Turn, parked: str | None = None) -> None:
        if not isinstance(self._target, RecordsTurns):
            return
        record = turn.record(self._target.session_id, self._started_at)
        record = replace(record, cell=self._cell, execution=self._execution, parked=parked)
        await self._target.save_turn(record)

    def _turn(self, status: Status, *, result: Any = None, error: str | None = None) -> Turn:
        output = getattr(result, "final_output", None)
        store = getattr(self._target, "store", None)
        return Turn(
            text=as_text(output),
            items=list(self._watch.items),
            session=self.name,
            store=store.url if store is not None else type(self._target).__name__,
            agent=getattr(getattr(result, "last_agent", None), "name", None) or self._agent,
            model=self.choice.label,
            usage=self._usage(result),
            seconds=time.perf_counter() - self._clock,
            status=status,
            turn_id=self.turn_id,
            error=error,
            output=output,
            result=result,
            notices=tuple(self.notices),
        )

    def _usage(self, result: Any) -> Usage:
        if result is None:
            return Usage(estimated=self.choice.offline)
        used = result.context_wrapper.usage
        return Usage.since(self._spent, used, offline=self.choice.offline)


async def _here(work: Coroutine[Any, Any, Turn]) -> Turn:
    return await work


async def _waited(ending: Future[Turn]) -> Turn:
    return await asyncio.wrap_future(ending)
