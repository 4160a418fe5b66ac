"""Which conversation was forked from which, and where: kept beside the names, and longer than they.

A conversation is known by its name and by when that was first given: one that was deleted and made
again is another member of the family.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, cast

from workbench.stores.sqlite import SQLiteStore
from workbench.stores.sqlite.layout import moment, stamp

if TYPE_CHECKING:
    from workbench.workspace.names import Name, Work
    from workbench.workspace.registry import Workspace

_TABLE = """CREATE TABLE IF NOT EXISTS workbench_forks (
    name TEXT NOT NULL,
    born TIMESTAMP NOT NULL,
    origin TEXT NOT NULL,
    origin_born TIMESTAMP,
    origin_store TEXT,
    turn INTEGER,
    items INTEGER NOT NULL,
    PRIMARY KEY (name, born)
)"""
_ADD = """INSERT INTO workbench_forks
    (name, born, origin, origin_born, origin_store, turn, items) VALUES (?, ?, ?, ?, ?, ?, ?)"""
_EVERY = """SELECT name, born, origin, origin_born, origin_store, turn, items
    FROM workbench_forks ORDER BY born, name"""


@dataclass(frozen=True, slots=True)
class Member:
    """A conversation: its name and since when it has it; None for one that has no name here, which
    is known by its id and ``store``, the URL of where it is kept."""

    name: str
    born: datetime | None
    store: str | None = None

    @classmethod
    def of(cls, entry: Name) -> Member:
        """A named conversation."""
        return cls(entry.name, entry.created_at)


@dataclass(frozen=True, slots=True)
class Fork:
    """``member`` began with ``items`` items of ``origin``: its turns up to ``turn``, None for all
    that there were."""

    member: Member
    origin: Member
    turn: int | None
    items: int


def added(fork: Fork) -> Work:
    """Writes a fork, in the step that gives it its name."""
    member, origin = fork.member, fork.origin
    assert member.born is not None
    origin_born = None if origin.born is None else stamp(origin.born)
    values = (member.name, stamp(member.born), origin.name, origin_born, origin.store)

    def work(db: sqlite3.Connection) -> None:
        db.execute(_TABLE)
        db.execute(_ADD, (*values, fork.turn, fork.items))

    return work


async def forks(place: Workspace) -> list[Fork]:
    """Every fork that was made in this workspace, the first one first."""
    return await cast(SQLiteStore, place.store()).file.read(_read, missing=[])


def _read(db: sqlite3.Connection) -> list[Fork]:
    try:
        rows = db.execute(_EVERY).fetchall()
    except sqlite3.OperationalError as exc:
        if "no such table" in str(exc):  # nothing was ever forked here
            return []
        raise
    return [
        Fork(Member(name, moment(born)), Member(origin, moment(origin_born), store), turn, items)
        for name, born, origin, origin_born, store, turn, items in rows
    ]
