"""The tables of a SQLite store, and the SQL that reads and writes them.

``agent_sessions`` and ``agent_messages`` are the tables of the SDK's own ``SQLiteSession``
(openai-agents 0.24), so that each reads what the other wrote. What the workbench adds lies beside
them, in ``workbench_*``: which turn an item belongs to, the turns, the archive. A file without
these opens all the same, and the SDK never notices them. Row ids are never used again
(AUTOINCREMENT), so a leftover row of ours can't come to mean another item.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache

from workbench.errors import StoreUnusable
from workbench.stores.sqlite.migration import migrate

VERSION = 2
"""Of the workbench's own tables; a file with a later one is not written to: only its items, which
lie in the SDK's tables, are read. One with an earlier one is brought up to this at the first write
(`workbench.stores.sqlite.migration`)."""

_NOW = "strftime('%Y-%m-%d %H:%M:%f', 'now')"

SCHEMA = (
    """CREATE TABLE IF NOT EXISTS agent_sessions (
        session_id TEXT PRIMARY KEY,
        created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
        updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
    )""",
    """CREATE TABLE IF NOT EXISTS agent_messages (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        session_id TEXT NOT NULL,
        message_data TEXT NOT NULL,
        created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
        FOREIGN KEY (session_id) REFERENCES agent_sessions (session_id) ON DELETE CASCADE
    )""",
    """CREATE INDEX IF NOT EXISTS idx_agent_messages_session_id
        ON agent_messages (session_id, id)""",
    "CREATE TABLE IF NOT EXISTS workbench_layout (version INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS workbench_items (id INTEGER PRIMARY KEY, turn_id TEXT NOT NULL)",
    # A copy of a conversation keeps the ids of its turns: they are unique in a session only. A
    # record that replaces another gets a new number, so that what is new can be asked for.
    """CREATE TABLE IF NOT EXISTS workbench_turns (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        session_id TEXT NOT NULL,
        turn_id TEXT NOT NULL,
        started_at TIMESTAMP NOT NULL,
        record TEXT NOT NULL,
        UNIQUE (session_id, turn_id)
    )""",
    """CREATE INDEX IF NOT EXISTS idx_workbench_turns_session_id
        ON workbench_turns (session_id, started_at)""",
    """CREATE TABLE IF NOT EXISTS workbench_archive (
        archive_id INTEGER PRIMARY KEY AUTOINCREMENT,
        session_id TEXT NOT NULL,
        id INTEGER NOT NULL,
        message_data TEXT NOT NULL,
        created_at TIMESTAMP,
        turn_id TEXT,
        reason TEXT NOT NULL,
        archived_at TIMESTAMP NOT NULL
    )""",
    """CREATE INDEX IF NOT EXISTS idx_workbench_archive_session_id
        ON workbench_archive (session_id, archive_id)""",
    # How often something that was there was changed in place, which no count of rows tells.
    """CREATE TABLE IF NOT EXISTS workbench_changes (
        session_id TEXT PRIMARY KEY,
        items INTEGER NOT NULL DEFAULT 0,
        turns INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID""",
    # Triggers see the changes of every program; none fires for an append, and the SDK updates no
    # item at all. A row that is deleted, restored, or gets another id shows in the counts.
    *(
        f"""CREATE TRIGGER IF NOT EXISTS workbench_{name} AFTER UPDATE OF {columns} ON {table} BEGIN
            INSERT INTO workbench_changes (session_id, {what}) VALUES (old.session_id, 1)
            ON CONFLICT (session_id) DO UPDATE SET {what} = {what} + 1;
        END"""
        for name, columns, table, what in (
            ("item_changed", "message_data, created_at, session_id", "agent_messages", "items"),
            (
                "archive_changed",
                "message_data, created_at, turn_id, reason, session_id",
                "workbench_archive",
                "items",
            ),
            ("turn_changed", "record, turn_id, session_id", "workbench_turns", "turns"),
        )
    ),
)

TOUCH_SESSION = f"""INSERT INTO agent_sessions (session_id, created_at, updated_at)
    VALUES (?, {_NOW}, {_NOW})
    ON CONFLICT (session_id) DO UPDATE SET updated_at = excluded.updated_at"""
ADD_TURN_OF_ITEM = "INSERT INTO workbench_items (id, turn_id) VALUES (?, ?)"

# As a BLOB: text that is not valid UTF-8 must reach the decoder, which names its place.
ALL_ITEMS = """SELECT CAST(message_data AS BLOB) FROM agent_messages
    WHERE session_id = ? ORDER BY id"""
NEWEST_ITEMS = """SELECT CAST(message_data AS BLOB) FROM agent_messages
    WHERE session_id = ? ORDER BY id DESC LIMIT ?"""
NEWEST_ITEM = """SELECT id, CAST(message_data AS BLOB) FROM agent_messages
    WHERE session_id = ? ORDER BY id DESC LIMIT 1"""
COUNT_ITEMS = "SELECT count(*) FROM agent_messages WHERE session_id = ?"
COUNT_ITEMS_UP_TO = "SELECT count(*) FROM agent_messages WHERE session_id = ? AND id <= ?"
NEWEST_ROWS = """SELECT id, CAST(message_data AS BLOB), created_at, turn_id
    FROM agent_messages LEFT JOIN workbench_items USING (id)
    WHERE session_id = ? ORDER BY id DESC LIMIT ?"""
NEWEST_FOREIGN_ROWS = """SELECT id, CAST(message_data AS BLOB), created_at, NULL
    FROM agent_messages WHERE session_id = ? ORDER BY id DESC LIMIT ?"""

DELETE_ITEM = "DELETE FROM agent_messages WHERE id = ?"
DELETE_TURN_OF_ITEM = "DELETE FROM workbench_items WHERE id = ?"
CLEAR = (
    """DELETE FROM workbench_items WHERE id IN
        (SELECT id FROM agent_messages WHERE session_id = ?)""",
    "DELETE FROM agent_messages WHERE session_id = ?",
    "DELETE FROM agent_sessions WHERE session_id = ?",
    "DELETE FROM workbench_turns WHERE session_id = ?",
    "DELETE FROM workbench_archive WHERE session_id = ?",
    "DELETE FROM workbench_changes WHERE session_id = ?",  # the last, as the others count there
)

ARCHIVE_ITEM = f"""INSERT INTO workbench_archive
        (session_id, id, message_data, created_at, turn_id, reason, archived_at)
    SELECT session_id, id, message_data, created_at, turn_id, ?, {_NOW}
    FROM agent_messages LEFT JOIN workbench_items USING (id)
    WHERE id = ? AND session_id = ?"""
ARCHIVE_AGAIN = f"""INSERT INTO workbench_archive
        (session_id, id, message_data, created_at, turn_id, reason, archived_at)
    SELECT session_id, id, message_data, created_at, turn_id, ?, {_NOW}
    FROM workbench_archive WHERE archive_id = ?"""
ARCHIVED_ITEMS = """SELECT id, CAST(message_data AS BLOB), reason, archived_at, created_at, turn_id
    FROM workbench_archive WHERE session_id = ? ORDER BY archive_id"""
ARCHIVED_ITEMS_FOR = ARCHIVED_ITEMS.replace("ORDER BY", "AND reason = ? ORDER BY")

# By the archive's own row: an index on the item's id would be one more to keep for each archiving.
ARCHIVE_IDS = "SELECT id, archive_id FROM workbench_archive WHERE session_id = ?"
RESTORE_ITEM = """INSERT INTO agent_messages (id, session_id, message_data, created_at)
    SELECT id, session_id, message_data, created_at FROM workbench_archive WHERE archive_id = ?"""
RESTORE_TURN_OF_ITEM = """INSERT INTO workbench_items (id, turn_id)
    SELECT id, turn_id FROM workbench_archive WHERE archive_id = ? AND turn_id IS NOT NULL"""
DELETE_ARCHIVED = "DELETE FROM workbench_archive WHERE archive_id = ?"

NEWEST_ID = "SELECT id FROM agent_messages WHERE session_id = ? ORDER BY id DESC LIMIT 1"
ITEMS_BETWEEN = "SELECT id FROM agent_messages WHERE session_id = ? AND id >= ? AND id < ?"
REWRITE_ITEM = "UPDATE agent_messages SET message_data = ? WHERE id = ?"
ARCHIVED_TEXT = "SELECT CAST(message_data AS BLOB) FROM workbench_archive WHERE archive_id = ?"
REWRITE_ARCHIVED = "UPDATE workbench_archive SET message_data = ? WHERE archive_id = ?"
MOVE_ITEM = "UPDATE agent_messages SET id = ? WHERE id = ?"
MOVE_TURN_OF_ITEM = "UPDATE workbench_items SET id = ? WHERE id = ?"
MOVE_ARCHIVED = "UPDATE workbench_archive SET id = ? WHERE archive_id = ?"
COUNT_UP = "UPDATE sqlite_sequence SET seq = ? WHERE name = 'agent_messages'"

SAVE_TURN = """INSERT OR REPLACE INTO workbench_turns (turn_id, session_id, started_at, record)
    VALUES (?, ?, ?, ?)"""
TURN = "SELECT record FROM workbench_turns WHERE session_id = ? AND turn_id = ?"
REWRITE_TURN = "UPDATE workbench_turns SET record = ? WHERE session_id = ? AND turn_id = ?"
TURNS = """SELECT record FROM workbench_turns
    WHERE session_id = ? ORDER BY started_at, rowid"""

SESSIONS = """SELECT session_id, created_at, updated_at,
        (SELECT count(*) FROM agent_messages AS m WHERE m.session_id = s.session_id)
    FROM agent_sessions AS s ORDER BY updated_at DESC, session_id"""


@lru_cache(maxsize=128)
def add_items(count: int) -> str:
    """Add ``count`` items: session id and text of each. One statement is cheaper."""
    rows = ", ".join([f"(?, ?, {_NOW})"] * count)  # ?1 is deprecated in Python 3.12.0 to 3.12.3
    return f"INSERT INTO agent_messages (session_id, message_data, created_at) VALUES {rows}"


@lru_cache(maxsize=128)
def those_of(count: int) -> str:
    """Which of ``count`` ids are items of a session: session id, then the ids."""
    marks = ", ".join("?" * count)
    return f"SELECT id FROM agent_messages WHERE session_id = ? AND id IN ({marks})"


def texts_of(count: int) -> str:
    """Ids and texts of those of ``count`` ids that are items of a session, asked as `those_of`."""
    marks = ", ".join("?" * count)
    return f"""SELECT id, CAST(message_data AS BLOB) FROM agent_messages
        WHERE session_id = ? AND id IN ({marks})"""


def prepare(db: sqlite3.Connection) -> None:
    """Make the tables that are missing, bring those of an earlier version up to this one; refuse a
    file that a later one wrote.
    """
    if "workbench_layout" in tables(db):
        (version,) = db.execute("SELECT max(version) FROM workbench_layout").fetchone()
        if version is not None and version > VERSION:
            raise StoreUnusable(
                f"{_file(db)} was written by a later workbench (layout {version}, known: {VERSION})"
                "; upgrade conversation-workbench to write to it"
            )
        if version == VERSION:
            return
        migrate(db)
    for statement in SCHEMA:
        db.execute(statement)
    db.execute("INSERT INTO workbench_layout (version) VALUES (?)", (VERSION,))


def _file(db: sqlite3.Connection) -> str:
    """The file of a connection, as messages show it."""
    (_number, _schema, name) = db.execute("PRAGMA database_list").fetchone()
    return name or ":memory:"


def tables(db: sqlite3.Connection) -> set[str]:
    """The names of all tables of the file."""
    rows: Sequence[tuple[str]] = db.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table'"
    ).fetchall()
    return {name for (name,) in rows}


def moment(value: object) -> datetime | None:
    """A stored time (UTC, as SQLite writes it) as an aware datetime; None when it is none."""
    if not isinstance(value, str):
        return None
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        return None
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)


def stamp(value: datetime) -> str:
    """A time as SQLite writes it: UTC, sortable as text."""
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
