"""One SQLite file in one process: a writing and a reading connection, group commit, clear errors.

All sessions of a file share these two connections, each a `Desk` on its own aiosqlite thread. Work
is a plain function of a sqlite3 connection; `SQLiteFile.write` runs it inside a transaction
together with whatever else waits at that moment and returns after the commit, so that many sessions
share one fsync, at ``synchronous=FULL``. `SQLiteFile.read` runs it on a snapshot.

The one rule for work in a transaction: it may run twice. When a batch fails, each of its works is
done again alone, so that only the one at fault fails.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import weakref
from typing import TypeVar

from workbench.errors import StoreUnusable
from workbench.loop import at_home, settle
from workbench.stores.sqlite.desk import Desk, Left, Work
from workbench.stores.sqlite.errors import translated
from workbench.stores.sqlite.open import Opened, Place, connect

T = TypeVar("T")


class SQLiteFile:
    """The connections of one file; opened when first needed, opened again when the file changed."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._open: dict[bool, Opened] = {}
        self._opening: asyncio.Lock | None = None
        self._pid = os.getpid()
        weakref.finalize(self, _let_go, self._open).atexit = False

    @property
    def commits(self) -> int:
        """How many transactions the open writing connection has committed."""
        opened = self._open.get(True)
        return opened.desk.batches if opened else 0

    def exists(self) -> bool:
        """Whether there is something to read. Raises StoreUnusable where nobody can tell."""
        return self.place.exists()

    async def write(self, work: Work[T]) -> T:
        """Do ``work`` in a transaction shared with all that waits; return after the commit."""
        return await self._do(work, writing=True)

    async def maintain(self, work: Work[T]) -> T:
        """Do ``work`` on the writing connection, in no transaction: VACUUM can't be in one."""
        return await self._do(work, writing=True, alone=True)

    async def read(self, work: Work[T], *, missing: T) -> T:
        """Do ``work`` on a snapshot; ``missing`` is the answer when there is no file yet."""
        writing = self.place.path is None
        if self._current(writing) is None and not self.exists():
            return missing
        return await self._do(work, writing=writing)

    async def close(self) -> None:
        """Close both connections; the next use opens them again."""
        if self._open:
            await at_home(self._closed())

    async def _do(self, work: Work[T], *, writing: bool, alone: bool = False) -> T:
        """The one funnel for every call on the driver."""
        while True:
            try:
                desk = self._current(writing)
                if desk is None:
                    desk = await at_home(self._ready(writing))
                return await desk.do(work, alone=alone)
            except Left:
                continue  # closed between being looked up and being used
            except sqlite3.Error as exc:
                raise translated(exc, self.place.name) from exc

    def _current(self, writing: bool) -> Desk | None:
        opened = self._open.get(writing)
        return opened.desk if opened is not None and opened.is_current() else None

    async def _ready(self, writing: bool) -> Desk:
        # At home: the connection's thread inherits "daemon" from the home loop's, so that a program
        # which forgets to close can still end; and one loop is enough to open each file only once.
        return await settle(self._opened(writing))

    async def _closed(self) -> None:
        await settle(self._drop(list(self._open)))

    async def _opened(self, writing: bool) -> Desk:
        if self._opening is None or self._pid != os.getpid():
            self._opening, self._pid = asyncio.Lock(), os.getpid()
        # Looking for an open connection and opening one belong together.
        async with self._opening:
            await self._drop([kind for kind, each in self._open.items() if not each.is_current()])
            if writing not in self._open:
                self._open[writing] = await connect(self.place, writing=writing)
            return self._open[writing].desk

    async def _drop(self, kinds: list[bool]) -> None:
        """Close these connections, the reading one first: it would hold the log of the other."""
        for writing in sorted(kinds):
            opened = self._open.get(writing)
            if opened is None:
                continue
            if opened.desk.pid != os.getpid():
                self._leave_to_the_parent(writing)
                continue
            del self._open[writing]
            opened.desk.moved = writing and opened.is_moved()
            opened.desk.leave()
            await opened.serving

    def _leave_to_the_parent(self, writing: bool) -> None:
        """A forked child must not touch the parent's connection, not even to close it."""
        if self.place.path is None:
            raise StoreUnusable(
                "a database in memory stays in the process that made it; use a file"
            )
        _inherited.append(self._open.pop(writing))


def _let_go(connections: dict[bool, Opened]) -> None:
    for opened in connections.values():
        if opened.desk.pid == os.getpid():
            opened.desk.leave()


_inherited: list[Opened] = []
"""Connections of a parent process, kept so that nothing ever closes them here."""
