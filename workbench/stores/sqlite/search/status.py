"""How the items of a file are to be searched, and whether its index can be relied upon."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from workbench.protocols import HIDDEN
from workbench.stores.sqlite import layout
from workbench.stores.sqlite.search import tables
from workbench.stores.sqlite.search.entries import entry, probe

_DOCUMENTS = "SELECT count(*) FROM workbench_words_docsize"
# One after the other: asked for both at once, SQLite reads the whole table.
_ENDS = """SELECT (SELECT min(id) FROM workbench_words_docsize),
    (SELECT max(id) FROM workbench_words_docsize)"""
_FROM = "SELECT id FROM workbench_words_docsize WHERE id >= ? LIMIT 1"
_ITEM = f"""SELECT session_id, CAST(message_data AS BLOB) FROM agent_messages WHERE id = ?
    UNION ALL SELECT session_id, CAST(message_data AS BLOB) FROM workbench_archive
        WHERE reason = '{HIDDEN}' AND id = ?"""
_FINDS = "SELECT 1 FROM workbench_words WHERE workbench_words MATCH ? AND rowid = ?"
_WAITING = "SELECT 1 FROM workbench_search_again LIMIT 1"

_PARTS = 8
"""Parts of the index of which one item each is looked at."""


@dataclass(frozen=True, slots=True)
class Status:
    """``way`` is how the file is searched; up to the id ``last`` its items have to be known.

    ``done`` is up to where the index knows them; None: it has to be made (again).
    """

    way: Literal["nothing", "scan", "index"]
    last: int = 0
    done: int | None = None
    waiting: bool = False

    @property
    def ready(self) -> bool:
        """Whether the index knows every item."""
        return self.done is not None and self.done >= self.last and not self.waiting


def status(db: sqlite3.Connection) -> Status:
    """How the file is to be searched at this moment."""
    names = layout.tables(db)
    if "agent_messages" not in names:
        return Status("nothing")
    last = tables.last_id(db)
    if not last:
        return Status("nothing")
    if not (_is_ours(names, db) and tables.has_fts5(db) and tables.counts_ids(db)):
        return Status("scan")
    state = tables.state(db)
    if state is None or state.done > last or not is_sound(names, db):
        return Status("index", last)
    return Status("index", last, state.done, db.execute(_WAITING).fetchone() is not None)


def _is_ours(names: set[str], db: sqlite3.Connection) -> bool:
    """Whether the workbench has written to the file before, and no later version of it."""
    if "workbench_layout" not in names:
        return False
    (version,) = db.execute("SELECT max(version) FROM workbench_layout").fetchone()
    return version is not None and version <= layout.VERSION


def is_sound(names: set[str], db: sqlite3.Connection) -> bool:
    """Whether the index holds together, as far as that can be told in some milliseconds.

    Its tables have to be there, its two counts of items to agree, and some items to be found by
    their words. ``names`` are those of all tables.
    """
    if not names >= tables.NAMES:
        return False
    try:
        (documents,) = db.execute(_DOCUMENTS).fetchone()
        return documents == tables.numbers(db)[0] and all(_samples(db))
    except (sqlite3.DatabaseError, TypeError, ValueError):
        return False


def _samples(db: sqlite3.Connection) -> Iterator[bool]:
    """Whether the first, the last and one item of every part of the index are found by their words.

    So what has lost two parts of it is known for certain, and smaller damage in the long run.
    """
    first, last = db.execute(_ENDS).fetchone()
    if first is None:
        return
    size = (last - first) // _PARTS + 1
    starts = (first + part * size + random.randrange(size) for part in range(_PARTS))  # noqa: S311
    found_from = (db.execute(_FROM, (start,)).fetchone() for start in starts)
    for key in sorted({first, last, *(row[0] for row in found_from if row is not None)}):
        found = db.execute(_ITEM, (key, key)).fetchone()
        words = None if found is None else probe(entry(*found) or ("", ""))
        yield words is None or db.execute(_FINDS, (words, key)).fetchone() is not None
