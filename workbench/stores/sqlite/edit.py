"""One atomic change of a conversation in a SQLite file: `workbench.protocols.Edit` as SQL.

What comes to stand behind inserted items gets new ids from the same counter as every item
(AUTOINCREMENT's own), one after the other: no id is used again, and however often conversations are
edited, ids grow by what was written and not by the gaps that other sessions left between them.
What an application keeps of row ids in tables of its own (``message_structure`` of the SDK's
AdvancedSQLiteSession) is not carried along.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from workbench.items import Item, decode
from workbench.protocols import Edit, Key
from workbench.stores.sqlite import layout
from workbench.stores.sqlite.search import upkeep
from workbench.stores.sqlite.writing import (
    append,
    archive,
    archive_ids,
    delete,
    is_row_id,
    restore,
)

_KEYS = 500
"""Keys that one statement looks for; SQLite may be built to take no more than 999 parameters."""


def edit(
    session_id: str,
    change: Edit,
    inserted: Sequence[str],
    rewritten: Mapping[Key, str],
    db: sqlite3.Connection,
) -> list[Key] | None:
    """Make ``change``, whose items are given as JSON texts; None when it does not apply."""
    if not _applies(session_id, change, db):
        return None
    archive(session_id, set(change.archive), change.reason, db)
    delete(set(change.delete) - set(change.archive), db)
    _rewrite(session_id, rewritten, db)
    _relabel(session_id, change.relabel, db)
    if change.restore:
        restore(session_id, change.restore, db)
    keys = append(session_id, inserted, change.turn_id, db) if inserted else []
    if keys and change.before is not None:
        _renumber(session_id, change.before, keys, db)
    if _newest(session_id, db) is not None:
        db.execute(layout.TOUCH_SESSION, (session_id,))
    return keys


def needs_nothing(change: Edit) -> bool:
    """Whether ``change`` applies to a conversation of which nothing is kept."""
    named = (*change.archive, *change.delete, *change.rewrite, *change.relabel, *change.restore)
    named += (*change.given,)
    return not named and change.before is None and change.newest in (..., None)


def _applies(session_id: str, change: Edit, db: sqlite3.Connection) -> bool:
    """Whether all that ``change`` names is there."""
    if change.newest is not ... and change.newest != _newest(session_id, db):
        return False
    taken = {*change.archive, *change.delete}
    if change.before is not None and change.before in taken:
        return False
    if taken - _live(session_id, taken, db):
        return False
    anywhere = {*change.rewrite, *([] if change.before is None else [change.before])}
    elsewhere = anywhere - _live(session_id, anywhere, db)
    archived = {*elsewhere, *change.relabel, *change.restore}
    if archived and not archived <= archive_ids(session_id, db).keys():
        return False
    return not change.given or _holds(session_id, change.given, db)


def _holds(session_id: str, given: Mapping[Key, Item], db: sqlite3.Connection) -> bool:
    """Whether each of these is in the conversation or the archive with this content."""
    texts: dict[Key, Any] = {}
    wanted = [key for key in given if is_row_id(key)]
    for start in range(0, len(wanted), _KEYS):
        some = wanted[start : start + _KEYS]
        texts.update(db.execute(layout.texts_of(len(some)), (session_id, *some)).fetchall())
    if len(texts) < len(given):
        kept = {row: key for key, row in archive_ids(session_id, db).items() if key in given}
        for row, key in kept.items():
            (texts[key],) = db.execute(layout.ARCHIVED_TEXT, (row,)).fetchone()
    return texts.keys() == given.keys() and all(
        _is(text, given[key]) for key, text in texts.items()
    )


def _is(text: Any, item: Item) -> bool:
    try:
        return decode(text) == item
    except (TypeError, ValueError):
        return False


def _newest(session_id: str, db: sqlite3.Connection) -> Key | None:
    row = db.execute(layout.NEWEST_ID, (session_id,)).fetchone()
    return None if row is None else row[0]


def _live(session_id: str, keys: Iterable[Key], db: sqlite3.Connection) -> set[Key]:
    """Those of ``keys`` that are in the conversation."""
    wanted = [key for key in keys if is_row_id(key)]
    found: set[Key] = set()
    for start in range(0, len(wanted), _KEYS):
        some = wanted[start : start + _KEYS]
        rows = db.execute(layout.those_of(len(some)), (session_id, *some))
        found.update(key for (key,) in rows)
    return found


def _rewrite(session_id: str, texts: Mapping[Key, str], db: sqlite3.Connection) -> None:
    live = _live(session_id, texts, db)
    upkeep.forget([*live], db)
    db.executemany(layout.REWRITE_ITEM, [(texts[key], key) for key in live])
    if len(live) < len(texts):
        kept = archive_ids(session_id, db)
        there = [(text, kept[key]) for key, text in texts.items() if key in kept]
        upkeep.forget_archived([row for _text, row in there], db)
        db.executemany(layout.REWRITE_ARCHIVED, there)
    upkeep.look_again(texts, db)


def _relabel(session_id: str, reasons: Mapping[Key, str], db: sqlite3.Connection) -> None:
    kept = archive_ids(session_id, db) if reasons else {}
    for key, reason in reasons.items():
        db.execute(layout.ARCHIVE_AGAIN, (reason, kept[key]))
        db.execute(layout.DELETE_ARCHIVED, (kept[key],))
    upkeep.look_again(reasons, db)


def _renumber(
    session_id: str, before: Key, inserted: Sequence[Key], db: sqlite3.Connection
) -> None:
    """Give all from ``before`` on new ids behind the inserted ones, in the order they had."""
    behind = (session_id, before, inserted[0])
    live = [key for (key,) in db.execute(layout.ITEMS_BETWEEN, behind)]
    kept = {key: row for key, row in archive_ids(session_id, db).items() if key >= before}  # type: ignore[operator]
    last: int = inserted[-1]  # type: ignore[assignment]
    fresh = {key: last + place for place, key in enumerate(sorted([*live, *kept]), start=1)}
    moves = [(fresh[key], key) for key in live]
    upkeep.forget(live, db)
    upkeep.forget_archived([*kept.values()], db)
    db.executemany(layout.MOVE_ITEM, moves)
    db.executemany(layout.MOVE_TURN_OF_ITEM, moves)
    db.executemany(layout.MOVE_ARCHIVED, [(fresh[key], row) for key, row in kept.items()])
    # An UPDATE does not count as an insertion: without this the next item would get a used id.
    db.execute(layout.COUNT_UP, (last + len(fresh),))
