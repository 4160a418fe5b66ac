"""The workspace: the notebook's named sessions, and what is remembered of each.

A name stands for a store and an id in it, with the agent and the model to go on with. It is kept in
SQLite (``.workbench/workbench.db`` in the notebook's folder, mode 0600; ``WORKBENCH_HOME`` moves
it), so a name survives the kernel. Sessions without a store of their own are kept in the same file.
It never holds a secret. Paths below the notebook's folder are kept relative, so that a project can
be moved.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from workbench.errors import InvalidValue, StoreUnusable, UnknownSession, nearest, shorten
from workbench.places import home_folder
from workbench.protocols import Store
from workbench.sessions.stored import StoredSession, checked_id
from workbench.stores import open_store
from workbench.stores.sqlite import SQLiteStore, file_of, url_of
from workbench.stores.sqlite_layout import moment, stamp
from workbench.stores.urls import StoreURL, redacted

T = TypeVar("T")

_TABLE = """CREATE TABLE IF NOT EXISTS workbench_names (
    name TEXT PRIMARY KEY,
    store TEXT,
    session_id TEXT NOT NULL,
    agent TEXT,
    model TEXT,
    created_at TIMESTAMP NOT NULL,
    used_at TIMESTAMP NOT NULL
)"""
_COLUMNS = "name, store, session_id, agent, model, created_at, used_at"
_SELECT = f"SELECT {_COLUMNS} FROM workbench_names"
# Two kernels may use one name at once: each statement changes only what it is about.
_OPENED = (
    f"INSERT INTO workbench_names ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT(name) DO UPDATE SET used_at = excluded.used_at"
)
_REMEMBERED = (
    "UPDATE workbench_names SET agent = nullif(coalesce(?, agent), ''), "
    "model = nullif(coalesce(?, model), '') WHERE name = ?"
)


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


class Workspace:
    """The named sessions of ``folder`` (None: `workbench.places.home_folder`)."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or home_folder()
        self.file = self.folder / "workbench.db"
        self.agents: dict[str, Any] = {}
        """Agents registered by name; they live as long as the kernel, being Python objects."""
        self.told: set[str] = set()
        """The sessions for which this kernel has said that the offline model answers."""

    def __repr__(self) -> str:
        return f"Workspace({str(self.folder)!r})"

    def store(self, url: str | None = None) -> Store:
        """The store at ``url``; the workspace's own for None."""
        return open_store(self.located(url) if url else url_of(self.file, private="1"))

    async def find(self, name: str) -> Name | None:
        """What is remembered under ``name``; None when nothing is. Raises InvalidValue."""
        checked_id(name)
        rows = await self._read(f"{_SELECT} WHERE name = ?", name)
        return rows[0] if rows else None

    async def get(self, name: str) -> Name:
        """As `find`. Raises UnknownSession with the nearest names."""
        found = await self.find(name)
        if found is None:
            known = [each.name for each in await self.names()]
            raise UnknownSession(
                f"there is no session {shorten(name)}; {nearest(name, known, plural='sessions')}"
            )
        return found

    async def names(self) -> list[Name]:
        """Every named session, the last used first."""
        return await self._read(f"{_SELECT} ORDER BY used_at DESC, name")

    async def open(self, name: str, *, store: str | None = None) -> tuple[Name, bool]:
        """What is remembered under ``name``, made if it is new (then the second value is True).

        A ``store`` is where a new one is kept; for one that exists it has to be the same place
        (InvalidValue otherwise).
        """
        checked_id(name)
        place = self._remembered(store) if store else None
        now = datetime.now(UTC)
        found = await self.find(name)
        if found is not None and store and not self._same(place, found.store):
            raise InvalidValue(
                f"session {shorten(name)} is kept in {self.store(found.store).url}, "
                f"not in {redacted(store)}; leave --store out, use another name, "
                "or delete that session"
            )
        if found is None:
            # A place that can't be used is refused before the name is tied to it.
            await self.store(place).turns(name)
        entry = found or Name(name, place, name, None, None, now, now)
        await self._write(_OPENED, *_values(replace(entry, used_at=now)))
        return replace(entry, used_at=now), found is None

    async def remember(self, name: str, *, agent: str | None, model: str | None) -> None:
        """What the session goes on with the next time; None leaves it as it is, "" forgets it."""
        await self.get(name)
        await self._write(_REMEMBERED, agent, model, name)

    def session(self, entry: Name) -> StoredSession:
        """The session that a name stands for."""
        return StoredSession(self.store(entry.store), entry.session_id)

    async def forget(self, name: str) -> None:
        """Forget a name; its conversation stays in its store."""
        await self._write("DELETE FROM workbench_names WHERE name = ?", name)

    async def _write(self, statement: str, *values: str | None) -> None:
        def work(db: sqlite3.Connection) -> None:
            db.execute(_TABLE)
            db.execute(statement, values)

        await self._own().file.write(work)

    async def _read(self, query: str, *values: str) -> list[Name]:
        def work(db: sqlite3.Connection) -> list[Name]:
            try:
                rows = db.execute(query, values).fetchall()
            except sqlite3.OperationalError as exc:
                if "no such table" in str(exc):  # nobody has named a session yet
                    return []
                raise
            return [_name(*row) for row in rows]

        return await self._own().file.read(work, missing=[])

    def _own(self) -> SQLiteStore:
        store = self.store()
        assert isinstance(store, SQLiteStore)
        return store

    def _remembered(self, url: str) -> str:
        """A file's URL relative to the notebook's folder where it lies below it."""
        parsed = StoreURL.parse(url)
        path = file_of(parsed)
        if path is None:
            return url
        base = self.folder.parent
        shown = path.relative_to(base) if path.is_relative_to(base) else path
        return url_of(shown.as_posix(), **parsed.options)

    def located(self, url: str) -> str:
        """A remembered URL as it counts in any folder: its file is below the notebook's folder."""
        parsed = StoreURL.parse(url)
        path = file_of(parsed, below=self.folder.parent)
        return url if path is None else url_of(path, **parsed.options)

    def _same(self, one: str | None, other: str | None) -> bool:
        return one == other or self.store(one) is self.store(other)


def _values(entry: Name) -> tuple[str | None, ...]:
    times = stamp(entry.created_at), stamp(entry.used_at)
    return (entry.name, entry.store, entry.session_id, entry.agent, entry.model, *times)


def _name(
    name: str,
    store: str | None,
    session_id: str,
    agent: str | None,
    model: str | None,
    created_at: str,
    used_at: str,
) -> Name:
    created, used = moment(created_at), moment(used_at)
    if created is None or used is None:
        raise StoreUnusable(
            f"the workspace's entry of session {shorten(name)} is damaged: a time in it can't be "
            "read; its row in the table workbench_names has to be mended or removed"
        )
    return Name(name, store, session_id, agent, model, created, used)


_workspaces: dict[Path, Workspace] = {}


def workspace() -> Workspace:
    """The workspace of the current folder (or of ``WORKBENCH_HOME``)."""
    folder = home_folder()
    return _workspaces.setdefault(folder, Workspace(folder))
