"""Leaving nothing of deleted text in a SQLite file, nor in its log.

A deleted row stays readable in the freed part of its page, and its page in the write-ahead log.
VACUUM writes the file anew from what is alive, a truncating checkpoint then brings that into the
file and empties the log (https://www.sqlite.org/lang_vacuum.html, and wal.html there). It needs
room for two more copies of the file meanwhile, and never loses anything when it is interrupted.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import suppress

from workbench.stores.sqlite.search.upkeep import purge

_TROUBLES = {
    "locked": "another program is writing to it; end it, then do this again",
    "disk is full": "there is no room to write the file anew; make room, then do this again",
}


def scrub(name: str, timeout: float, db: sqlite3.Connection) -> list[str]:
    """Write the file anew and empty its log; in sentences, what could not be reached.

    ``name`` is the file as a message shows it. Waits up to ``timeout`` seconds in all for other
    programs. Not to be done inside a transaction. Raises sqlite3.Error.
    """
    deadline = time.monotonic() + timeout
    try:
        _purge_words(db)
        db.execute("VACUUM")
    except sqlite3.OperationalError as exc:
        return [f"{name} may still hold deleted text: {_reason(exc)}."]
    # A reader that came before may hold the log for a while: what is left of the time is for that.
    while not _emptied_the_log(db):
        if time.monotonic() >= deadline:
            return [
                f"{name}-wal may still hold deleted text: another program reads the file; "
                "end it, then do this again."
            ]
        time.sleep(0.02)
    return []


def _purge_words(db: sqlite3.Connection) -> None:
    db.execute("BEGIN IMMEDIATE")
    try:
        purge(db)
        db.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            db.execute("ROLLBACK")
        raise


def _reason(exc: sqlite3.OperationalError) -> str:
    for part, reason in _TROUBLES.items():
        if part in str(exc):
            return reason
    raise exc


def _emptied_the_log(db: sqlite3.Connection) -> bool:
    (waited,) = db.execute("PRAGMA busy_timeout").fetchone()
    # The busy handler would hold every writer up for its whole time, again for each attempt.
    db.execute("PRAGMA busy_timeout=0")
    try:
        (busy, _frames, _done) = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        db.execute(f"PRAGMA busy_timeout={waited}")
    return not busy
