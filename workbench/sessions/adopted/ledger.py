"""What is kept beside an adopted session: its slots, its turns, its archive, and a journal.

In tables of its own in a SQLite file, for each session under a name that says its kind, its place
and its id. The journal holds both histories while one is put in the place of the other, so that
whoever comes after an interruption can put the first one back.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from workbench.items import decode
from workbench.protocols import TurnRecord
from workbench.sessions.adopted.slots import Archive, Slot, Slots, text_of
from workbench.stores.sqlite import SQLiteStore, layout
from workbench.stores.sqlite.desk import Work

T = TypeVar("T")

_SCHEMA = (
    """CREATE TABLE IF NOT EXISTS adopted_sessions (
        name TEXT PRIMARY KEY,
        last INTEGER NOT NULL
    )""",
    """CREATE TABLE IF NOT EXISTS adopted_slots (
        name TEXT NOT NULL,
        number INTEGER NOT NULL,
        key TEXT NOT NULL,
        digest TEXT NOT NULL,
        turn_id TEXT,
        created_at TEXT,
        message_data TEXT,
        reason TEXT,
        archived_at TEXT,
        place INTEGER,
        PRIMARY KEY (name, number)
    ) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS adopted_journal (
        name TEXT PRIMARY KEY,
        before TEXT NOT NULL,
        after TEXT NOT NULL
    )""",
)

_KNOWN = """SELECT EXISTS (SELECT 1 FROM adopted_sessions WHERE name = ?),
    EXISTS (SELECT 1 FROM adopted_journal WHERE name = ?)"""
_LAST = "SELECT last FROM adopted_sessions WHERE name = ?"
_SLOTS = """SELECT number, key, digest, turn_id, created_at,
        message_data, reason, archived_at, place
    FROM adopted_slots WHERE name = ? ORDER BY number"""
_SAVE_LAST = "INSERT OR REPLACE INTO adopted_sessions (name, last) VALUES (?, ?)"
_SAVE_SLOT = """INSERT OR REPLACE INTO adopted_slots (name, number, key, digest, turn_id,
        created_at, message_data, reason, archived_at, place)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_DROP_SLOT = "DELETE FROM adopted_slots WHERE name = ? AND number = ?"
_DROP_SLOTS = "DELETE FROM adopted_slots WHERE name = ?"
_OPEN = "INSERT OR REPLACE INTO adopted_journal (name, before, after) VALUES (?, ?, ?)"
_READ = "SELECT before, after FROM adopted_journal WHERE name = ?"
_CLOSE = "DELETE FROM adopted_journal WHERE name = ?"


@dataclass(frozen=True, slots=True)
class Journal:
    """A history that was being put in the place of another."""

    before: list[Any]
    after: list[Any]


@dataclass(frozen=True, slots=True)
class Known:
    """Whether anything is kept of a session, and whether an edit of it is open."""

    slots: bool = False
    journal: bool = False


class Ledger:
    """What ``store`` keeps of the adopted session ``name``."""

    def __init__(self, store: SQLiteStore, name: str) -> None:
        self.store = store
        self.name = name

    async def known(self) -> Known:
        """What there is, at the price of one look."""

        def work(db: sqlite3.Connection) -> Known:
            slots, journal = db.execute(_KNOWN, (self.name, self.name)).fetchone()
            return Known(bool(slots), bool(journal))

        return await self._read(work, Known())

    async def slots(self) -> Slots:
        """The slots, live ones without their items."""

        def work(db: sqlite3.Connection) -> Slots:
            last = db.execute(_LAST, (self.name,)).fetchone()
            found = db.execute(_SLOTS, (self.name,)).fetchall()
            return Slots(tuple(_slot(row) for row in found), last[0] if last else 0)

        return await self._read(work, Slots())

    async def save(
        self, new: Slots, old: Slots, *, journal: Journal | None = None, close: bool = False
    ) -> None:
        """Keep ``new`` where ``old`` was kept; open the journal, or close it, in the same step."""
        rows, were = _rows(self.name, new), _rows(self.name, old)
        dropped = [(self.name, number) for number in were.keys() - rows.keys()]
        changed = [row for number, row in rows.items() if were.get(number) != row]
        if not (dropped or changed or journal or close) and new.last == old.last:
            return
        texts = journal and (_texts(journal.before), _texts(journal.after))

        def work(db: sqlite3.Connection) -> None:
            db.execute(_SAVE_LAST, (self.name, new.last))
            db.executemany(_DROP_SLOT, dropped)
            db.executemany(_SAVE_SLOT, changed)
            if texts:
                db.execute(_OPEN, (self.name, *texts))
            if close:
                db.execute(_CLOSE, (self.name,))

        await self._write(work)

    async def journal(self) -> Journal | None:
        """The open journal."""

        def work(db: sqlite3.Connection) -> Journal | None:
            row = db.execute(_READ, (self.name,)).fetchone()
            return (
                Journal(*([decode(text) for text in json.loads(each)] for each in row))
                if row
                else None
            )

        return await self._read(work, None)

    async def forget(self) -> None:
        """Drop all that is kept, turns too; only the numbers go on, so that no key comes again."""

        def work(db: sqlite3.Connection) -> None:
            for statement in (_DROP_SLOTS, _CLOSE):
                db.execute(statement, (self.name,))
            for statement in layout.CLEAR:
                db.execute(statement, (self.name,))

        if self.store.file.exists() if self.store.path else self.store.file.commits:
            await self._write(work)

    async def save_turns(self, records: Sequence[TurnRecord]) -> None:
        """Remember all of these turns or none of them."""
        await self.store.save_turns(self.name, records)

    async def swap_turn(self, before: TurnRecord, after: TurnRecord) -> bool:
        """Put one record in the place of another, if that is what is remembered."""
        return await self.store.swap_turn(self.name, before, after)

    async def turns(self) -> list[TurnRecord]:
        """The turns in the order they started."""
        return await self.store.turns(self.name)

    async def _read(self, work: Work[T], missing: T) -> T:
        def careful(db: sqlite3.Connection) -> T:
            # The file may be there for other things: the names of conversations, say.
            return work(db) if "adopted_journal" in layout.tables(db) else missing

        if self.store.path is None and not self.store.file.commits:
            return missing  # nothing was written: no need to open it
        return await self.store.file.read(careful, missing=missing)

    async def _write(self, work: Work[T]) -> T:
        def prepared(db: sqlite3.Connection) -> T:
            for statement in _SCHEMA:
                db.execute(statement)
            return work(db)

        return await self.store.file.write(prepared)


def _texts(items: Sequence[Any]) -> str:
    return json.dumps([text_of(item) for item in items])


def _rows(name: str, slots: Slots) -> dict[int, tuple[Any, ...]]:
    """A row of the table for each slot, by its number."""
    rows: dict[int, tuple[Any, ...]] = {}
    for slot in slots.all:
        assert slot.number is not None
        created = slot.created_at.isoformat() if slot.created_at else None
        kept = slot.archive
        why = (kept.text, kept.reason, kept.archived_at.isoformat(), kept.order) if kept else ()
        row = (name, slot.number, slot.key, slot.digest, slot.turn_id, created)
        rows[slot.number] = (*row, *(why or (None,) * 4))
    return rows


def _slot(row: tuple[Any, ...]) -> Slot:
    number, key, digest, turn_id, created, text, reason, archived_at, order = row
    when = datetime.fromisoformat(created) if created else None
    kept = None
    if text is not None:
        kept = Archive(text, reason, datetime.fromisoformat(archived_at), order)
    return Slot(number, key, digest, turn_id, when, archive=kept)
