"""The tables of the index of words, how they are made, and how one knows that they are sound.

``workbench_words`` is an FTS5 table without content: its rowid is the id of an item, ``marks`` has
a word for the session and one for the role, ``words`` those of the text. Tokens are what
`workbench.words` makes of a text; FTS5 only splits them at spaces (its tokenizer ``ascii``).
``workbench_search`` says up to which id all items are in it, ``workbench_search_again`` which of
those are not, and ``workbench_search_gaps`` what could not be taken in: the id of an item that is
damaged, or 0 for a session that has encrypted items.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from workbench.protocols import HIDDEN
from workbench.stores.sqlite import layout

VERSION = 1
"""Of what is taken in of an item; an index of another one is made anew."""

NOTHING = -(2**63)
"""An id in front of all others."""

_TABLES = (
    """CREATE VIRTUAL TABLE workbench_words
        USING fts5 (marks, words, content = '', tokenize = 'ascii')""",
    """CREATE TABLE workbench_search (
        version INTEGER NOT NULL, done INTEGER NOT NULL, removed INTEGER NOT NULL)""",
    "CREATE TABLE workbench_search_again (id INTEGER PRIMARY KEY)",
    """CREATE TABLE workbench_search_gaps
        (session_id TEXT NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (session_id, id))
        WITHOUT ROWID""",
    # Hidden items are found too, and their ids are looked up by it.
    f"""CREATE INDEX IF NOT EXISTS workbench_hidden ON workbench_archive (id)
        WHERE reason = '{HIDDEN}'""",
)
_PLAIN = ("workbench_search", "workbench_search_again", "workbench_search_gaps")
_SHADOWS = tuple(f"workbench_words_{part}" for part in ("data", "idx", "docsize", "config"))

NAMES = frozenset({"workbench_words", *_PLAIN, *_SHADOWS})
"""The tables of an index."""

_STATE = "SELECT version, done, removed FROM workbench_search"
_BEGIN = "INSERT INTO workbench_search (version, done, removed) VALUES (?, ?, 0)"
_LAST_ID = """SELECT max(coalesce((SELECT max(id) FROM agent_messages), 0),
    coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'agent_messages'), 0))"""
_AVERAGES = "SELECT block FROM workbench_words_data WHERE id = 1"
_HAS_FTS5 = "SELECT 1 FROM pragma_module_list WHERE name = 'fts5'"
_COUNTS_IDS = """SELECT 1 FROM sqlite_master
    WHERE name = 'agent_messages' AND sql LIKE '%AUTOINCREMENT%'"""


@dataclass(frozen=True, slots=True)
class State:
    """Up to which id items are in the index, and how many were taken out since it was purged."""

    done: int
    removed: int


def state(db: sqlite3.Connection) -> State | None:
    """The state of the index; None when there is none that counts."""
    try:
        row = db.execute(_STATE).fetchone()
    except sqlite3.OperationalError as exc:
        if "no such" not in str(exc):
            raise
        return None
    return State(row[1], row[2]) if row is not None and row[0] == VERSION else None


def is_there(db: sqlite3.Connection) -> bool:
    """Whether there is an index to be kept up to date; one of another version is taken away."""
    if state(db) is not None:
        return True
    if "workbench_search" in layout.tables(db):
        drop(db)
    return False


def make(db: sqlite3.Connection) -> None:
    """Make an empty index in the place of what there is."""
    drop(db)
    for statement in _TABLES:
        db.execute(statement)
    db.execute(_BEGIN, (VERSION, NOTHING))


def drop(db: sqlite3.Connection) -> None:
    """Take the index away, however damaged it is, and wherever FTS5 is missing."""
    try:
        db.execute("DROP TABLE IF EXISTS workbench_words")
    except sqlite3.DatabaseError as exc:
        if not is_damage(exc):
            raise
        _tear_out(db)
    for name in (*_PLAIN, *_SHADOWS):
        db.execute(f"DROP TABLE IF EXISTS {name}")


def _tear_out(db: sqlite3.Connection) -> None:
    """For what DROP TABLE refuses, as it asks the index itself how to do that.

    https://www.sqlite.org/pragma.html#pragma_writable_schema; only the row of a virtual table is
    touched, which has no pages of its own.
    """
    db.execute("PRAGMA writable_schema = ON")
    try:
        db.execute("""DELETE FROM sqlite_master
            WHERE type = 'table' AND name = 'workbench_words' AND rootpage = 0""")
    finally:
        db.execute("PRAGMA writable_schema = RESET")


def is_damage(exc: sqlite3.DatabaseError) -> bool:
    """Whether ``exc`` is about the index itself, and not about the disk, a lock or a permission."""
    code = getattr(exc, "sqlite_errorcode", 0) & 0xFF
    # A damaged index may try to write what it holds already.
    return code in (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_CONSTRAINT)


def has_fts5(db: sqlite3.Connection) -> bool:
    """Whether this Python's SQLite was built with FTS5."""
    try:
        return db.execute(_HAS_FTS5).fetchone() is not None
    except sqlite3.OperationalError:  # an SQLite that can't be asked
        return False


def counts_ids(db: sqlite3.Connection) -> bool:
    """Whether no id of an item is ever used again; SQLAlchemy makes the table in another way."""
    return db.execute(_COUNTS_IDS).fetchone() is not None


def last_id(db: sqlite3.Connection) -> int:
    """The highest id that an item has, or has had; 0 before the first."""
    with suppress(sqlite3.OperationalError):
        found: int = db.execute(_LAST_ID).fetchone()[0]
        return found
    return 0


def numbers(db: sqlite3.Connection) -> tuple[int, int, int]:
    """How many items are in the index, and how many marks and words they have together.

    FTS5's own averages record: three numbers as SQLite writes them
    (https://www.sqlite.org/fileformat2.html#varint). Raises ValueError for what is none.
    """
    (block,) = db.execute(_AVERAGES).fetchone()
    found = list(_varints(block)) if block else [0, 0, 0]
    if len(found) < 3:
        raise ValueError("no averages")
    return found[0], found[1], found[2]


def _varints(block: bytes) -> Iterator[int]:
    value = 0
    for byte in block:
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            yield value
            value = 0
