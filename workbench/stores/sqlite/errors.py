"""What sqlite3 says, in the workbench's errors: what happened, to which file, and the way out."""

from __future__ import annotations

import sqlite3

from workbench.errors import StoreError, StoreFull, StoreLocked, StoreReadOnly, StoreUnusable


def translated(exc: sqlite3.Error, name: str) -> StoreError:
    """The workbench's error for one of sqlite3's; ``name`` is the file as a message shows it."""
    said = str(exc)
    for part, error, advice in _TRANSLATIONS:
        if part in said:
            return error(f"{name} {advice}")
    return StoreError(f"{name}: {said}")


_TRANSLATIONS: tuple[tuple[str, type[StoreError], str], ...] = (
    (
        "not a database",
        StoreUnusable,
        "is not an SQLite database; name another file, or move this one away",
    ),
    (
        "malformed",
        StoreUnusable,
        "is damaged; copy it, then save what can be read with `sqlite3 COPY .recover`",
    ),
    (
        "unable to open",
        StoreUnusable,
        "can't be opened: it is a folder, permission is missing, or too many files are open",
    ),
    (
        "readonly",
        StoreReadOnly,
        "can't be written to: permission is missing; use a copy or change its mode",
    ),
    (
        "disk is full",
        StoreFull,
        "can't grow: the disk is full. Nothing of this was written; make room and try again",
    ),
    (
        "locked",
        StoreLocked,
        "is locked by another program. Nothing of this was written; end that program, "
        "or wait longer with sqlite:///FILE?timeout=SECONDS",
    ),
    (
        # A quota and a limit on the size of files are reported like a broken drive.
        "disk I/O error",
        StoreError,
        "could not be read or written: the system reported an I/O error. Nothing of this was "
        "written; look for a full disk, a quota, a limit on file sizes or a failing drive",
    ),
)
