"""What a writer notes in the companion file before, while and after it changes the server.

The server can't change several things in one step, this file can: what it says counts. Each
function is one transaction. Between any two of them the process may end; `conversations_tidy` then
goes on from what is noted here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from workbench.stores.conversations import layout
from workbench.stores.conversations.layout import Label, Place, Write


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What readers and writers have to know before they look at the server."""

    place: Place | None
    hidden: frozenset[str] = frozenset()
    writes: tuple[Write, ...] = ()
    left: tuple[str, ...] = ()
    """Conversations that are to be deleted on the server, with their items."""
    building: tuple[str, ...] = ()
    """Conversations that a writer was making to take the place of this one."""

    @property
    def conversation(self) -> str | None:
        return self.place.conversation if self.place else None

    @property
    def untidy(self) -> bool:
        return bool(self.hidden or self.writes or self.left or self.building)


def snapshot(db: sqlite3.Connection, base_url: str, session_id: str) -> Snapshot:
    """All that is known of a session, and what is still to be done on its server."""
    left = db.execute(
        "SELECT conversation, place FROM conversations_left WHERE base_url = ?", (base_url,)
    ).fetchall()
    dead = tuple(conversation for conversation, place in left if place is None)
    place = layout.find(db, base_url, session_id)
    if place is None:
        return Snapshot(None, left=dead)
    return Snapshot(
        place,
        frozenset(layout.hidden(db, place.conversation)) if place.conversation else frozenset(),
        tuple(layout.writes(db, place.place)),
        dead,
        tuple(conversation for conversation, builder in left if builder == place.place),
    )


def assigned(
    db: sqlite3.Connection, seen: Place, item_ids: Sequence[str]
) -> dict[str, Label] | None:
    """Labels for the items of a list; None when they were changed since ``seen`` was read."""
    place = layout.find(db, seen.base_url, seen.name)
    if place != seen:
        return None
    return layout.assign(db, place, item_ids)


def begin(
    db: sqlite3.Connection,
    place: Place,
    traces: Sequence[str],
    *,
    anchor: str | None,
    turn_id: str | None,
    commits: bool,
    hidden: bool,
) -> int:
    """Note what is going to be written; the number of the write."""
    cursor = db.execute(
        """INSERT INTO conversations_writes (place, anchor, turn_id, begun_at, commits, hidden)
            VALUES (?, ?, ?, ?, ?, ?)""",
        (place.place, anchor, turn_id, layout.now(), int(commits), int(hidden)),
    )
    write_id = cursor.lastrowid
    assert write_id is not None
    _note(db, write_id, traces)
    if hidden:
        layout.changed(db, place.place, torn=True)
    return write_id


def commit(
    db: sqlite3.Connection,
    place: Place,
    write_id: int,
    turn_id: str | None,
    item_ids: Sequence[str],
    late: Sequence[Sequence[str]] = (),
) -> list[int]:
    """All of it has arrived: from now on it counts. Returns the keys.

    ``late`` are the traces of requests that may still arrive, though they were sent again.
    """
    keys = own(db, place, turn_id, item_ids)
    drop(db, write_id)
    expect(db, place, late, item_ids[-1])
    layout.changed(db, place.place, torn=True)
    return keys


def expect(
    db: sqlite3.Connection, place: Place, late: Sequence[Sequence[str]], anchor: str
) -> None:
    """Hide what still arrives of requests that were sent again; for a while."""
    for traces in late:
        write_id = begin(db, place, traces, anchor=anchor, turn_id=None, commits=False, hidden=True)
        db.execute("UPDATE conversations_writes SET given_up = 1 WHERE write_id = ?", (write_id,))


def own(
    db: sqlite3.Connection, place: Place, turn_id: str | None, item_ids: Sequence[str]
) -> list[int]:
    """Label items as written here and now. A reader may have given them their keys already."""
    known = layout.labels(db, place.place, item_ids)
    fresh = iter(layout.new_keys(db, len(item_ids) - len(known)))
    created_at = layout.now()
    keys = [known[each].key if each in known else next(fresh) for each in item_ids]
    db.executemany(
        """INSERT OR REPLACE INTO conversations_items (place, item_id, key, created_at, turn_id)
            VALUES (?, ?, ?, ?, ?)""",
        [
            (place.place, item_id, key, created_at, turn_id)
            for item_id, key in zip(item_ids, keys, strict=True)
        ],
    )
    return keys


def give_up(
    db: sqlite3.Connection,
    place: Place,
    write_id: int,
    arrived: Sequence[str],
    unclear: Sequence[str],
) -> None:
    """The caller is told that nothing was written: what has arrived is hidden and to be deleted.

    ``unclear`` are the traces of what may still arrive; hidden as well, if it does.
    """
    remove(db, place, arrived)
    if unclear:
        db.execute("DELETE FROM conversations_written WHERE write_id = ?", (write_id,))
        _note(db, write_id, unclear)
        db.execute(
            """UPDATE conversations_writes SET given_up = 1, hidden = 1, commits = 0, begun_at = ?
                WHERE write_id = ?""",
            (layout.now(), write_id),
        )
    else:
        drop(db, write_id)
    layout.changed(db, place.place, torn=True)


def take_back(
    db: sqlite3.Connection, place: Place, write_id: int, arrived: Sequence[str], *, keep: bool
) -> None:
    """Hide what arrived of a write that does not count; ``keep`` waits for more of it."""
    remove(db, place, arrived)
    if not keep:
        drop(db, write_id)
    layout.changed(db, place.place, torn=True)


def remove(db: sqlite3.Connection, place: Place, item_ids: Sequence[str]) -> None:
    """Items that are gone from here on; on the server they are to be deleted."""
    layout.hide(db, place, item_ids)
    layout.forget(db, place.place, item_ids)


def doubled(db: sqlite3.Connection, place: Place, item_ids: Sequence[str]) -> None:
    """What the server did twice: hide the second copy, which is to be deleted."""
    remove(db, place, item_ids)
    layout.changed(db, place.place, torn=True)


def drop(db: sqlite3.Connection, write_id: int) -> None:
    """Forget a write that is settled."""
    db.execute("DELETE FROM conversations_written WHERE write_id = ?", (write_id,))
    db.execute("DELETE FROM conversations_writes WHERE write_id = ?", (write_id,))


def popped(db: sqlite3.Connection, place: Place, item_id: str) -> None:
    """The server has deleted this item."""
    layout.forget(db, place.place, [item_id])
    layout.changed(db, place.place, torn=False)


def deleted(db: sqlite3.Connection, conversation: str, item_ids: Sequence[str]) -> None:
    """The server has deleted these hidden items."""
    db.executemany(
        "DELETE FROM conversations_hidden WHERE conversation = ? AND item_id = ?",
        [(conversation, item_id) for item_id in item_ids],
    )


def leave(
    db: sqlite3.Connection, base_url: str, conversation: str, builder: int | None = None
) -> None:
    """A conversation is to be deleted on the server, unless its ``builder`` finishes it."""
    db.execute(
        """INSERT OR REPLACE INTO conversations_left (base_url, conversation, place)
            VALUES (?, ?, ?)""",
        (base_url, conversation, builder),
    )


def buried(db: sqlite3.Connection, base_url: str, conversation: str) -> None:
    """The server has deleted a conversation that was left, or it is not to be deleted any more."""
    db.execute(
        "DELETE FROM conversations_left WHERE base_url = ? AND conversation = ?",
        (base_url, conversation),
    )


def cleared(db: sqlite3.Connection, place: Place, item_ids: Sequence[str]) -> None:
    """Nothing is kept of a session any more. ``item_ids``: its items, where its id is the
    conversation's own, so that the conversation has to stay."""
    for statement in (
        "DELETE FROM workbench_turns WHERE session_id = ?",
        "DELETE FROM workbench_archive WHERE session_id = ?",
        "DELETE FROM workbench_changes WHERE session_id = ?",
    ):
        db.execute(statement, (place.owner,))
    for write in layout.writes(db, place.place):
        drop(db, write.write_id)
    db.execute("DELETE FROM conversations_items WHERE place = ?", (place.place,))
    if place.as_is:
        layout.hide(db, place, item_ids)
        layout.changed(db, place.place, torn=True)
        return
    if place.conversation is not None:
        leave(db, place.base_url, place.conversation)
        db.execute("DELETE FROM conversations_hidden WHERE conversation = ?", (place.conversation,))
    # What its writer ended before it was done: nobody comes to finish it.
    db.execute("UPDATE conversations_left SET place = NULL WHERE place = ?", (place.place,))
    db.execute("DELETE FROM conversations_places WHERE place = ?", (place.place,))


def _note(db: sqlite3.Connection, write_id: int, traces: Sequence[str]) -> None:
    db.executemany(
        "INSERT INTO conversations_written (write_id, position, trace) VALUES (?, ?, ?)",
        [(write_id, position, trace) for position, trace in enumerate(traces)],
    )
