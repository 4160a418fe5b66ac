"""A conversation as a SQLite file holds it: the bytes of each item, whatever they are."""

from __future__ import annotations

import sqlite3

from workbench.protocols import RawItem
from workbench.stores.sqlite import layout

_ARCHIVED = """SELECT id, CAST(message_data AS BLOB), created_at, turn_id, reason
    FROM workbench_archive WHERE session_id = ? ORDER BY archive_id"""


def read_raw(session_id: str, db: sqlite3.Connection) -> list[RawItem]:
    """The conversation, oldest first, then the archive."""
    names = layout.tables(db)
    if "agent_messages" not in names:
        return []
    query = layout.NEWEST_ROWS if "workbench_items" in names else layout.NEWEST_FOREIGN_ROWS
    live = db.execute(query, (session_id, -1)).fetchall()[::-1]
    kept = []
    if "workbench_archive" in names:
        kept = db.execute(_ARCHIVED, (session_id,)).fetchall()
    return [
        RawItem(key, data or b"", layout.moment(created), turn_id, *reason)
        for key, data, created, turn_id, *reason in [*live, *kept]
    ]
