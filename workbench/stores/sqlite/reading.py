"""How items are read from a SQLite file: in steps that leave the event loop its turns.

Decoding a long history makes a million objects that all stay alive. Python's collector would look
at all of them again and again, for 100 ms and more at a time in which no thread runs, and find
nothing. So it is paused, process-wide, while one step is decoded (a few milliseconds), and not for
longer: what other threads leave behind in the meantime is collected between the steps.
"""

from __future__ import annotations

import gc
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import orjson

from workbench.errors import CorruptItem
from workbench.items import Item, decode
from workbench.protocols import ArchivedItem, StoredItem
from workbench.stores.sqlite import layout

R = TypeVar("R")
S = TypeVar("S")

STEP = 500
"""Rows of a step; a shorter history than this never touches the collector."""


def read_items(
    session_id: str, limit: int | None, pause_gc: bool, db: sqlite3.Connection
) -> list[Item]:
    """The newest ``limit`` items, oldest first; all for None. Raises CorruptItem."""
    items: list[Item] = []
    try:
        cursor = _select(session_id, limit, db)
        while rows := cursor.fetchmany(STEP):
            items += in_a_step(_decoded, rows, pause_gc)
    except sqlite3.OperationalError as exc:
        if "no such table" not in str(exc):
            raise
        return []
    except ValueError:
        # Read again, slowly: what only orjson refuses is decoded, the rest gets its place.
        return [row.item for row in read_rows(session_id, limit, pause_gc, db)]
    if limit is not None:
        items.reverse()
    return items


def _select(session_id: str, limit: int | None, db: sqlite3.Connection) -> sqlite3.Cursor:
    if limit is None:
        return db.execute(layout.ALL_ITEMS, (session_id,))
    return db.execute(layout.NEWEST_ITEMS, (session_id, limit))


def _decoded(rows: list[tuple[bytes]]) -> list[Item]:
    loads = orjson.loads
    items = [loads(data) for (data,) in rows]
    if set(map(type, items)) != {dict}:
        raise ValueError
    return items


def read_rows(
    session_id: str, limit: int | None, pause_gc: bool, db: sqlite3.Connection
) -> list[StoredItem]:
    """As `read_items`, with each item's key, time and turn."""
    names = layout.tables(db)
    if "agent_messages" not in names:
        return []
    query = layout.NEWEST_ROWS if "workbench_items" in names else layout.NEWEST_FOREIGN_ROWS
    found = db.execute(query, (session_id, -1 if limit is None else limit)).fetchall()[::-1]
    return stored_rows(session_id, found, pause_gc, db)


def stored_rows(
    session_id: str,
    found: list[tuple[int, bytes, Any, str | None]],
    pause_gc: bool,
    db: sqlite3.Connection,
) -> list[StoredItem]:
    """The rows of a session of which key, text, time and turn were read. Raises CorruptItem."""
    rows: list[StoredItem] = []
    try:
        for start in range(0, len(found), STEP):
            rows += in_a_step(_stored, found[start : start + STEP], pause_gc)
    except Undecodable as exc:
        (position,) = db.execute(layout.COUNT_ITEMS_UP_TO, (session_id, exc.key)).fetchone()
        raise CorruptItem(
            session_id, position, f"row {exc.key} holds {exc}", key=exc.key
        ) from exc.__cause__
    return rows


def _stored(rows: list[tuple[int, bytes, Any, str | None]]) -> list[StoredItem]:
    return [
        StoredItem(key, item_of(key, data), layout.moment(created), turn_id)
        for key, data, created, turn_id in rows
    ]


def read_newest(session_id: str, db: sqlite3.Connection) -> tuple[int, Item] | None:
    """Key and item of the newest row; None when there is none. Raises CorruptItem."""
    row = db.execute(layout.NEWEST_ITEM, (session_id,)).fetchone()
    if row is None:
        return None
    key, data = row
    try:
        return key, item_of(key, data)
    except Undecodable as exc:
        (count,) = db.execute(layout.COUNT_ITEMS, (session_id,)).fetchone()
        raise CorruptItem(session_id, count, f"row {key} holds {exc}", key=key) from exc.__cause__


def read_archive(
    session_id: str, db: sqlite3.Connection, *, reason: str | None = None
) -> list[ArchivedItem]:
    """What the archive holds of a session (for ``reason``; None: for any), in the order it was
    archived. Raises CorruptItem.
    """
    if "workbench_archive" not in layout.tables(db):
        return []
    result: list[ArchivedItem] = []
    asked = (session_id,) if reason is None else (session_id, reason)
    query = layout.ARCHIVED_ITEMS if reason is None else layout.ARCHIVED_ITEMS_FOR
    found = db.execute(query, asked).fetchall()
    for key, data, reason, archived_at, created_at, turn_id in found:
        try:
            item = item_of(key, data)
        except Undecodable as exc:
            raise CorruptItem(
                session_id, None, f"archived row {key} holds {exc}"
            ) from exc.__cause__
        when = layout.moment(archived_at)
        assert when is not None
        result.append(ArchivedItem(key, item, reason, when, layout.moment(created_at), turn_id))
    return result


class Undecodable(Exception):
    """What a row holds instead of an item, without its text: an item may be private."""

    def __init__(self, key: int, what: str) -> None:
        self.key = key
        super().__init__(what)


def item_of(key: int, data: bytes) -> Item:
    """The item that a row holds. Raises Undecodable."""
    try:
        return decode(data)
    except RecursionError as exc:
        raise Undecodable(key, "JSON that is nested too deeply") from exc
    except ValueError as exc:
        raise Undecodable(key, "no valid item") from exc


def steps(cursor: sqlite3.Cursor) -> Iterator[list[Any]]:
    """The rows of a cursor, a step at a time."""
    while rows := cursor.fetchmany(STEP):
        yield rows


def in_a_step(make: Callable[[list[R]], list[S]], rows: list[R], pause_gc: bool) -> list[S]:
    """``make(rows)``; with no collection meanwhile when they are a whole step."""
    with collector_paused(pause_gc and len(rows) == STEP):
        return make(rows)


@contextmanager
def collector_paused(wanted: bool) -> Iterator[None]:
    """No garbage is collected meanwhile, where that is ``wanted`` and somebody does at all."""
    if not (wanted and gc.isenabled()):
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
