"""Reading a long conversation from a SQLite file a page at a time, in flat memory."""

from __future__ import annotations

import sqlite3

from workbench.protocols import Standing, StoredItem
from workbench.stores.sqlite import layout
from workbench.stores.sqlite.mark import State, tail
from workbench.stores.sqlite.reading import stored_rows

_LARGEST = 2**63 - 1
"""What SQLite can take for a number."""

PAGE_OF_ROWS = """SELECT id, CAST(message_data AS BLOB) AS message_data, created_at, turn_id
    FROM agent_messages LEFT JOIN workbench_items USING (id)
    WHERE session_id = ? AND id > ? ORDER BY id LIMIT ?"""
PAGE_OF_FOREIGN_ROWS = """SELECT id, CAST(message_data AS BLOB) AS message_data, created_at,
        NULL AS turn_id
    FROM agent_messages WHERE session_id = ? AND id > ? ORDER BY id LIMIT ?"""


def read_page(
    session_id: str, after: int | None, limit: int, pause_gc: bool, db: sqlite3.Connection
) -> list[StoredItem]:
    """The next ``limit`` items behind the key ``after``. Raises CorruptItem with its place."""
    names = layout.tables(db)
    if "agent_messages" not in names:
        return []
    query = PAGE_OF_ROWS if "workbench_items" in names else PAGE_OF_FOREIGN_ROWS
    found = db.execute(query, (session_id, *bounds(after, limit))).fetchall()
    return stored_rows(session_id, found, pause_gc, db)


def bounds(after: int | None, limit: int) -> tuple[int, int]:
    """Behind which id a page begins, and how many rows it has, as SQLite can take them."""
    # Ids begin at 1, but a row that an application has put there may have any number.
    start = -_LARGEST - 1 if after is None else max(-_LARGEST - 1, min(after, _LARGEST))
    return start, min(limit, _LARGEST)


def standing(session_id: str, until: int | None, db: sqlite3.Connection) -> Standing | None:
    """How a session stands up to the key ``until``: see `workbench.stores.sqlite.mark`."""
    if "agent_messages" not in layout.tables(db):
        return None
    state = State.now(session_id, db)
    last = 0 if until is None else until
    (count,) = db.execute(layout.COUNT_ITEMS_UP_TO, (session_id, last)).fetchone()
    mark = (state.version, state.items, state.archive, count, tail(session_id, last, db))
    return Standing(count, mark) if state.tells else None
