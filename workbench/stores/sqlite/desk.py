"""A SQLite connection that serves a queue: work comes from any thread, the thread stays the same.

aiosqlite gives each connection a thread of its own. `Desk.commit`, which aiosqlite runs there, is
the one public door to it: entered once, it serves until the desk is told to leave, so that work
costs one hop to the thread and one back, whatever event loops come and go meanwhile.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from queue import SimpleQueue
from traceback import clear_frames
from typing import Any, Generic, TypeVar, cast
from weakref import WeakSet

from workbench.stores.sqlite.queue import WriterQueue

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]

PATIENCE = 2.0
"""Seconds that a fork or the end of the program waits for connections to be closed."""


class Left(Exception):
    """The desk was left before the work was begun: ask the next one."""


@dataclass(slots=True, eq=False)
class Ticket(Generic[T]):
    """Work that waits for its turn, and then its outcome; ``alone``: in no transaction."""

    work: Work[T]
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[None]
    alone: bool = False
    result: T | None = None
    error: BaseException | None = None
    settled: bool = False
    told: bool = False


class Desk(sqlite3.Connection):
    """A connection that does, in one transaction, all the work that waits at that moment."""

    begin = "BEGIN"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.pid = os.getpid()
        self.waiting: deque[Ticket[Any]] = deque()
        self.queue: WriterQueue | None = None
        self.batches = 0
        self.moved = False
        self.left = False
        self.gone = threading.Event()
        self._bell: SimpleQueue[bool] = SimpleQueue()
        self._ringing: set[asyncio.AbstractEventLoop] = set()
        with _opening:
            super().__init__(*args, **kwargs)
            if args[0] != ":memory:":  # that would be lost when it is closed
                _desks.add(self)

    async def do(self, work: Work[T], *, alone: bool = False) -> T:
        """Queue ``work``, wait for its batch, return what it returned or raise what it raised.

        ``alone``: behind its batch, in no transaction. Raises Left when the desk was left before
        it came to this work.
        """
        loop = asyncio.get_running_loop()
        ticket = Ticket(work, loop, loop.create_future(), alone)
        self.waiting.append(ticket)
        if loop not in self._ringing:
            self._ringing.add(loop)
            # Everyone who is ready in this tick of the loop comes along in the same batch.
            loop.call_soon(self._ring, loop)
        if self.left and self._withdraw(ticket):
            raise Left
        await self._outcome(ticket)
        if ticket.error is not None:
            raise ticket.error
        return cast(T, ticket.result)

    def is_called(self) -> bool:
        """Whether work was handed in during this tick of the running loop."""
        return asyncio.get_running_loop() in self._ringing

    def leave(self) -> None:
        """Finish what waits, close, end the thread; returns at once, and `gone` tells when."""
        self._bell.put(False)

    def _ring(self, loop: asyncio.AbstractEventLoop) -> None:
        self._ringing.discard(loop)
        self._bell.put(True)

    def _withdraw(self, ticket: Ticket[Any]) -> bool:
        """Take work back that nobody has begun; False when it is too late for that."""
        try:
            self.waiting.remove(ticket)
        except ValueError:
            return False
        return True

    async def _outcome(self, ticket: Ticket[Any]) -> None:
        """Wait until it is known; a cancellation goes through then, or before the beginning."""
        cancellation: asyncio.CancelledError | None = None
        while not ticket.told:
            if ticket.done.done():
                ticket.done = ticket.loop.create_future()
            try:
                await ticket.done
            except asyncio.CancelledError as exc:
                if self._withdraw(ticket):
                    raise
                cancellation = exc
        if cancellation is not None:
            raise cancellation

    def commit(self) -> None:
        """Serve until told to leave, then close. Called once, on the connection's own thread."""
        try:
            while self._bell.get():
                self._serve()
            self._serve()
        finally:
            self.end()

    def end(self) -> None:
        """Close for good, on the connection's own thread."""
        self.left = True
        late = self._take()
        _settle(late, Left())
        try:
            with suppress(sqlite3.Error):
                if self.moved:
                    self._keep_apart()
                self.close()
            if self.queue is not None:
                self.queue.close()
        finally:
            self.gone.set()
            _tell(late)

    def _take(self) -> list[Ticket[Any]]:
        taken: list[Ticket[Any]] = []
        with suppress(IndexError):  # asked for, not looked up: the last one may be withdrawn
            while True:
                taken.append(self.waiting.popleft())
        return taken

    def _serve(self) -> None:
        if not self.waiting:
            return
        batch: list[Ticket[Any]] = []
        try:
            with self.queue.turn() if self.queue else nullcontext():
                # Not before: what comes while other processes have their turn goes along.
                batch = self._take()
                self._do([ticket for ticket in batch if not ticket.alone])
                self._do_alone([ticket for ticket in batch if ticket.alone])
        except BaseException as exc:
            batch = batch or self._take()
            _settle([ticket for ticket in batch if not ticket.settled], exc)
        _tell(batch)

    def _do_alone(self, batch: list[Ticket[Any]]) -> None:
        for ticket in batch:
            try:
                ticket.result = ticket.work(self)
                _settle([ticket], None)
            except BaseException as exc:
                _settle([ticket], exc)

    def _do(self, batch: list[Ticket[Any]]) -> None:
        if not batch:
            return
        try:
            self.execute(self.begin)
        except BaseException as exc:
            _settle(batch, exc)
            return
        try:
            for ticket in batch:
                ticket.result = ticket.work(self)
            self.execute("COMMIT")
        except BaseException as exc:
            _let_go(exc)
            # A full disk may have rolled back already, and then there is nothing to roll back.
            with suppress(sqlite3.Error):
                self.execute("ROLLBACK")
            if len(batch) == 1:
                _settle(batch, exc)
            else:
                for ticket in batch:
                    self._do([ticket])
            return
        self.batches += 1
        _settle(batch, None)

    def _keep_apart(self) -> None:
        """Empty the log of a file that was moved away: the file in its place must not take it over.

        https://www.sqlite.org/howtocorrupt.html, "unlinking or renaming a database file".
        """
        self.execute("PRAGMA busy_timeout=1000")
        self.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _let_go(error: BaseException | None) -> None:
    """Drop what the frames of an error hold: a cursor that was not read to its end among them.

    While such a one lives its statement keeps the connection at the state of the file that it began
    with, whatever transactions end: others' changes would not be seen until the garbage is
    collected. https://www.sqlite.org/lang_transaction.html, "pending read operations".
    """
    while error is not None:
        clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__


class WritingDesk(Desk):
    """Takes the write lock at the start, so that a batch never fails half-way for want of it."""

    begin = "BEGIN IMMEDIATE"


def _settle(batch: list[Ticket[Any]], error: BaseException | None) -> None:
    for ticket in batch:
        ticket.error = error
        ticket.settled = True


def _tell(batch: list[Ticket[Any]]) -> None:
    for loop in {ticket.loop for ticket in batch}:
        mine = [ticket for ticket in batch if ticket.loop is loop]
        with suppress(RuntimeError):  # that loop was closed: nobody waits any more
            loop.call_soon_threadsafe(_announce, mine)


def _announce(tickets: list[Ticket[Any]]) -> None:
    for ticket in tickets:
        ticket.told = True
        if not ticket.done.done():
            ticket.done.set_result(None)


_desks: WeakSet[Desk] = WeakSet()
# Held while a connection is opened and through a fork: no child may inherit an open one.
_opening = threading.Lock()


def _leave_all() -> None:
    """Close every connection to a file; each is opened again when it is used again."""
    mine = [desk for desk in list(_desks) if desk.pid == os.getpid() and not desk.left]
    deadline = time.monotonic() + PATIENCE
    # One after the other, the writing ones last: whoever leaves a file last takes its log along.
    for desk in sorted(mine, key=lambda desk: isinstance(desk, WritingDesk)):
        desk.leave()
        desk.gone.wait(max(0.0, deadline - time.monotonic()))


def _before_fork() -> None:
    # SQLite must not be carried across a fork: the child would believe that it holds the parent's
    # locks, and what it writes is lost when the parent closes the file.
    # https://www.sqlite.org/howtocorrupt.html, "carrying an open database across a fork".
    _opening.acquire()
    _leave_all()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before_fork, after_in_parent=_opening.release, after_in_child=_opening.release
    )
atexit.register(_leave_all)
