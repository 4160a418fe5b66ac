"""Conversations that are just being read from a file: none of them is ever found half there.

A note in the workspace says that a name is being loaded, by whom and where to, before the first
item is stored; it is taken away when the last one is. Whoever finds the note of a program that is
no longer there clears what it left behind. The program itself renews its note on the way, so that
one on another machine counts as gone when it has been silent for long.
"""

from __future__ import annotations

import os
import platform
import sqlite3
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast

from workbench.errors import InvalidValue, shorten
from workbench.sessions.stored import StoredSession
from workbench.stores.sqlite import SQLiteStore

if TYPE_CHECKING:
    from workbench.stores.sqlite.file import SQLiteFile
    from workbench.workspace.registry import Workspace

SILENT = 120.0
"""Seconds without a sign of life after which a program that can't be looked for is gone."""

_TABLE = """CREATE TABLE IF NOT EXISTS workbench_loading (
    name TEXT PRIMARY KEY,
    store TEXT,
    session_id TEXT NOT NULL,
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    token TEXT NOT NULL,
    seen_at REAL NOT NULL
)"""
_NOTED = """INSERT INTO workbench_loading (name, store, session_id, host, pid, token, seen_at)
    VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO NOTHING"""
_RENEWED = "UPDATE workbench_loading SET seen_at = ? WHERE name = ? AND token = ?"
_GONE = "DELETE FROM workbench_loading WHERE name = ? AND token = ?"
_FIND = """SELECT name, store, session_id, host, pid, token, seen_at FROM workbench_loading
    WHERE name = ?"""

_mine: set[str] = set()
"""The tokens of what this process is loading."""


@dataclass(frozen=True, slots=True)
class Loading:
    """One note. ``store`` is the URL as a `Name` has it; ``seen_at`` is a time of `time.time`."""

    name: str
    store: str | None
    session_id: str
    host: str
    pid: int
    token: str
    seen_at: float

    def is_alive(self) -> bool:
        """Whether the program that wrote it may still be at it."""
        if self.token in _mine:
            return True
        if self.host != platform.node():
            return time.time() - self.seen_at < SILENT
        return self.pid != os.getpid() and _runs(self.pid)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it is there, and somebody else's
        return True
    return True


async def begin(place: Workspace, name: str, store: str | None, session_id: str) -> Loading:
    """Write the note. Raises InvalidValue while another program loads under that name."""
    await settle(place, name)
    host, pid, now = platform.node(), os.getpid(), time.time()
    note = Loading(name, store, session_id, host, pid, os.urandom(8).hex(), now)
    _mine.add(note.token)
    begun = False
    try:
        begun = await _file(place).write(lambda db: _write(db, note))
    finally:
        if not begun:  # an interrupt too: a note that was written all the same counts as left
            abandon(note)
    if not begun:
        raise _busy(name)
    return note


def abandon(note: Loading) -> None:
    """Nobody is at it here any more: its note, if it is still there, is that of a program gone."""
    _mine.discard(note.token)


def _write(db: sqlite3.Connection, note: Loading) -> bool:
    db.execute(_TABLE)
    values = (note.name, note.store, note.session_id, note.host, note.pid, note.token, note.seen_at)
    return db.execute(_NOTED, values).rowcount == 1


async def renew(place: Workspace, note: Loading) -> None:
    """Say that it goes on."""
    values = (time.time(), note.name, note.token)
    await _file(place).write(lambda db: db.execute(_RENEWED, values) and None)


async def end(place: Workspace, note: Loading) -> None:
    """Take the note away: the conversation is whole, or nothing of it is left."""
    await _file(place).write(lambda db: db.execute(_GONE, (note.name, note.token)) and None)
    abandon(note)


async def settle(place: Workspace, name: str) -> None:
    """Clear what a program that is gone left under ``name``. Raises InvalidValue while one is at
    it, and what the store raises.

    What somebody has written to since, by the id of the session, is theirs now and stays.
    """
    found = await _file(place).read(lambda db: _find(db, name), missing=None)
    if found is None:
        return
    if found.is_alive():
        raise _busy(name)
    left = StoredSession(place.store(found.store), found.session_id)
    if not await _was_used(left, found):
        await left.clear_session()
    await end(place, found)


async def _was_used(left: StoredSession, note: Loading) -> bool:
    """Whether the newest item is of a later time than anything that was loaded can be."""
    last = datetime.fromtimestamp(note.seen_at, UTC) + timedelta(seconds=SILENT)
    newest = await left.rows(1)
    return any(row.created_at is not None and row.created_at > last for row in newest)


def _file(place: Workspace) -> SQLiteFile:
    return cast(SQLiteStore, place.store()).file


def _find(db: sqlite3.Connection, name: str) -> Loading | None:
    try:
        row = db.execute(_FIND, (name,)).fetchone()
    except sqlite3.OperationalError as exc:
        if "no such table" in str(exc):  # nothing was ever loaded here
            return None
        raise
    return Loading(*row) if row is not None else None


def _busy(name: str) -> InvalidValue:
    return InvalidValue(
        f"session {shorten(name)} is just being loaded or forked by another program; wait for it, "
        "or take another name"
    )
