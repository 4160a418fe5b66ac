"""The transaction that makes an edit count: labels, archive, and what is left to delete."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence

from workbench.items import encode
from workbench.protocols import Edit
from workbench.stores.conversations import journal, layout
from workbench.stores.conversations.layout import Place
from workbench.stores.conversations.plan import Plan
from workbench.stores.conversations.send import Sent
from workbench.stores.sqlite.layout import ARCHIVE_AGAIN, DELETE_ARCHIVED


def decide(
    db: sqlite3.Connection,
    place: Place,
    plan: Plan,
    change: Edit,
    sent: Sent,
    *,
    write_id: int | None = None,
    conversation: str | None = None,
) -> list[int]:
    """Let ``plan`` count; the keys of what it inserted.

    ``sent`` is what was written for it: by ``write_id`` to the end of the conversation, or all that
    are to be live to a new ``conversation``.
    """
    _change_archive(db, place, plan, change)
    inserted, moved = _new_keys(db, place, plan)
    new, arrived = iter(inserted), iter(sent.ids)
    entries: list[tuple[str, int, str | None, str | None]] = []
    for row in plan.live:
        key = next(new) if row.key is None else moved.get(row.key, row.key)
        if conversation is not None or row.item_id is None:
            entries.append((next(arrived), key, row.created_at, row.turn_id))
    if conversation is not None:
        _switch(db, place, conversation)
    else:
        journal.remove(db, place, plan.gone)
    _put(db, place, entries)
    if sent.ids:
        journal.expect(db, place, sent.late, sent.ids[-1])
    if write_id is not None:
        journal.drop(db, write_id)
    layout.changed(db, place.place, torn=True)
    return inserted


def _new_keys(
    db: sqlite3.Connection, place: Place, plan: Plan
) -> tuple[list[int], Mapping[int, int]]:
    """The keys of what is inserted, and for those that come to stand behind it their new ones."""
    inserted = layout.new_keys(db, sum(row.key is None for row in plan.live))
    if plan.behind is None:
        return inserted, {}
    archived = db.execute(
        "SELECT id FROM workbench_archive WHERE session_id = ? AND id >= ?",
        (place.owner, plan.behind),
    ).fetchall()
    old = {row.key for row in plan.live if row.key is not None and row.key >= plan.behind}
    behind = sorted(old | {key for (key,) in archived})
    moved = dict(zip(behind, layout.new_keys(db, len(behind)), strict=True))
    db.executemany(
        "UPDATE workbench_archive SET id = ? WHERE session_id = ? AND id = ?",
        [(moved[key], place.owner, key) for (key,) in archived],
    )
    return inserted, moved


def _change_archive(db: sqlite3.Connection, place: Place, plan: Plan, change: Edit) -> None:
    db.executemany(
        """INSERT INTO workbench_archive
            (session_id, id, message_data, created_at, turn_id, reason, archived_at)
            VALUES (?, ?, ?, ?, ?, ?, ?)""",
        [
            (
                place.owner,
                row.key,
                encode(row.item),
                row.created_at,
                row.turn_id,
                change.reason,
                layout.now(),
            )
            for row in plan.archive
        ],
    )
    db.executemany(
        "UPDATE workbench_archive SET message_data = ? WHERE session_id = ? AND id = ?",
        [(encode(dict(item)), place.owner, key) for key, item in change.rewrite.items()],
    )
    for key, reason in change.relabel.items():
        (row,) = db.execute(_ARCHIVE_ID, (place.owner, key)).fetchone()
        db.execute(ARCHIVE_AGAIN, (reason, row))
        db.execute(DELETE_ARCHIVED, (row,))
    db.executemany(
        "DELETE FROM workbench_archive WHERE session_id = ? AND id = ?",
        [(place.owner, key) for key in change.restore],
    )


_ARCHIVE_ID = "SELECT archive_id FROM workbench_archive WHERE session_id = ? AND id = ?"


def _switch(db: sqlite3.Connection, place: Place, conversation: str) -> None:
    """Let the session's name mean another conversation; the one it meant is left."""
    assert place.conversation is not None
    db.execute("DELETE FROM conversations_items WHERE place = ?", (place.place,))
    db.execute("DELETE FROM conversations_hidden WHERE conversation = ?", (place.conversation,))
    db.execute(
        "UPDATE conversations_places SET conversation = ? WHERE place = ?",
        (conversation, place.place),
    )
    journal.buried(db, place.base_url, conversation)
    journal.leave(db, place.base_url, place.conversation)


def _put(
    db: sqlite3.Connection,
    place: Place,
    entries: Sequence[tuple[str, int, str | None, str | None]],
) -> None:
    db.executemany(
        """INSERT OR REPLACE INTO conversations_items (item_id, key, created_at, turn_id, place)
            VALUES (?, ?, ?, ?, ?)""",
        [(*entry, place.place) for entry in entries],
    )
