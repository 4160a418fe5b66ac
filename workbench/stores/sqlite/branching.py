"""Copying a conversation within a SQLite file, in one step and without reading it out.

New ids go on from the counter of all items, one after the other, hidden items among them in their
places. What an index of words has to know of the new items it finds out as for any new ones.
"""

from __future__ import annotations

import sqlite3

from workbench.protocols import HIDDEN
from workbench.stores.sqlite import layout
from workbench.stores.sqlite.importing import count_to, last_key

_TAKEN = """SELECT EXISTS (SELECT 1 FROM agent_messages WHERE session_id = :target)
    OR EXISTS (SELECT 1 FROM workbench_archive WHERE session_id = :target)
    OR EXISTS (SELECT 1 FROM workbench_turns WHERE session_id = :target)"""

_PLACES = (
    """CREATE TEMP TABLE IF NOT EXISTS branch_places
        (old INTEGER PRIMARY KEY, new INTEGER NOT NULL)""",
    """INSERT INTO branch_places (old, new)
        SELECT id, :last + row_number() OVER (ORDER BY id) FROM (
            SELECT id FROM agent_messages WHERE session_id = :origin AND id <= :until
            UNION ALL
            SELECT id FROM workbench_archive
                WHERE session_id = :origin AND id <= :until AND reason = :hidden)""",
)
_COPY_ITEMS = """INSERT INTO agent_messages (id, session_id, message_data, created_at)
    SELECT new, :target, message_data, created_at
    FROM branch_places JOIN agent_messages ON id = old AND session_id = :origin ORDER BY old"""
_COPY_LABELS = """INSERT INTO workbench_items (id, turn_id)
    SELECT new, turn_id FROM branch_places JOIN workbench_items ON id = old ORDER BY old"""
_COPY_HIDDEN = """INSERT INTO workbench_archive
        (session_id, id, message_data, created_at, turn_id, reason, archived_at)
    SELECT :target, new, message_data, created_at, turn_id, reason, archived_at
    FROM workbench_archive JOIN branch_places ON old = id
    WHERE session_id = :origin AND reason = :hidden ORDER BY archive_id"""
_COPY_TURNS = """INSERT INTO workbench_turns (session_id, turn_id, started_at, record)
    SELECT :target, turn_id, started_at, CASE WHEN json_valid(record)
        THEN json_set(record, '$.session_id', :target, '$.cell', NULL, '$.execution', NULL)
        ELSE record END
    FROM workbench_turns WHERE session_id = :origin AND turn_id IN (
        SELECT turn_id FROM branch_places JOIN workbench_items ON id = old
        UNION SELECT turn_id FROM workbench_archive WHERE session_id = :target)
    ORDER BY started_at, rowid"""
_LAST_PLACE = "SELECT max(new) FROM branch_places"
_DROP_PLACES = "DROP TABLE branch_places"


def branch(session_id: str, target: str, until: int | None, db: sqlite3.Connection) -> int | None:
    """Copy the items up to ``until`` to ``target``; their number, None when it has anything."""
    values = {"origin": session_id, "target": target, "until": until, "hidden": HIDDEN}
    if db.execute(_TAKEN, values).fetchone()[0]:
        return None
    if until is None:
        return 0
    create, fill = _PLACES
    db.execute(create)
    db.execute(fill, {**values, "last": last_key(db)})
    (last,) = db.execute(_LAST_PLACE).fetchone()
    copied = 0
    if last is not None:
        db.execute(layout.TOUCH_SESSION, (target,))
        copied = db.execute(_COPY_ITEMS, values).rowcount
        db.execute(_COPY_LABELS)
        db.execute(_COPY_HIDDEN, values)
        db.execute(_COPY_TURNS, values)
        count_to(last, db)
    db.execute(_DROP_PLACES)
    return copied
