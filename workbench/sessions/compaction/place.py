"""One compaction at a time on a conversation, within a process.

A handle is thin: what counts is the conversation it is on, so all handles share one place. Two
processes may still compact at once; the store lets only one of them change the history.
"""

from __future__ import annotations

import asyncio
import os
import weakref
from collections.abc import Hashable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from workbench.guard import Guard
from workbench.loop import blocked, home, started
from workbench.sessions.wrapper import SessionWrapper

_LOOK = 0.1
"""Seconds after which somebody who waits looks whether there is still something to wait for."""


@dataclass(frozen=True, eq=False, slots=True)
class Claim:
    """A compaction that is under way, on ``loop``."""

    loop: asyncio.AbstractEventLoop
    over: Future[None] = field(default_factory=Future)
    pid: int = field(default_factory=os.getpid)

    def goes_on(self) -> bool:
        """Whether it will end by itself: its event loop may be closed, stand still (until whoever
        asks is done, even), or be that of the process that this one was forked from."""
        if self.over.done() or self.pid != os.getpid() or self.loop in blocked.get():
            return False
        # The home loop is not running yet in its very first moment.
        return self.loop.is_running() or (started() and self.loop is home().loop)


class Place:
    """The compaction of one conversation that is under way in this process, if any."""

    def __init__(self) -> None:
        self._claim: Claim | None = None
        # Looking whether one is under way and beginning one belong together.
        self._guard = Guard()

    def begin(self, loop: asyncio.AbstractEventLoop) -> Claim | None:
        """The right to compact, on ``loop``; None while another compaction is under way."""
        with self._guard:
            if self._claim is not None and self._claim.goes_on():
                return None
            self._claim = Claim(loop)
            return self._claim

    def end(self, claim: Claim) -> None:
        """Let the next one begin, and those go on who wait."""
        with self._guard:
            if self._claim is claim:
                self._claim = None
        claim.over.set_result(None)

    async def ended(self) -> None:
        """Wait until no compaction is under way."""
        while (claim := self._claim) is not None and claim.goes_on():
            over = asyncio.wrap_future(claim.over)
            while not over.done() and claim.goes_on():
                # Not awaited itself: who is cancelled while he waits must not end the work.
                await asyncio.wait({over}, timeout=_LOOK)


_places: weakref.WeakValueDictionary[Hashable, Place] = weakref.WeakValueDictionary()
_guard = Guard()


def place_of(session: SessionWrapper) -> Place:
    """The place of the conversation that ``session`` is a handle on; kept as long as it is."""
    store = session.store
    inner: Any = session
    while isinstance(inner, SessionWrapper):
        inner = inner.given
    mark: Hashable = id(inner) if store is None else (id(store), session.session_id)
    with _guard:
        return _places.setdefault(mark, Place())
