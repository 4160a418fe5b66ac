"""A thread that talks to Redis for everybody: work comes from any event loop, in one stream.

Whoever is ready in one tick of a loop, and whoever comes while the last replies are under way, goes
out together in one piece, so that many sessions share a round trip. The thread also tries again
what a restart or a failover cut off: reads as they are, writes under the id that the server's
script remembers, so that none is done twice.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, TypeVar, cast

from workbench.stores.redis.errors import is_passing, translated, was_answered, was_refused
from workbench.stores.redis.ticket import Left, Request, Ticket
from workbench.stores.redis.wire import Exchange, NotSent, Wire

T = TypeVar("T")

PAUSE = 0.02
"""Seconds before the second try; each further pause is twice as long, up to LONGEST."""
LONGEST = 0.5


class Line:
    """The thread, its queue, and what it sends by; ``patience`` is in seconds.

    ``was_there`` is set when the server has answered anybody of this process.
    """

    def __init__(
        self,
        name: str,
        exchange: Callable[[], Exchange],
        patience: float,
        was_there: threading.Event,
    ) -> None:
        self.name, self.patience = name, patience
        self.was_there = was_there
        self.pid = os.getpid()
        self.left = False
        self.gone = False
        self._farewells: list[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = []
        self._make = exchange
        self._exchange: Exchange | None = None
        self._waiting: deque[Ticket[Any]] = deque()
        self._later: list[tuple[float, Ticket[Any]]] = []
        self._bell: SimpleQueue[bool] = SimpleQueue()
        self._ringing: set[asyncio.AbstractEventLoop] = set()
        self._turn = threading.Lock()
        """Held by whoever talks to the server."""
        self._owed: list[Ticket[Any]] = []
        """What has been sent, and whose replies nobody has waited for yet."""
        threading.Thread(target=self._run, name="workbench-redis", daemon=True).start()

    async def do(self, request: Request[T]) -> T:
        """Send ``request``, wait for its reply, return what it was read as.

        A cancellation goes through when the outcome is known, or before it was begun. Raises Left
        when the line was left before it came to this.
        """
        loop = asyncio.get_running_loop()
        ticket = Ticket(request, loop, loop.create_future())
        self._waiting.append(ticket)
        if loop not in self._ringing:
            self._ringing.add(loop)
            # Everyone who is ready in this tick of the loop comes along in the same piece.
            loop.call_soon(self._ring, loop)
        if self.left and self._withdraw(ticket):
            raise Left
        await self._outcome(ticket)
        if ticket.error is not None:
            raise ticket.error
        return cast(T, ticket.result)

    def leave(self) -> None:
        """Finish what waits, close, end the thread; returns at once, and `ended` waits for it."""
        self._bell.put(False)

    async def ended(self) -> None:
        """Wait until the thread has closed its connections."""
        loop = asyncio.get_running_loop()
        farewell: asyncio.Future[None] = loop.create_future()
        self._farewells.append((loop, farewell))
        if not self.gone:
            await farewell

    def _ring(self, loop: asyncio.AbstractEventLoop) -> None:
        self._ringing.discard(loop)
        self._bell.put(True)

    def _withdraw(self, ticket: Ticket[Any]) -> bool:
        """Take a request back that nobody has begun; False when it is too late for that."""
        try:
            self._waiting.remove(ticket)
        except ValueError:
            return False
        return True

    async def _outcome(self, ticket: Ticket[Any]) -> None:
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

    # On the line's own thread

    def _run(self) -> None:
        try:
            while self._heard():
                with self._turn:
                    self._serve(self._take())
            with self._turn:
                self._collect()
                while batch := self._take() or self._rest():
                    self._serve(batch)
        finally:
            with self._turn:
                self.left = True
                self._collect()
                late = self._take() + [ticket for _due, ticket in self._later]
                if self._exchange is not None:
                    self._exchange.close()
            self._settle(late, Left())
            self.gone = True
            for loop, farewell in list(self._farewells):
                with suppress(RuntimeError):  # that loop was closed: nobody waits any more
                    loop.call_soon_threadsafe(_say, farewell)

    def _heard(self) -> bool:
        """Wait for work, or until something is to be tried again; False: to leave."""
        if not self._later:
            return self._bell.get()
        with suppress(Empty):
            due = min(due for due, _ticket in self._later)
            return self._bell.get(timeout=max(0.0, due - time.monotonic()))
        return True

    def _take(self) -> list[Ticket[Any]]:
        now = time.monotonic()
        taken = [ticket for due, ticket in self._later if due <= now]
        self._later = [each for each in self._later if each[0] > now]
        with suppress(IndexError):  # asked for, not looked up: the last one may be withdrawn
            while True:
                taken.append(self._waiting.popleft())
        return taken

    def _rest(self) -> list[Ticket[Any]]:
        """What is to be tried again, in its time, before the thread ends."""
        if self._later:
            time.sleep(max(0.0, min(due for due, _ticket in self._later) - time.monotonic()))
        return self._take()

    def _serve(self, batch: list[Ticket[Any]]) -> None:
        self._collect()
        while batch:
            try:
                self._exchange = self._exchange or self._make()
                requests = self._begun(batch)
                replies = self._exchange.exchange(
                    [each.command for each in requests], [each.route for each in requests]
                )
            except BaseException as exc:
                self._settle(batch, exc)
                return
            batch = self._answered(batch, replies)

    def _collect(self) -> None:
        """The replies to what was sent before."""
        owed, self._owed = self._owed, []
        if owed and isinstance(self._exchange, Wire):
            try:
                replies = self._exchange.receive(len(owed))
            except BaseException as exc:
                self._settle(owed, exc)
                return
            self._serve(self._answered(owed, replies))

    def _begun(self, batch: list[Ticket[Any]]) -> list[Request[Any]]:
        now = time.monotonic()
        for ticket in batch:
            ticket.begun = ticket.begun or now
        return [ticket.request for ticket in batch]

    def _answered(
        self,
        batch: list[Ticket[Any]],
        replies: list[Any],
        here: asyncio.AbstractEventLoop | None = None,
    ) -> list[Ticket[Any]]:
        """Tell everyone whose outcome is known; whose script the server must be sent is left."""
        if not self.was_there.is_set() and not all(isinstance(r, NotSent) for r in replies):
            self.was_there.set()
        unknown = [t for t, reply in zip(batch, replies, strict=True) if self._judge(t, reply)]
        self._tell([ticket for ticket in batch if ticket.told], here)
        return unknown

    def _judge(self, ticket: Ticket[Any], reply: Any) -> bool:
        """Settle a ticket, or put it off; True when the server must be sent the script itself."""
        if not isinstance(reply, BaseException):
            try:
                ticket.result = ticket.request.read(reply)
            except BaseException as exc:
                ticket.error = exc
            ticket.told = True
            return False
        if type(reply).__name__ == "NoScriptError" and ticket.request.script is not None:
            ticket.request = ticket.request.in_full()
            return True
        self._put_off(ticket, reply)
        return False

    def _put_off(self, ticket: Ticket[Any], failure: BaseException) -> None:
        cause = (failure.__cause__ if isinstance(failure, NotSent) else None) or failure
        lost, now = is_passing(cause), time.monotonic()
        if lost and not isinstance(failure, NotSent) and not was_answered(cause):
            ticket.sent = ticket.sent or ticket.begun or now
        deadline = (ticket.begun or now) + self.patience
        pause = min(LONGEST, PAUSE * 2 ** min(ticket.tries, 9))
        ticket.tries += 1
        # A wrong address is told at once; a server that was there is given the time to come back.
        hopeless = was_refused(cause) and not self.was_there.is_set()
        if lost and not hopeless and now + pause < deadline:
            if ticket.sent is not None:
                ticket.request = ticket.request.repeated(now + pause - ticket.sent)
            self._later.append((now + pause, ticket))
            return
        may_be_written = ticket.sent is not None and ticket.request.again is not None
        ticket.error = translated(cause, self.name, sent=may_be_written)
        ticket.error.__cause__ = cause
        ticket.told = True

    def _settle(self, batch: list[Ticket[Any]], error: BaseException) -> None:
        for ticket in batch:
            ticket.error, ticket.told = ticket.error or error, True
        self._tell(batch)

    def _tell(
        self, tickets: list[Ticket[Any]], here: asyncio.AbstractEventLoop | None = None
    ) -> None:
        for loop in {ticket.loop for ticket in tickets}:
            mine = [ticket for ticket in tickets if ticket.loop is loop]
            if loop is here:
                _announce(mine)
                continue
            with suppress(RuntimeError):  # that loop was closed: nobody waits any more
                loop.call_soon_threadsafe(_announce, mine)


def _say(farewell: asyncio.Future[None]) -> None:
    if not farewell.done():
        farewell.set_result(None)


def _announce(tickets: list[Ticket[Any]]) -> None:
    for ticket in tickets:
        if not ticket.done.done():
            ticket.done.set_result(None)
