"""Bringing the workbench's own tables from an earlier layout up to the present one.

It happens at the first write, in the transaction in which that store is opened for writing; the
tables of the SDK are never touched.
"""

from __future__ import annotations

import sqlite3

_NUMBERED_TURNS = (
    # Layout 1 told records apart by SQLite's own row ids, which a VACUUM may change.
    "ALTER TABLE workbench_turns RENAME TO workbench_turns_1",
    "DROP INDEX IF EXISTS idx_workbench_turns_session_id",
    """CREATE TABLE workbench_turns (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        session_id TEXT NOT NULL,
        turn_id TEXT NOT NULL,
        started_at TIMESTAMP NOT NULL,
        record TEXT NOT NULL,
        UNIQUE (session_id, turn_id)
    )""",
    """INSERT INTO workbench_turns (session_id, turn_id, started_at, record)
        SELECT session_id, turn_id, started_at, record FROM workbench_turns_1 ORDER BY rowid""",
    "DROP TABLE workbench_turns_1",
)


def migrate(db: sqlite3.Connection) -> None:
    """Change what an earlier layout had otherwise; what it lacked is made with the other tables."""
    columns = {row[1] for row in db.execute("PRAGMA table_info(workbench_turns)")}
    if columns and "number" not in columns:
        for statement in _NUMBERED_TURNS:
            db.execute(statement)
