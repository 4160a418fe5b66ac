"""Whether all items of a file up to the newest one known are there still, without counting them.

SQLite counts the rows of a whole table by its pages, a hundred times as fast as those of one
session. New rows get ids behind all others (AUTOINCREMENT), and are moved upwards only, unless they
are restored from the archive, which then shows in its own numbers. So as long as these hold and the
rows behind the newest known one are as many as have come, none before it is gone, of any session.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from workbench.stores.sqlite import layout

_NEWEST = "SELECT max(id) FROM agent_messages"
_ALL = "SELECT count(*) FROM agent_messages"
_LATER = "SELECT count(*) FROM agent_messages WHERE id > ?"
_ARCHIVED = "SELECT count(*) FROM workbench_archive"
_NEWEST_ARCHIVED = "SELECT max(archive_id) FROM workbench_archive"


@dataclass(frozen=True, slots=True)
class Standing:
    """The items of all sessions: the newest id, how many there are, and the archive's numbers."""

    newest: int
    count: int
    archive: tuple[int, ...]

    @classmethod
    def now(cls, known: int, db: sqlite3.Connection) -> Standing | None:
        """What stands now; None: not worth it where ``known`` items are a small part of it."""
        newest = _one(_NEWEST, db)
        if 2 * known < newest:
            return None
        return cls(newest, _one(_ALL, db), _archive(db))

    def holds(self, db: sqlite3.Connection) -> bool:
        """Whether all these are there for sure."""
        later = int(db.execute(_LATER, (self.newest,)).fetchone()[0])
        return _one(_ALL, db) - later == self.count and _archive(db) == self.archive


def _archive(db: sqlite3.Connection) -> tuple[int, ...]:
    if "workbench_archive" not in layout.tables(db):
        return ()
    return _one(_ARCHIVED, db), _one(_NEWEST_ARCHIVED, db)


def _one(query: str, db: sqlite3.Connection) -> int:
    (found,) = db.execute(query).fetchone()
    return int(found or 0)
