"""A line that wakes its thread only when it must: for a server that answers at once.

On one machine the way to a server and back takes 70 us, and waking a thread that then wakes the
event loop takes as long again. So the loop's own thread sends what is small and waits for the
reply, for AT_ONCE at most; what has not come by then, and all that is not plain, is the thread's.
A server that takes longer is left to the thread, but for one try in a while.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from workbench.stores.redis.line import Line
from workbench.stores.redis.ticket import Ticket
from workbench.stores.redis.wire import Wire, packed

AT_ONCE = 0.001
"""Seconds for which a loop stands still at most; what the system counts waiting for a socket in."""
FAST, EACH = 0.0004, 0.00004
"""Seconds within which a server answers that is waited for again, and those for each command."""
SLOW = 3
"""Answers that were not as fast, one after the other, until the server is left to the thread..."""
REST = 20
"""...for so many times as long as the last one took; then it gets one try."""
SMALL = 32_768
"""Bytes that a connection with nothing under way takes without a wait."""
FEW = 1_000
"""Words of commands that may be as small as that."""


class QuickLine(Line):
    """As `Line`; the thread of an event loop does the work itself where that is faster."""

    _rest_until = 0.0
    _slow = 0

    def _ring(self, loop: asyncio.AbstractEventLoop) -> None:
        self._ringing.discard(loop)
        if not self._done_here(loop):
            self._bell.put(True)

    def _done_here(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Do all that waits; False when something is left for the thread."""
        if time.monotonic() < self._rest_until or not self._turn.acquire(blocking=False):
            return False
        try:
            wire = self._exchange
            if self.left or self._owed or self._later:
                return False
            if not isinstance(wire, Wire) or not wire.is_open:  # a cluster, or to be connected
                return False
            return self._exchanged(wire, self._take(), loop)
        finally:
            self._turn.release()

    def _exchanged(
        self, wire: Wire, batch: list[Ticket[Any]], loop: asyncio.AbstractEventLoop
    ) -> bool:
        try:
            begun = time.monotonic()
            # So many words are rarely small, and to pack them only to find that out takes long.
            few = sum(len(each.request.command) for each in batch) <= FEW
            data = packed([each.command for each in self._begun(batch)]) if few else b""
            if not few or len(data) > SMALL:
                self._waiting.extendleft(reversed(batch))
                return False
            failure = wire.send_packed(data)
            count = len(batch)
            replies = [failure] * count if failure else wire.receive_within(AT_ONCE, count)
            self._note(time.monotonic() - begun, count)
            self._owed = batch[len(replies) :]
            unknown = self._answered(batch[: len(replies)], replies, loop)
            self._waiting.extendleft(reversed(unknown))
            return not (unknown or self._owed or self._later)
        except BaseException:  # an interrupt, in the middle of anything
            self._drop(wire, batch)
            raise

    def _note(self, took: float, count: int) -> None:
        """How fast the server is decides who waits for it."""
        self._slow = self._slow + 1 if took > FAST + EACH * count else 0
        if self._slow >= SLOW:
            self._rest_until = time.monotonic() + REST * took

    def _drop(self, wire: Wire, batch: list[Ticket[Any]]) -> None:
        """Leave it to the thread to find out what has been done of this."""
        from redis.exceptions import ConnectionError

        wire.close()
        self._owed = []
        open_ = [ticket for ticket in batch if not ticket.told]
        self._answered(open_, [ConnectionError("interrupted")] * len(open_))
        self._bell.put(True)
