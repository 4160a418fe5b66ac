"""Copying a conversation within a SQLite file, in one step and without reading it out.

New ids go on from the counter of all items, hidden items among them in their places. The distances
between them stay, which is what costs least; where those are wide, as others wrote in between, the
new ids are one after the other: distances that every fork carried on would use up all numbers. What
an index of words has to know of the new items it finds out as for any new ones.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from workbench.protocols import HIDDEN
from workbench.stores.sqlite import layout
from workbench.stores.sqlite.importing import count_to, last_key

_WIDE = 4
"""Ids for each item, on the average, from which on distances are not kept."""

_TAKEN = """SELECT EXISTS (SELECT 1 FROM agent_messages WHERE session_id = :target)
    OR EXISTS (SELECT 1 FROM workbench_archive WHERE session_id = :target)
    OR EXISTS (SELECT 1 FROM workbench_turns WHERE session_id = :target)"""

_IDS = """SELECT id FROM agent_messages WHERE session_id = :origin AND id <= :until
    UNION ALL
    SELECT id FROM workbench_archive
        WHERE session_id = :origin AND id <= :until AND reason = :hidden"""
_EXTENT = f"SELECT count(*), min(id), max(id) FROM ({_IDS})"

_CREATE_PLACES = """CREATE TEMP TABLE branch_places
    (old INTEGER PRIMARY KEY, new INTEGER NOT NULL)"""
_FILL_PLACES = f"""INSERT INTO branch_places (old, new)
    SELECT id, :last + row_number() OVER (ORDER BY id) FROM ({_IDS})"""
_DROP_PLACES = "DROP TABLE branch_places"

_KEPT = {"new": "id + :shift", "places": ""}
_NUMBERED = {"new": "new", "places": "JOIN branch_places ON old = id"}
"""What an id becomes, and what has to be looked at for it."""

_COPY = (
    """INSERT INTO agent_messages (id, session_id, message_data, created_at)
    SELECT {new}, :target, message_data, created_at FROM agent_messages {places}
    WHERE session_id = :origin AND id <= :until ORDER BY id""",
    """INSERT INTO workbench_items (id, turn_id)
    SELECT {new}, turn_id FROM agent_messages CROSS JOIN workbench_items USING (id) {places}
    WHERE session_id = :origin AND id <= :until ORDER BY id""",
    """INSERT INTO workbench_archive
        (session_id, id, message_data, created_at, turn_id, reason, archived_at)
    SELECT :target, {new}, message_data, created_at, turn_id, reason, archived_at
    FROM workbench_archive {places}
    WHERE session_id = :origin AND id <= :until AND reason = :hidden ORDER BY archive_id""",
)
_COPY_TURNS = """INSERT INTO workbench_turns (session_id, turn_id, started_at, record)
    SELECT :target, turn_id, started_at, CASE WHEN json_valid(record)
        THEN json_set(record, '$.session_id', :target, '$.cell', NULL, '$.execution', NULL)
        ELSE record END
    FROM workbench_turns WHERE session_id = :origin AND turn_id IN (
        SELECT turn_id FROM agent_messages CROSS JOIN workbench_items USING (id)
            WHERE session_id = :target
        UNION SELECT turn_id FROM workbench_archive WHERE session_id = :target)
    ORDER BY started_at, rowid"""


def branch(session_id: str, target: str, until: int | None, db: sqlite3.Connection) -> int | None:
    """Copy the items up to ``until`` to ``target``; their number, None when it has anything."""
    values = {"origin": session_id, "target": target, "until": until, "hidden": HIDDEN}
    if db.execute(_TAKEN, values).fetchone()[0]:
        return None
    count, first, newest = db.execute(_EXTENT, values).fetchone()
    if not count:
        return 0
    db.execute(layout.TOUCH_SESSION, (target,))
    last = last_key(db)
    if newest - first < _WIDE * count:
        copied = _copy(_KEPT, {**values, "shift": last + 1 - first}, db)
        count_to(last + 1 + newest - first, db)
        return copied
    db.execute(_CREATE_PLACES)
    db.execute(_FILL_PLACES, {**values, "last": last})
    copied = _copy(_NUMBERED, values, db)
    db.execute(_DROP_PLACES)
    count_to(last + count, db)
    return copied


def _copy(ids: dict[str, str], values: dict[str, Any], db: sqlite3.Connection) -> int:
    """Copy all that belongs to the items; how many those are, the hidden ones not counted."""
    items, *beside = (each.format_map(ids) for each in _COPY)
    copied = db.execute(items, values).rowcount
    for statement in (*beside, _COPY_TURNS):
        db.execute(statement, values)
    return copied
