"""How far a session of a SQLite file was read, and whether what was read is still so.

What any program did in the meantime shows in few numbers: ids are never used again, so deleted and
restored items change the count of those up to the last one known, and archived ones the numbers of
the archive; what was changed in place was counted by triggers (`workbench.stores.sqlite.layout`).
A file that the workbench has never written to has no triggers: there items are only ever added and
deleted, as the SDK does, unless somebody changes them by SQL of their own.
"""

from __future__ import annotations

import os
import sqlite3
import weakref
from dataclasses import dataclass
from typing import Any

from workbench.stores.sqlite import layout
from workbench.stores.sqlite.standing import Standing

_VERSION = "SELECT max(version) FROM workbench_layout"
_CHANGES = "SELECT items, turns FROM workbench_changes WHERE session_id = ?"
_ARCHIVE = "SELECT count(*), max(archive_id) FROM workbench_archive WHERE session_id = ?"
_TAIL = """SELECT id, created_at, CAST(message_data AS BLOB) FROM agent_messages
    WHERE session_id = ? AND id <= ? ORDER BY id DESC LIMIT 1"""


@dataclass(frozen=True, slots=True)
class Moment:
    """A state of the whole file, as one connection sees it: equal ones are the same state.

    https://www.sqlite.org/pragma.html#pragma_data_version tells what others wrote, the count of
    changes what this connection did.
    """

    connection: weakref.ref[sqlite3.Connection]
    version: int
    changes: int
    file: tuple[int, int] | None

    @classmethod
    def now(cls, db: sqlite3.Connection) -> Moment:
        """The present state; begins the reading transaction, if there is none yet."""
        (version,) = db.execute("PRAGMA data_version").fetchone()
        return cls(weakref.ref(db), version, db.total_changes, _identity(db))

    def may_follow(self, other: Moment) -> bool:
        """Whether both are of the same file: a database in memory lives with its connection."""
        return self.connection == other.connection or self.file == other.file is not None


def _identity(db: sqlite3.Connection) -> tuple[int, int] | None:
    (_number, _schema, name) = db.execute("PRAGMA database_list").fetchone()
    try:
        state = os.stat(name)
    except OSError:
        return None
    return state.st_dev, state.st_ino


@dataclass(frozen=True, slots=True)
class State:
    """What is known of a session beside its rows: the layout, changes in place, the archive."""

    version: int
    items: int = 0
    turns: int = 0
    archive: tuple[int, int | None] = (0, None)

    @classmethod
    def now(cls, session_id: str, db: sqlite3.Connection) -> State:
        """The state of a session at present; version 0: the SDK's tables alone."""
        names = layout.tables(db)
        version = db.execute(_VERSION).fetchone()[0] if "workbench_layout" in names else None
        if version != layout.VERSION:
            return cls(version or 0)
        items, turns = db.execute(_CHANGES, (session_id,)).fetchone() or (0, 0)
        return cls(version, items, turns, db.execute(_ARCHIVE, (session_id,)).fetchone())

    @property
    def tells(self) -> bool:
        """Whether a change would show: programs of another layout don't count theirs."""
        return self.version in (0, layout.VERSION)


@dataclass(frozen=True, slots=True)
class Mark:
    """Where reading ended: behind the item ``last``, with ``count`` items in the conversation.

    ``kept`` says whether there are archived items to show, ``last_turn`` is the number of the
    newest record that was read, ``total`` how many items there were in all, ``more`` whether some
    were left. ``standing`` spares counting the items.
    """

    moment: Moment
    state: State
    last: int
    count: int
    tail: Any
    kept: bool
    last_turn: int
    total: int
    more: bool
    standing: Standing | None = None

    def holds(self, session_id: str, moment: Moment, state: State, db: sqlite3.Connection) -> bool:
        """Whether the items up to this mark are the same ones still."""
        if moment == self.moment:
            return True
        told = moment.may_follow(self.moment) and state.tells and self.count > 0
        if not told or self._place(state) != self._place(self.state):
            return False
        return self._is_there(session_id, db) and tail(session_id, self.last, db) == self.tail

    def _is_there(self, session_id: str, db: sqlite3.Connection) -> bool:
        if self.standing is not None and self.standing.holds(db):
            return True
        (count,) = db.execute(layout.COUNT_ITEMS_UP_TO, (session_id, self.last)).fetchone()
        return bool(count == self.count)

    @staticmethod
    def _place(state: State) -> tuple[Any, ...]:
        return state.version, state.items, state.archive

    def knows_turns_of(self, state: State) -> bool:
        """Whether the records up to ``last_turn`` are the same ones, or have newer ones."""
        return self.last_turn > 0 and self.state.turns == state.turns


def tail(session_id: str, last: int, db: sqlite3.Connection) -> Any:
    """What tells the newest item up to ``last`` from another one with its id, in another file."""
    found = db.execute(_TAIL, (session_id, last)).fetchone()
    return None if found is None else (*found[:2], hash(found[2]))
