"""How items are written to a SQLite file: each function is one work inside a transaction.

They may run twice (see `workbench.stores.sqlite.file`) and leave no trace but in the database.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from workbench.items import Item
from workbench.protocols import Key, TurnRecord
from workbench.stores.records import turn_from_json, turn_to_json
from workbench.stores.sqlite import layout
from workbench.stores.sqlite.reading import read_newest
from workbench.stores.sqlite.search import upkeep

_ROWS = 100
"""Items that one statement adds; SQLite may be built to take no more than 999 parameters."""


def append(
    session_id: str, texts: Sequence[str], turn_id: str | None, db: sqlite3.Connection
) -> list[Key]:
    """Add items, at least one, at the end; their keys."""
    db.execute(layout.TOUCH_SESSION, (session_id,))
    last: int | None = None
    for start in range(0, len(texts), _ROWS):
        some = texts[start : start + _ROWS]
        values = [value for text in some for value in (session_id, text)]
        last = db.execute(layout.add_items(len(some)), values).lastrowid
    assert last is not None
    # Nobody else inserts inside this transaction, so the ids run on without a gap.
    keys: list[Key] = list(range(last - len(texts) + 1, last + 1))
    if turn_id is not None:
        db.executemany(layout.ADD_TURN_OF_ITEM, [(key, turn_id) for key in keys])
    upkeep.keep_up(last, len(keys), db)
    return keys


def pop(session_id: str, db: sqlite3.Connection) -> Item | None:
    """Delete the newest item and return it; None when there is none. Raises CorruptItem."""
    newest = read_newest(session_id, db)
    if newest is None:
        return None
    key, item = newest
    delete([key], db)
    return item


def clear(session_id: str, db: sqlite3.Connection) -> None:
    """Delete all that is kept of a session."""
    upkeep.forget_session(session_id, db)
    for statement in layout.CLEAR:
        db.execute(statement, (session_id,))


def delete(keys: Iterable[Key], db: sqlite3.Connection) -> None:
    """Delete items that are known to belong to the session."""
    values = [(key,) for key in keys]
    upkeep.forget([key for (key,) in values], db)
    db.executemany(layout.DELETE_ITEM, values)
    db.executemany(layout.DELETE_TURN_OF_ITEM, values)


def archive(session_id: str, keys: Iterable[Key], reason: str, db: sqlite3.Connection) -> int:
    """Move items to the archive; how many were there."""
    moved = 0
    # In the order of the conversation, whatever order the keys came in.
    for key in sorted(key for key in keys if is_row_id(key)):
        if db.execute(layout.ARCHIVE_ITEM, (reason, key, session_id)).rowcount:
            db.execute(layout.DELETE_ITEM, (key,))
            db.execute(layout.DELETE_TURN_OF_ITEM, (key,))
            moved += 1
    return moved


def restore(session_id: str, keys: Iterable[Key], db: sqlite3.Connection) -> int:
    """Move items back from the archive; how many were there."""
    # The row id comes back with the item, and with it the place in the order.
    kept = archive_ids(session_id, db)
    found = [(kept[key],) for key in set(keys) if key in kept]
    db.executemany(layout.RESTORE_ITEM, found)
    db.executemany(layout.RESTORE_TURN_OF_ITEM, found)
    db.executemany(layout.DELETE_ARCHIVED, found)
    upkeep.look_again([key for key in set(keys) if key in kept], db)
    if found:
        db.execute(layout.TOUCH_SESSION, (session_id,))
    return len(found)


def swap_turn(
    session_id: str, before: TurnRecord, after: TurnRecord, db: sqlite3.Connection
) -> bool:
    """Put one record in the place of another; False when that is not what is remembered."""
    found = db.execute(layout.TURN, (session_id, before.turn_id)).fetchone()
    # Compared as records: a text of an earlier version lacks fields, and means the same.
    if found is None or turn_from_json(found[0]) != before:
        return False
    db.execute(layout.REWRITE_TURN, (turn_to_json(after), session_id, before.turn_id))
    return True


def archive_ids(session_id: str, db: sqlite3.Connection) -> dict[Key, int]:
    """For each archived item's key the row of the archive that holds it."""
    return dict(db.execute(layout.ARCHIVE_IDS, (session_id,)).fetchall())


def is_row_id(key: Key) -> bool:
    """Whether SQLite can take ``key`` for the id of a row."""
    return isinstance(key, int) and 0 < key < 2**63
