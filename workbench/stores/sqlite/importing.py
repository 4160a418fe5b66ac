"""Taking in items as another session kept them: with their times, turns and places.

Archived ones get keys between those of the others, so that they stand where they stood. The archive
is kept in the order in which things were archived, which need not be that of their places.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from types import EllipsisType

from workbench.items import encode
from workbench.protocols import ArchivedItem, Key, StoredItem
from workbench.stores.sqlite import layout

_ADD_ITEM = """INSERT INTO agent_messages (id, session_id, message_data, created_at)
    VALUES (?, ?, ?, ?)"""
_ADD_ARCHIVED = """INSERT INTO workbench_archive
    (session_id, id, message_data, created_at, turn_id, reason, archived_at)
    VALUES (?, ?, ?, ?, ?, ?, ?)"""
_LAST_KEY = """SELECT max(
    coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'agent_messages'), 0),
    coalesce((SELECT max(id) FROM agent_messages), 0))"""
_BEGIN_COUNTING = "INSERT INTO sqlite_sequence (name, seq) VALUES ('agent_messages', ?)"

_LATEST_ARCHIVED = """SELECT max(archived_at) FROM workbench_archive WHERE session_id = ?"""
_BY_TIME = """SELECT archive_id FROM workbench_archive WHERE session_id = ?
    ORDER BY archived_at, archive_id"""
_LAST_ARCHIVE_ID = "SELECT max(archive_id) FROM workbench_archive"
_MOVE_IN_ARCHIVE = "UPDATE workbench_archive SET archive_id = ? WHERE archive_id = ?"


@dataclass(frozen=True, slots=True)
class Row:
    """An item to be taken in, as SQLite keeps it; ``reason`` None: it is not archived."""

    text: str
    created_at: str | None
    turn_id: str | None
    reason: str | None = None
    archived_at: str | None = None


def prepared(rows: Sequence[StoredItem | ArchivedItem]) -> list[Row]:
    """``rows`` as SQLite keeps them. Raises InvalidItem."""
    return [_row(each) for each in rows]


def _row(row: StoredItem | ArchivedItem) -> Row:
    created = None if row.created_at is None else layout.stamp(row.created_at)
    if isinstance(row, ArchivedItem):
        when = layout.stamp(row.archived_at)
        return Row(encode(row.item), created, row.turn_id, row.reason, when)
    return Row(encode(row.item), created, row.turn_id)


def put(
    session_id: str, rows: Sequence[Row], newest: Key | EllipsisType | None, db: sqlite3.Connection
) -> list[Key] | None:
    """Add ``rows``, at least one, at the end; their keys, or None when ``newest`` is another."""
    if newest is not ... and newest != newest_key(session_id, db):
        return None
    db.execute(layout.TOUCH_SESSION, (session_id,))
    first = last_key(db) + 1
    placed = list(enumerate(rows, first))
    live = [(key, row) for key, row in placed if row.reason is None]
    db.executemany(_ADD_ITEM, [(key, session_id, row.text, row.created_at) for key, row in live])
    db.executemany(
        layout.ADD_TURN_OF_ITEM,
        [(key, row.turn_id) for key, row in live if row.turn_id is not None],
    )
    archived = [(key, row) for key, row in placed if row.reason is not None]
    if archived:
        add_archived(session_id, archived, db)
        count_to(placed[-1][0], db)
    return [key for key, _row in placed]


def newest_key(session_id: str, db: sqlite3.Connection) -> Key | None:
    """The key of the newest item of a session."""
    row = db.execute(layout.NEWEST_ID, (session_id,)).fetchone()
    return None if row is None else row[0]


def last_key(db: sqlite3.Connection) -> int:
    """The highest key that was ever given in the file."""
    last: int = db.execute(_LAST_KEY).fetchone()[0]
    return last


def count_to(key: int, db: sqlite3.Connection) -> None:
    """Never give ``key``, or one below it, to another item."""
    if db.execute(layout.COUNT_UP, (key,)).rowcount == 0:
        db.execute(_BEGIN_COUNTING, (key,))


def add_archived(session_id: str, rows: Sequence[tuple[int, Row]], db: sqlite3.Connection) -> None:
    """Add rows, given with their keys, to the archive of a session."""
    (latest,) = db.execute(_LATEST_ARCHIVED, (session_id,)).fetchone()
    in_time = sorted(rows, key=lambda each: each[1].archived_at or "")
    db.executemany(
        _ADD_ARCHIVED,
        [
            (session_id, key, row.text, row.created_at, row.turn_id, row.reason, row.archived_at)
            for key, row in in_time
        ],
    )
    if latest is not None and latest > (in_time[0][1].archived_at or ""):
        _sort_archive(session_id, db)


def _sort_archive(session_id: str, db: sqlite3.Connection) -> None:
    """Bring the archive of a session in the order of its times."""
    (last,) = db.execute(_LAST_ARCHIVE_ID).fetchone()
    order = [row for (row,) in db.execute(_BY_TIME, (session_id,))]
    db.executemany(_MOVE_IN_ARCHIVE, [(last + n, row) for n, row in enumerate(order, 1)])
