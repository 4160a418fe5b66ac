"""Opening a SQLite file: which file it really is, how it may be opened, and its first settings.

Nothing here knows the `SQLiteFile` that asked: its connections must not keep it alive, so that a
store which nobody holds any more lets go of its file.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiosqlite

from workbench.errors import StoreUnusable
from workbench.stores.sqlite.desk import Desk, Work, WritingDesk
from workbench.stores.sqlite.queue import WriterQueue


@dataclass(frozen=True, slots=True)
class Place:
    """A file and how it is to be opened; ``path`` None is a private database in memory.

    ``timeout`` is in seconds; ``prepare(connection)`` runs once on each writing connection, in a
    transaction; a ``private`` file is made with mode 0600.
    """

    path: Path | None
    prepare: Work[None]
    timeout: float = 10.0
    synchronous: str = "FULL"
    private: bool = False

    @property
    def name(self) -> str:
        """The file as messages show it."""
        return ":memory:" if self.path is None else str(self.path)

    def exists(self) -> bool:
        """Whether there is something to read. Raises StoreUnusable where nobody can tell."""
        try:
            return self.path is None or os.stat(self.path) is not None
        except FileNotFoundError:
            return False
        except NotADirectoryError as exc:
            raise StoreUnusable(
                f"{self.name} can't be reached: what should be a folder on the way to it is a file"
            ) from exc
        except OSError as exc:
            raise StoreUnusable(f"{self.name} can't be reached: {exc.strerror}") from exc
        except ValueError as exc:
            raise StoreUnusable(f"{self.name!r} can't be the name of a file: {exc}") from exc


class Opened:
    """A connection that serves, and which file it really has open.

    ``frozen`` is a file that is read without its log; it has to be opened again when it changes.
    """

    def __init__(self, db: aiosqlite.Connection, desk: Desk, place: Place, frozen: bool) -> None:
        self.desk = desk
        self._path = place.path
        self._frozen = frozen
        self._identity = identity(place.path, frozen)
        self.serving = asyncio.create_task(_serve(db))

    def is_current(self) -> bool:
        """Whether it still serves the file at its path: a deleted file takes no more."""
        desk = self.desk
        if desk.left or desk.pid != os.getpid():
            return False
        # Who came before in the same tick has looked already; to look again costs every append.
        return desk.is_called() or not self.is_moved()

    def is_moved(self) -> bool:
        """Whether another file, or none, now lies at its path."""
        return self._path is not None and self._identity != identity(self._path, self._frozen)


async def _serve(db: aiosqlite.Connection) -> None:
    """Let the desk serve until it is left; then end its thread."""
    try:
        await db.commit()
    finally:
        await db.close()


async def connect(place: Place, *, writing: bool) -> Opened:
    """Open ``place`` and let it serve. Raises StoreUnusable, sqlite3.Error."""
    desks: list[Desk] = []

    def factory(*args: Any, **kwargs: Any) -> Desk:
        desk = (WritingDesk if writing else Desk)(*args, **kwargs)
        try:
            _configure(desk, place, writing)
        except BaseException:
            desk.end()
            raise
        desks.append(desk)
        return desk

    if writing and place.path is not None and not place.exists():
        _create(place.path, private=place.private)
    uri, frozen = _uri(place.path, writing=writing)
    db = await aiosqlite.connect(
        uri, uri=True, timeout=place.timeout, isolation_level=None, factory=factory
    )
    return Opened(db, desks[0], place, frozen)


def _configure(desk: Desk, place: Place, writing: bool) -> None:
    if not writing:
        desk.execute("PRAGMA query_only=ON")
        return
    if place.path is not None:
        _switch_to_wal(desk, place.timeout)
        desk.queue = WriterQueue(place.path)
    desk.execute(f"PRAGMA synchronous={place.synchronous}")
    desk.execute(WritingDesk.begin)
    try:
        place.prepare(desk)
        desk.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            desk.execute("ROLLBACK")
        raise


def identity(path: Path | None, frozen: bool) -> tuple[int, ...] | None:
    """What tells the file at ``path`` from another; None when there is none.

    A ``frozen`` one is another as soon as anything was written to it.
    """
    if path is None:
        return None
    try:
        state = os.stat(path)
        if frozen:
            return state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns, _log(path)
    except OSError:
        return None
    return state.st_dev, state.st_ino


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
    except OSError as exc:
        raise StoreUnusable(f"{path} can't be made: {exc.strerror or exc}") from exc


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
