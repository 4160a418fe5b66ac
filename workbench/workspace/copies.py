"""Copies that are under way: what goes where, so that one that was cut off can go on.

The note stays until the copy is whole. That nobody else is at it at the same time is held by a lock
on a file, which ends with its process, however that ends.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from workbench.errors import StoreLocked
from workbench.stores.sqlite import SQLiteStore
from workbench.stores.sqlite.layout import moment, stamp
from workbench.stores.sqlite.queue import open_lock_file

if TYPE_CHECKING:
    from workbench.stores.sqlite.file import SQLiteFile
    from workbench.workspace.names import Work
    from workbench.workspace.registry import Workspace

try:
    import fcntl
except ImportError:  # Windows has no flock
    fcntl = None  # type: ignore[assignment]

_TABLE = """CREATE TABLE IF NOT EXISTS workbench_copies (
    target TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    begun_at TIMESTAMP NOT NULL
)"""
_BEGUN = "INSERT OR REPLACE INTO workbench_copies (target, source, begun_at) VALUES (?, ?, ?)"
_FIND = "SELECT target, source, begun_at FROM workbench_copies WHERE target = ?"
_ENDED = "DELETE FROM workbench_copies WHERE target = ?"


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy that was begun: both conversations by place and id; ``begun_at`` in UTC."""

    target: str
    source: str
    begun_at: datetime


async def find(place: Workspace, target: str) -> Copy | None:
    """The copy to ``target`` that is not finished, if there is one."""
    return await _file(place).read(lambda db: _found(db, target), missing=None)


async def begin(place: Workspace, target: str, source: str) -> None:
    """Note that a copy begins; ``target`` holds nothing, or nothing but a copy that was cut off."""

    def work(db: sqlite3.Connection) -> None:
        db.execute(_TABLE)
        db.execute(_BEGUN, (target, source, stamp(datetime.now(UTC))))

    await _file(place).write(work)


def ended(target: str) -> Work:
    """Takes the note away."""
    return lambda db: db.execute(_ENDED, (target,)) and None


async def end(place: Workspace, target: str) -> None:
    """Take the note away: the copy is whole."""
    await _file(place).write(ended(target))


@contextmanager
def alone(place: Workspace, target: str, shown: str) -> Iterator[None]:
    """Hold the right to copy to ``target`` (``shown``: as a message names it).

    Raises StoreLocked while somebody else has it: in this process, or another one on this machine.
    """
    name = hashlib.sha256(target.encode()).hexdigest()[:32]
    handle = open_lock_file(place.folder / f"copy-{name}") if fcntl is not None else None
    try:
        if handle is not None and not _try(handle):
            raise StoreLocked(
                f"somebody else is copying to {shown} at this moment; nothing was done: wait for "
                "the end of that"
            )
        yield
    finally:
        if handle is not None:
            # Not only by closing: a child that was forked meanwhile has the file open too.
            fcntl.flock(handle, fcntl.LOCK_UN)
            os.close(handle)


def _try(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _found(db: sqlite3.Connection, target: str) -> Copy | None:
    try:
        row = db.execute(_FIND, (target,)).fetchone()
    except sqlite3.OperationalError as exc:
        if "no such table" in str(exc):  # nothing was ever copied from here
            return None
        raise
    begun = moment(row[2]) if row else None
    return Copy(row[0], row[1], begun) if begun is not None else None


def _file(place: Workspace) -> SQLiteFile:
    return cast(SQLiteStore, place.store()).file
