"""One SQLite file in one process: a writing and a reading connection, group commit, clear errors.

All sessions of a file share these two connections, each a `Desk` on its own aiosqlite thread. Work
is a plain function of a sqlite3 connection; `SQLiteFile.write` runs it inside a transaction
together with whatever else waits at that moment and returns after the commit, so that many sessions
share one fsync, at ``synchronous=FULL``. `SQLiteFile.read` runs it on a snapshot.

The one rule for work: it may run twice. When a batch fails, each of its works is done again alone,
so that only the one at fault fails.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
import weakref
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite

from workbench.errors import StoreUnusable
from workbench.loop import at_home, settle
from workbench.stores.sqlite_desk import Desk, Left, Work, WritingDesk
from workbench.stores.sqlite_errors import translated
from workbench.stores.sqlite_queue import WriterQueue

T = TypeVar("T")


class SQLiteFile:
    """The connections of one file; opened when first needed, opened again when the file changed.

    ``path`` None is a private database in memory. ``timeout`` is how many seconds to wait for
    another program's lock. ``prepare(connection)`` runs once on each writing connection.
    """

    def __init__(
        self,
        path: Path | None,
        *,
        prepare: Work[None],
        timeout: float = 10.0,
        synchronous: str = "FULL",
        private: bool = False,
    ) -> None:
        self.path = path
        self.timeout = timeout
        self.synchronous = synchronous
        self.private = private
        self._prepare = prepare
        self._open: dict[bool, _Opened] = {}
        self._opening: asyncio.Lock | None = None
        self._pid = os.getpid()
        weakref.finalize(self, _let_go, self._open).atexit = False

    @property
    def name(self) -> str:
        """The file as messages show it."""
        return ":memory:" if self.path is None else str(self.path)

    @property
    def commits(self) -> int:
        """How many transactions the open writing connection has committed."""
        opened = self._open.get(True)
        return opened.desk.batches if opened else 0

    def exists(self) -> bool:
        """Whether there is something to read. Raises StoreUnusable where nobody can tell."""
        try:
            return self.path is None or os.stat(self.path) is not None
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError as exc:
            raise StoreUnusable(f"{self.name} can't be reached: {exc.strerror}") from exc
        except ValueError as exc:
            raise StoreUnusable(f"{self.name!r} can't be the name of a file: {exc}") from exc

    async def write(self, work: Work[T]) -> T:
        """Do ``work`` in a transaction shared with all that waits; return after the commit."""
        return await self._do(work, writing=True)

    async def read(self, work: Work[T], *, missing: T) -> T:
        """Do ``work`` on a snapshot; ``missing`` is the answer when there is no file yet."""
        if not self.exists():
            return missing
        return await self._do(work, writing=self.path is None)

    async def close(self) -> None:
        """Close both connections; the next use opens them again."""
        if self._open:
            await at_home(settle(self._drop(list(self._open))))

    async def _do(self, work: Work[T], *, writing: bool) -> T:
        """The one funnel for every call on the driver."""
        while True:
            try:
                return await (await self._desk(writing)).do(work)
            except Left:
                continue  # closed between being looked up and being used
            except sqlite3.Error as exc:
                raise translated(exc, self.name) from exc

    async def _desk(self, writing: bool) -> Desk:
        opened = self._open.get(writing)
        if opened is not None and self._is_current(opened):
            return opened.desk
        # The connection's thread inherits "daemon" from the home loop's, so that a program which
        # forgets to close can still end; and one loop is enough to open each file only once.
        return await at_home(settle(self._opened(writing)))

    def _is_current(self, opened: _Opened) -> bool:
        """Whether the connection still has the file at this path: a deleted file takes no more."""
        if opened.desk.left or opened.desk.pid != os.getpid():
            return False
        return self.path is None or opened.identity == _identity(self.path, opened.frozen)

    async def _opened(self, writing: bool) -> Desk:
        if self._opening is None or self._pid != os.getpid():
            self._opening, self._pid = asyncio.Lock(), os.getpid()
        # Looking for an open connection and opening one belong together.
        async with self._opening:
            stale = [kind for kind, each in self._open.items() if not self._is_current(each)]
            await self._drop(stale)
            if writing not in self._open:
                self._open[writing] = await self._connect(writing)
            return self._open[writing].desk

    async def _drop(self, kinds: list[bool]) -> None:
        """Close these connections, the reading one first: it would hold the log of the other."""
        for writing in sorted(kinds):
            opened = self._open.pop(writing, None)
            if opened is None:
                continue
            if opened.desk.pid != os.getpid():
                # A forked child must not touch the parent's connection, not even to close it.
                _inherited.append(opened)
                if self.path is None:
                    raise StoreUnusable("a database in memory stays in the process that made it")
                continue
            opened.desk.moved = writing and _moved(self.path, opened)
            opened.desk.leave()
            await opened.serving

    async def _connect(self, writing: bool) -> _Opened:
        desks: list[Desk] = []

        def factory(*args: Any, **kwargs: Any) -> Desk:
            desk = (WritingDesk if writing else Desk)(*args, **kwargs)
            try:
                self._configure(desk, writing)
            except BaseException:
                desk.end()
                raise
            desks.append(desk)
            return desk

        if writing and self.path is not None:
            _create(self.path, private=self.private)
        uri, frozen = _uri(self.path, writing=writing)
        db = await aiosqlite.connect(
            uri, uri=True, timeout=self.timeout, isolation_level=None, factory=factory
        )
        return _Opened(db, desks[0], self.path, frozen)

    def _configure(self, desk: Desk, writing: bool) -> None:
        if not writing:
            desk.execute("PRAGMA query_only=ON")
            return
        if self.path is not None:
            _switch_to_wal(desk, self.timeout)
            desk.queue = WriterQueue(self.path)
        desk.execute(f"PRAGMA synchronous={self.synchronous}")
        desk.execute(WritingDesk.begin)
        try:
            self._prepare(desk)
            desk.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                desk.execute("ROLLBACK")
            raise


class _Opened:
    """A connection that serves, and which file it really has open.

    ``frozen`` is a file that is read without its log; it has to be opened again when it changes.
    """

    def __init__(
        self, db: aiosqlite.Connection, desk: Desk, path: Path | None, frozen: bool
    ) -> None:
        self.desk = desk
        self.frozen = frozen
        self.identity = None if path is None else _identity(path, frozen)
        self.serving = asyncio.create_task(_serve(db))


async def _serve(db: aiosqlite.Connection) -> None:
    """Let the desk serve until it is left; then end its thread."""
    try:
        await db.commit()
    finally:
        await db.close()


def _let_go(connections: dict[bool, _Opened]) -> None:
    for opened in connections.values():
        if opened.desk.pid == os.getpid():
            opened.desk.leave()


_inherited: list[_Opened] = []
"""Connections of a parent process, kept so that nothing ever closes them here."""


def _identity(path: Path, frozen: bool) -> tuple[int, ...] | None:
    try:
        state = os.stat(path)
        if frozen:
            log = _log(path)
            return state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns, log
    except OSError:
        return None
    return state.st_dev, state.st_ino


def _moved(path: Path | None, opened: _Opened) -> bool:
    return path is not None and opened.identity != _identity(path, opened.frozen)


def _log(path: Path) -> int:
    """The size of the write-ahead log in bytes; 0 when there is none."""
    try:
        return os.stat(f"{path}-wal").st_size
    except FileNotFoundError:
        return 0


def _create(path: Path, *, private: bool) -> None:
    """Make the missing folders and the file; a private one is readable by its owner only."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700 if private else 0o777)
        if private:
            # Only a file that is new: closing a descriptor of an open database would drop the
            # locks of the whole process (https://www.sqlite.org/howtocorrupt.html, POSIX locks).
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0)
            os.close(os.open(path, flags, 0o600))
    except FileExistsError as exc:
        if not path.parent.is_dir():
            raise StoreUnusable(f"{path} can't be made: {path.parent} is not a folder") from exc
    except PermissionError as exc:
        raise StoreUnusable(
            f"{path} can't be made: no permission; use a folder that you may write to"
        ) from exc
    except (OSError, ValueError) as exc:
        raise StoreUnusable(f"{path} can't be made: {exc}") from exc


def _uri(path: Path | None, *, writing: bool) -> tuple[str, bool]:
    """The URI to open, and whether that is frozen: without a log, without locks."""
    if path is None:
        return ":memory:", False
    uri = path.absolute().as_uri()
    if writing:
        return uri + "?mode=rwc", False
    if os.access(path, os.W_OK) and os.access(path.parent, os.W_OK):
        return uri + "?mode=rw", False
    # Without leave to write there can be no -shm file. Where no log is left over, the file is
    # complete in itself and may be read as it is.
    if _log(path):
        return uri + "?mode=ro", False
    return uri + "?mode=ro&immutable=1", True


def _switch_to_wal(desk: Desk, timeout: float) -> None:
    """Turn on WAL. The first switch of a file can say "locked" at once, whatever the timeout."""
    deadline = time.monotonic() + timeout
    while True:
        try:
            desk.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as exc:
            if "locked" not in str(exc) or time.monotonic() >= deadline:
                raise
            time.sleep(0.01)
