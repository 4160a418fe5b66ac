"""What has to be known of every item of a session to number its turns, and no more than that."""

from __future__ import annotations

import sqlite3
from typing import Any

from workbench.items import is_user_message
from workbench.protocols import HIDDEN, Key
from workbench.stores.sqlite import layout
from workbench.stores.sqlite.search.entries import item_of
from workbench.stores.sqlite.search.tables import NOTHING

Label = tuple[Key, str | None, bool]
"""The key of an item, its turn, and whether it is what a user said, outside of any known turn."""

# The text is looked at only where no turn is known: a user's message begins one there.
_LIVE = """SELECT id, {turn_id} AS turn, CASE WHEN {turn_id} IS NULL
        THEN CAST(message_data AS BLOB) END
    FROM agent_messages {labels} WHERE session_id = ? AND id > ? AND id <= ?"""
_HIDDEN = f"""SELECT id, turn_id, CASE WHEN turn_id IS NULL THEN CAST(message_data AS BLOB) END
    FROM workbench_archive
    WHERE session_id = ? AND reason = '{HIDDEN}' AND id > ? AND id <= ?"""


def read_labels(
    session_id: str, after: Key | None, until: Key, limit: int, db: sqlite3.Connection
) -> list[Label]:
    """The labels of the next ``limit`` items behind ``after``, up to ``until``, in order; hidden
    ones stand in their places.
    """
    names = layout.tables(db)
    labelled = "workbench_items" in names
    query = _LIVE.format(
        turn_id="turn_id" if labelled else "NULL",
        labels="LEFT JOIN workbench_items USING (id)" if labelled else "",
    )
    values: tuple[Any, ...] = (session_id, NOTHING if after is None else after, until)
    if "workbench_archive" in names and db.execute(f"{_HIDDEN} LIMIT 1", values).fetchone():
        query, values = f"{query} UNION ALL {_HIDDEN}", values * 2
    found = db.execute(f"{query} ORDER BY id LIMIT ?", (*values, limit))
    return [(key, turn_id, data is not None and _by_user(data)) for key, turn_id, data in found]


def _by_user(data: bytes) -> bool:
    if b'"user"' not in data and b"\\u" not in data:
        return False
    try:
        return is_user_message(item_of(data))
    except ValueError:
        return False
