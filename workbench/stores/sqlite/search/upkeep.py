"""Keeping the index of words up to date: items are taken in, taken out, and noted for later.

Each function is a part of a transaction that writes. An index that turns out to be damaged is taken
away there and then, and the next search makes it anew: no write fails for its sake.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

from workbench.protocols import HIDDEN, Key
from workbench.stores.sqlite.search import tables
from workbench.stores.sqlite.search.entries import Entry, entry

LAG = 200
"""Items that may wait to be taken in before an append does it."""

LOOK = 64
"""An append looks how many wait when the ids pass a multiple of this."""

_ROWS = 200
"""Items that are taken in between two looks at the clock."""

_KEYS = 500
"""Keys that one statement looks for."""

Row = tuple[int, str, bytes]
"""Id, session and text of an item."""

_LIVE = "SELECT id, session_id, CAST(message_data AS BLOB) FROM agent_messages"
_KEPT = "SELECT id, session_id, CAST(message_data AS BLOB) FROM workbench_archive"
_NEXT = f"{_LIVE} WHERE id > ? ORDER BY id LIMIT ?"
_NEXT_HIDDEN = f"{_KEPT} WHERE reason = '{HIDDEN}' AND id > ? AND id <= ?"
_AGAIN = "SELECT id FROM workbench_search_again LIMIT ?"
_INDEXED = "EXISTS (SELECT 1 FROM workbench_words_docsize AS d WHERE d.id = {})"
_IS_INDEXED = _INDEXED.format("m.id")
_OF_SESSION = tuple(
    f"{query} AS m WHERE session_id = ? AND id > ? AND {_IS_INDEXED} ORDER BY id LIMIT ?"
    for query in (_LIVE, _KEPT)
)

_PUT = "INSERT INTO workbench_words (rowid, marks, words) VALUES (?, ?, ?)"
_TAKE = """INSERT INTO workbench_words (workbench_words, rowid, marks, words)
    VALUES ('delete', ?, ?, ?)"""
_DONE = "UPDATE workbench_search SET done = ?"
_REMOVED = "UPDATE workbench_search SET removed = removed + ?"
_LATER = f"""INSERT OR IGNORE INTO workbench_search_again (id)
    SELECT ? WHERE ? <= (SELECT done FROM workbench_search) AND NOT {_INDEXED.format("?")}"""
_NOT_LATER = "DELETE FROM workbench_search_again WHERE id = ?"
_ORPHANS = """SELECT 1 FROM workbench_words_docsize
    WHERE id NOT IN (SELECT id FROM agent_messages)
    AND id NOT IN (SELECT id FROM workbench_archive) LIMIT 1"""
_GAP = "INSERT OR IGNORE INTO workbench_search_gaps (session_id, id) VALUES (?, ?)"
_NO_GAPS = "DELETE FROM workbench_search_gaps WHERE session_id = ?"


@dataclass(frozen=True, slots=True)
class Budget:
    """How much is taken in within one transaction: others wait for its end.

    ``size`` is in bytes of items, ``seconds`` wall time. What is larger than ``size`` by itself is
    taken in only when nothing came before it and ``whole`` is set.
    """

    rows: int
    size: int
    seconds: float
    whole: bool


APPENDING = Budget(rows=256, size=256_000, seconds=0.02, whole=False)
SEARCHING = Budget(rows=1_000_000, size=32_000_000, seconds=0.1, whole=True)


def unless_damaged(work: Callable[..., Any]) -> Callable[..., Any]:
    """``work`` on the index; one that is damaged is taken away instead."""

    @wraps(work)
    def careful(*args: Any, **kwargs: Any) -> Any:
        try:
            return work(*args, **kwargs)
        except sqlite3.DatabaseError as exc:
            if not tables.is_damage(exc):
                raise
            tables.drop(args[-1])
            return None

    return careful


def keep_up(last: int, count: int, db: sqlite3.Connection) -> None:
    """Called with the last id of ``count`` new items: takes some in when many are waiting."""
    if last % LOOK < count:
        _catch_up(last, db)


@unless_damaged
def _catch_up(last: int, db: sqlite3.Connection) -> None:
    state = tables.state(db)
    # An index that is only being made is left to the search that makes it.
    if state is not None and state.done != tables.NOTHING and last - state.done >= LAG:
        take_in(APPENDING, db)


def take_in(budget: Budget, db: sqlite3.Connection) -> tuple[int, bool]:
    """Take in what waits, within the budget; up to which id all is, and whether more waits.

    Raises sqlite3.Error for a damaged index.
    """
    state = tables.state(db)
    assert state is not None
    deadline = time.monotonic() + budget.seconds
    # What was changed may be large, and is left to the search.
    more = budget.whole and _take_in_again(deadline, db)
    done, reached_end = _take_in_new(state.done, budget, deadline, db)
    _put(db.execute(_NEXT_HIDDEN, (state.done, done)), db)
    if done != state.done:
        db.execute(_DONE, (done,))
    return done, more or not reached_end


def _take_in_again(deadline: float, db: sqlite3.Connection) -> bool:
    """Items that are missing among those before ``done``; whether there are more of them."""
    while keys := [key for (key,) in db.execute(_AGAIN, (_ROWS,))]:
        marks = ", ".join("?" * len(keys))
        db.execute(f"DELETE FROM workbench_search_gaps WHERE id IN ({marks})", keys)
        _put(db.execute(f"{_LIVE} WHERE id IN ({marks})", keys), db)
        _put(db.execute(f"{_KEPT} WHERE reason = '{HIDDEN}' AND id IN ({marks})", keys), db)
        db.executemany(_NOT_LATER, [(key,) for key in keys])
        if time.monotonic() > deadline:
            return True
    return False


def _take_in_new(
    done: int, budget: Budget, deadline: float, db: sqlite3.Connection
) -> tuple[int, bool]:
    """Items behind ``done``; the last that was taken in, and whether it is the last of all."""
    end = tables.last_id(db)
    rows, size = 0, 0
    while rows < budget.rows and size < budget.size:
        found = db.execute(_NEXT, (done, min(_ROWS, budget.rows - rows))).fetchall()
        if not found:
            return max(done, end), True
        some = _within(found, budget.size - size, whole=budget.whole and not size)
        if not some:
            break
        _put(some, db)
        done = some[-1][0]
        rows += len(some)
        size += sum(len(data) for _id, _session, data in some)
        if time.monotonic() > deadline:
            break
    return done, done >= end


def _within(rows: Sequence[Row], size: int, *, whole: bool) -> Sequence[Row]:
    """The first of ``rows`` that together are no larger than ``size``."""
    for number, (_id, _session, data) in enumerate(rows):
        size -= len(data)
        if size < 0:
            return rows[: number or int(whole)]
    return rows


def _put(rows: Iterable[Row], db: sqlite3.Connection) -> None:
    taken = []
    for key, session_id, data in list(rows):
        try:
            found = entry(session_id, data)
        except ValueError:
            db.execute(_GAP, (session_id, key))
            continue
        if found is None:
            db.execute(_GAP, (session_id, 0))
        else:
            taken.append((key, *found))
    db.executemany(_PUT, taken)


def forget(keys: Sequence[Key], db: sqlite3.Connection) -> None:
    """Take out items of the conversation that are about to be deleted, changed or moved."""
    if keys and tables.is_there(db):
        for start in range(0, len(keys), _KEYS):
            some = keys[start : start + _KEYS]
            marks = ", ".join("?" * len(some))
            _take_out(f"{_LIVE} AS m WHERE id IN ({marks}) AND {_IS_INDEXED}", some, db)


def forget_archived(archive_ids: Sequence[int], db: sqlite3.Connection) -> None:
    """As `forget`, for rows of the archive."""
    if archive_ids and tables.is_there(db):
        for start in range(0, len(archive_ids), _KEYS):
            some = archive_ids[start : start + _KEYS]
            marks = ", ".join("?" * len(some))
            query = f"{_KEPT} AS m WHERE archive_id IN ({marks}) AND {_IS_INDEXED}"
            _take_out(query, some, db)


def forget_session(session_id: str, db: sqlite3.Connection) -> None:
    """Take out all that is kept of a session that is about to be cleared."""
    for query in _OF_SESSION:
        if tables.is_there(db):
            _take_out(query, (session_id, tables.NOTHING, -1), db)
    if tables.is_there(db):
        _fill_gaps(session_id, db)


@unless_damaged
def _fill_gaps(session_id: str, db: sqlite3.Connection) -> None:
    db.execute(_NO_GAPS, (session_id,))


@unless_damaged
def forget_some(session_id: str, after: int, limit: int, db: sqlite3.Connection) -> int | None:
    """Take out up to ``limit`` items of a session that will be cleared; the last of them, or None.

    Until then they are noted as missing, so that nothing is lost when it does not come to that.
    """
    if not tables.is_there(db):
        return None
    found = db.execute(_OF_SESSION[0], (session_id, after, limit)).fetchall()
    _take_out_rows(found, db)
    look_again([key for key, _session, _data in found], db)
    return found[-1][0] if len(found) == limit else None


def look_again(keys: Iterable[Key], db: sqlite3.Connection) -> None:
    """Note items that were changed, or came back: they are taken in before the next search."""
    if tables.is_there(db):
        _note(list(keys), db)


@unless_damaged
def _note(keys: Sequence[Key], db: sqlite3.Connection) -> None:
    db.executemany(_LATER, [(key, key, key) for key in keys])


@unless_damaged
def _take_out(query: str, values: Sequence[Any], db: sqlite3.Connection) -> None:
    _take_out_rows(db.execute(query, values).fetchall(), db)


def _take_out_rows(rows: Sequence[Row], db: sqlite3.Connection) -> None:
    taken = [(key, *found) for key, session, data in rows if (found := _known(session, data))]
    if len(taken) < len(rows):
        # Another program has changed what was taken in: its words can't be told any more.
        tables.drop(db)
    else:
        db.executemany(_TAKE, taken)
        db.execute(_REMOVED, (len(taken),))


def _known(session_id: str, data: bytes) -> Entry | None:
    try:
        return entry(session_id, data)
    except ValueError:
        return None


@unless_damaged
def purge(db: sqlite3.Connection) -> None:
    """Leave no word in the index of an item that is gone.

    What another program has deleted can't be taken out word by word: then the index is taken away,
    and made anew by the next search.
    """
    if not tables.is_there(db):
        return
    if db.execute(_ORPHANS).fetchone():
        tables.drop(db)
    elif db.execute("SELECT removed FROM workbench_search").fetchone() != (0,):
        # A word that was taken out stays in a part of the index until that is written anew.
        db.execute("INSERT INTO workbench_words (workbench_words) VALUES ('optimize')")
        db.execute("UPDATE workbench_search SET removed = 0")
