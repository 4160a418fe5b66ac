"""One search of a file: bring the index up to date, ask it; or look through the items."""

from __future__ import annotations

import sqlite3
from functools import partial

from workbench.errors import StoreError
from workbench.protocols import Found, Query, Report
from workbench.stores.sqlite.file import SQLiteFile
from workbench.stores.sqlite.search import tables
from workbench.stores.sqlite.search.finding import find
from workbench.stores.sqlite.search.scan import scan_file
from workbench.stores.sqlite.search.status import Status, status
from workbench.stores.sqlite.search.upkeep import SEARCHING, forget_some, take_in

_TRIES = 3
"""Times that an index is brought up to date before a search goes on without it."""

_CLEARED = 1_000
"""Items of a session that are taken out in one transaction before it is cleared."""

_MANY = "SELECT 1 FROM agent_messages WHERE session_id = ? LIMIT 1 OFFSET ?"


async def search_file(query: Query, file: SQLiteFile, report: Report | None = None) -> Found:
    """The best hits of a file; what was written before the call is looked at.

    Raises StoreError.
    """
    for _ in range(_TRIES):
        now = await file.read(status, missing=Status("nothing"))
        if now.way == "nothing":
            return Found([])
        if now.way == "scan" or not (now.ready or await _catch_up(now, file, report)):
            break
        found = await file.read(partial(_find, query), missing=None)
        if found is not None:
            return found
    return await scan_file(query, file, report)


def _find(query: Query, db: sqlite3.Connection) -> Found | None:
    """As `find`; None for an index that is damaged, or was taken away just now."""
    try:
        return find(query, db)
    except sqlite3.DatabaseError as exc:
        if not tables.is_damage(exc):
            raise
        return None


async def _catch_up(now: Status, file: SQLiteFile, report: Report | None) -> bool:
    """Take in all that is there by now; False where nothing can be written just now."""
    try:
        if now.done is None:
            await file.write(_make)
        more, done = True, now.done or tables.NOTHING
        while more and (now.waiting or done < now.last):
            done, more = await file.write(_take_in)
            if report is not None:
                report(max(0, min(done, now.last)), now.last)
    except StoreError:  # locked, full, read-only: looking through the items only takes longer
        return False
    return True


def _make(db: sqlite3.Connection) -> None:
    """Make the index, unless another program has done so meanwhile."""
    if status(db).done is None:
        tables.make(db)


def _take_in(db: sqlite3.Connection) -> tuple[int, bool]:
    """As `take_in`; a damaged index is taken away, to be made anew."""
    try:
        if tables.state(db) is not None:
            return take_in(SEARCHING, db)
    except sqlite3.DatabaseError as exc:
        if not tables.is_damage(exc):
            raise
        tables.drop(db)
    return tables.NOTHING, False


async def forget_long(session_id: str, file: SQLiteFile) -> None:
    """Take a long session out of the index in steps, before it is cleared in one."""
    after: int | None = tables.NOTHING
    if not await file.read(partial(_is_long, session_id), missing=False):
        return
    while after is not None:
        after = await file.write(partial(forget_some, session_id, after, _CLEARED))


def _is_long(session_id: str, db: sqlite3.Connection) -> bool:
    return tables.state(db) is not None and (
        db.execute(_MANY, (session_id, _CLEARED)).fetchone() is not None
    )
