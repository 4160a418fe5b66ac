"""The table of names: what a workspace remembers of each session, in its SQLite file.

Two kernels may use one name at once, so each statement changes only what it is about. A file of an
earlier version lacks some columns (`_LATER`): it gets them when it is first written to.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from workbench.errors import StoreUnusable, shorten
from workbench.stores.sqlite.layout import moment, stamp
from workbench.workspace.about import About, Noted, about_of, changed
from workbench.workspace.wrappers import Wrappers, merged, wrappers_of

_TABLE = """CREATE TABLE IF NOT EXISTS workbench_names (
    name TEXT PRIMARY KEY,
    store TEXT,
    session_id TEXT NOT NULL,
    agent TEXT,
    model TEXT,
    created_at TIMESTAMP NOT NULL,
    used_at TIMESTAMP NOT NULL,
    wrappers TEXT,
    about TEXT
)"""
_LATER = ("wrappers", "about")
_ADD = "ALTER TABLE workbench_names ADD COLUMN {} TEXT"
_COLUMNS = "SELECT name FROM pragma_table_info('workbench_names')"

_EVERY = """SELECT name, store, session_id, agent, model, created_at, used_at, wrappers, about
    FROM workbench_names ORDER BY used_at DESC, name"""
_ONE = """SELECT name, store, session_id, agent, model, created_at, used_at, wrappers, about
    FROM workbench_names WHERE name = ?"""
_OPENED = """INSERT INTO workbench_names
    (name, store, session_id, agent, model, created_at, used_at) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT(name) DO UPDATE SET used_at = excluded.used_at"""
_REMEMBERED = """UPDATE workbench_names SET agent = nullif(coalesce(?, agent), ''),
    model = nullif(coalesce(?, model), '') WHERE name = ?"""
_WRAPPERS = "SELECT wrappers FROM workbench_names WHERE name = ?"
_WRAPPED = "UPDATE workbench_names SET wrappers = ? WHERE name = ?"
_ABOUT = "SELECT about FROM workbench_names WHERE name = ?"
_NOTED = "UPDATE workbench_names SET about = ? WHERE name = ?"
_FORGOTTEN = "DELETE FROM workbench_names WHERE name = ?"

Work = Callable[[sqlite3.Connection], Any]


@dataclass(frozen=True, slots=True)
class Name:
    """A named session. ``store`` is its URL, None for the workspace's own file; times in UTC."""

    name: str
    store: str | None
    session_id: str
    agent: str | None
    model: str | None
    created_at: datetime
    used_at: datetime
    wrappers: Wrappers = field(default_factory=Wrappers)
    about: About = field(default_factory=About)


def one(name: str) -> Callable[[sqlite3.Connection], list[Name]]:
    """Reads what is remembered under ``name``: one row, or none."""
    return lambda db: _names(db, _ONE, name)


def every(db: sqlite3.Connection) -> list[Name]:
    """Reads every name, the last used first."""
    return _names(db, _EVERY)


def opened(entry: Name, changes: Mapping[str, Any]) -> Work:
    """Writes that ``entry`` was used, or that it is new, with ``changes`` of its wrappers."""
    times = stamp(entry.created_at), stamp(entry.used_at)
    values = (entry.name, entry.store, entry.session_id, entry.agent, entry.model, *times)

    def work(db: sqlite3.Connection) -> None:
        _prepare(db)
        db.execute(_OPENED, values)
        _change(db, entry.name, changes)

    return work


def remembered(name: str, agent: str | None, model: str | None) -> Work:
    """Writes the agent and the model; None leaves one as it is, "" forgets it."""
    return _writing(lambda db: db.execute(_REMEMBERED, (agent, model, name)))


def wrapped(name: str, changes: Mapping[str, Any]) -> Work:
    """Writes ``changes`` of the wrappers: None takes a setting away."""
    return _writing(lambda db: _change(db, name, changes))


def noted(name: str, change: Noted) -> Callable[[sqlite3.Connection], About | None]:
    """Writes a change of what is noted; returns all of it, None where there is no such name."""

    def work(db: sqlite3.Connection) -> About | None:
        _prepare(db)
        found = db.execute(_ABOUT, (name,)).fetchone()
        if found is None:
            return None
        text = _about_changed(name, found[0], change)
        db.execute(_NOTED, (text, name))
        return about_of(text)

    return work


def _about_changed(name: str, text: str | None, change: Noted) -> str | None:
    try:
        about_of(text)
    except ValueError:
        raise _damaged(name, "what is noted about it") from None
    return changed(text, change)


def forgotten(name: str) -> Work:
    """Takes the name away."""
    return _writing(lambda db: db.execute(_FORGOTTEN, (name,)))


def _writing(change: Callable[[sqlite3.Connection], object]) -> Work:
    def work(db: sqlite3.Connection) -> None:
        _prepare(db)
        change(db)

    return work


def _prepare(db: sqlite3.Connection) -> None:
    db.execute(_TABLE)
    for column in _missing(db):
        db.execute(_ADD.format(column))


def _missing(db: sqlite3.Connection) -> list[str]:
    """The columns that the table of an earlier version lacks."""
    there = {name for (name,) in db.execute(_COLUMNS)}
    return [column for column in _LATER if column not in there]


def _change(db: sqlite3.Connection, name: str, changes: Mapping[str, Any]) -> None:
    if not changes:
        return
    found = db.execute(_WRAPPERS, (name,)).fetchone()
    if found is not None:
        db.execute(_WRAPPED, (merged(found[0], changes), name))


def _names(db: sqlite3.Connection, query: str, *values: str) -> list[Name]:
    try:
        rows = db.execute(query, values).fetchall()
    except sqlite3.OperationalError as exc:
        if "no such table" in str(exc):  # nobody has named a session yet
            return []
        if "no such column" not in str(exc):
            raise
        # Reading changes nothing, the table of an earlier version neither.
        for column in _missing(db):
            query = query.replace(f", {column}", ", NULL")
        rows = db.execute(query, values).fetchall()
    return [_name(*row) for row in rows]


def _name(
    name: str,
    store: str | None,
    session_id: str,
    agent: str | None,
    model: str | None,
    created_at: str,
    used_at: str,
    wrappers: str | None,
    about: str | None,
) -> Name:
    created, used = moment(created_at), moment(used_at)
    if created is None or used is None:
        raise _damaged(name, "a time in it")
    try:
        around = wrappers_of(wrappers)
    except (ValueError, TypeError):
        raise _damaged(name, "what stands around it") from None
    try:
        noted_about = about_of(about)
    except ValueError:
        raise _damaged(name, "what is noted about it") from None
    return Name(name, store, session_id, agent, model, created, used, around, noted_about)


def _damaged(name: str, what: str) -> StoreUnusable:
    return StoreUnusable(
        f"the workspace's entry of session {shorten(name)} is damaged: {what} can't be read; "
        "its row in the table workbench_names has to be mended or removed"
    )
