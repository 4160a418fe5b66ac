"""The tables of a Conversations store in the workspace's companion file, and what is done in them.

The API keeps items and nothing beside them. Here lies the rest: which conversation a name stands
for, for each item its key, time and turn, what is under way, and what is hidden because its
deletion on the server is still to come. Turns and the archive lie in the tables of the companion
file's own SQLite store (`workbench.stores.sqlite.layout`), under `owner`.

Every function here runs inside one transaction, and may run twice.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from workbench.errors import StoreError
from workbench.stores.sqlite.layout import stamp

_TABLES = (
    """CREATE TABLE IF NOT EXISTS conversations_places (
        place INTEGER PRIMARY KEY AUTOINCREMENT,
        base_url TEXT NOT NULL,
        name TEXT NOT NULL,
        conversation TEXT,
        created_at TIMESTAMP NOT NULL,
        updated_at TIMESTAMP NOT NULL,
        revision INTEGER NOT NULL DEFAULT 0,
        epoch INTEGER NOT NULL DEFAULT 0,
        UNIQUE (base_url, name)
    )""",
    """CREATE TABLE IF NOT EXISTS conversations_items (
        place INTEGER NOT NULL,
        item_id TEXT NOT NULL,
        key INTEGER NOT NULL,
        created_at TIMESTAMP,
        turn_id TEXT,
        PRIMARY KEY (place, item_id)
    )""",
    """CREATE UNIQUE INDEX IF NOT EXISTS idx_conversations_items_key
        ON conversations_items (place, key)""",
    "CREATE TABLE IF NOT EXISTS conversations_counter (last INTEGER NOT NULL)",
    """CREATE TABLE IF NOT EXISTS conversations_hidden (
        conversation TEXT NOT NULL,
        item_id TEXT NOT NULL,
        place INTEGER NOT NULL,
        PRIMARY KEY (conversation, item_id)
    )""",
    """CREATE TABLE IF NOT EXISTS conversations_left (
        base_url TEXT NOT NULL,
        conversation TEXT NOT NULL,
        place INTEGER,
        PRIMARY KEY (base_url, conversation)
    )""",
    """CREATE TABLE IF NOT EXISTS conversations_writes (
        write_id INTEGER PRIMARY KEY AUTOINCREMENT,
        place INTEGER NOT NULL,
        anchor TEXT,
        turn_id TEXT,
        begun_at TIMESTAMP NOT NULL,
        commits INTEGER NOT NULL,
        hidden INTEGER NOT NULL,
        given_up INTEGER NOT NULL DEFAULT 0
    )""",
    """CREATE TABLE IF NOT EXISTS conversations_written (
        write_id INTEGER NOT NULL,
        position INTEGER NOT NULL,
        trace TEXT NOT NULL,
        PRIMARY KEY (write_id, position)
    )""",
)

STEP = 2**20
"""Between the keys of two items that were written here: room for what others wrote in between."""

_PLACE = """SELECT place, name, conversation, created_at, revision, epoch
    FROM conversations_places WHERE base_url = ? AND """
_ADD_LABEL = """INSERT INTO conversations_items (place, item_id, key, created_at, turn_id)
    VALUES (?, ?, ?, ?, ?)"""
_KEYS_BELOW = """SELECT max(key) FROM (
    SELECT key FROM conversations_items WHERE place = :place AND key < :key
    UNION ALL SELECT id FROM workbench_archive WHERE session_id = :owner AND id < :key)"""


@dataclass(frozen=True, slots=True)
class Place:
    """One session as the companion file knows it. ``revision`` counts the changes of its labels,
    ``epoch`` those after which a list of items that was read meanwhile may be torn."""

    place: int
    base_url: str
    name: str
    conversation: str | None
    created_at: str
    revision: int
    epoch: int

    @property
    def owner(self) -> str:
        """The session id under which its turns and its archive lie in the companion file."""
        return f"openai-conversation {self.base_url} {self.name}"

    @property
    def as_is(self) -> bool:
        """Whether the session's own name is the conversation's id."""
        return self.name == self.conversation


@dataclass(frozen=True, slots=True)
class Label:
    """What is known of an item beside its content."""

    key: int
    created_at: str | None
    turn_id: str | None


@dataclass(frozen=True, slots=True)
class Write:
    """A write under way, or broken off: what it adds behind the item ``anchor``.

    ``commits``: once all of it has arrived it counts; otherwise it counts when its edit does.
    ``hidden``: readers leave it out until then. ``given_up``: the caller was told that it failed.
    """

    write_id: int
    anchor: str | None
    turn_id: str | None
    begun_at: str
    commits: bool
    hidden: bool
    given_up: bool
    traces: tuple[str, ...]


def prepare(db: sqlite3.Connection) -> None:
    """Make the tables that are missing."""
    for statement in _TABLES:
        db.execute(statement)


def now() -> str:
    """This moment as the file writes it."""
    return stamp(datetime.now(UTC))


def find(db: sqlite3.Connection, base_url: str, session_id: str) -> Place | None:
    """The place of a session, by the conversation's id or by its name."""
    for column in ("conversation", "name"):
        row = db.execute(f"{_PLACE} {column} = ?", (base_url, session_id)).fetchone()
        if row is not None:
            return Place(row[0], base_url, *row[1:])
    return None


def ensure(
    db: sqlite3.Connection, base_url: str, session_id: str, conversation: str | None
) -> Place:
    """As `find`; made if it is new. ``conversation`` is noted where there was none."""
    found = find(db, base_url, session_id)
    if found is None:
        db.execute(
            """INSERT INTO conversations_places
                (base_url, name, conversation, created_at, updated_at) VALUES (?, ?, ?, ?, ?)""",
            (base_url, session_id, conversation, now(), now()),
        )
    elif found.conversation is None and conversation is not None:
        db.execute(
            "UPDATE conversations_places SET conversation = ? WHERE place = ?",
            (conversation, found.place),
        )
    made = find(db, base_url, session_id)
    assert made is not None
    return made


def changed(db: sqlite3.Connection, place: int, *, torn: bool) -> None:
    """Count a change; ``torn``: one that a reader must not see half of."""
    db.execute(
        """UPDATE conversations_places
            SET revision = revision + 1, epoch = epoch + ?, updated_at = ? WHERE place = ?""",
        (int(torn), now(), place),
    )


def labels(db: sqlite3.Connection, place: int, item_ids: Iterable[str]) -> dict[str, Label]:
    """What is known of these items."""
    rows = db.execute(
        """SELECT item_id, key, created_at, turn_id FROM conversations_items
            WHERE place = ? AND item_id IN (SELECT value FROM json_each(?))""",
        (place, json.dumps(list(item_ids))),
    )
    return {item_id: Label(*known) for item_id, *known in rows}


def ids_of(db: sqlite3.Connection, place: int, keys: Iterable[object]) -> dict[int, str]:
    """The item ids of these keys; those that are not known are left out."""
    wanted = [key for key in keys if isinstance(key, int) and -(2**63) <= key < 2**63]
    rows = db.execute(
        """SELECT key, item_id FROM conversations_items
            WHERE place = ? AND key IN (SELECT value FROM json_each(?))""",
        (place, json.dumps(wanted)),
    )
    return dict(rows.fetchall())


def new_keys(db: sqlite3.Connection, count: int) -> list[int]:
    """So many keys that were never used, ascending."""
    row = db.execute("SELECT last FROM conversations_counter").fetchone()
    if row is None:
        db.execute("INSERT INTO conversations_counter (last) VALUES (0)")
    last = row[0] if row else 0
    db.execute("UPDATE conversations_counter SET last = ?", (last + count * STEP,))
    return [last + number * STEP for number in range(1, count + 1)]


def assign(db: sqlite3.Connection, place: Place, item_ids: Sequence[str]) -> dict[str, Label]:
    """The labels of these items, which lie one behind the other; new ones where there were none.

    Items that others wrote get keys too: at the end new ones, in between such as lie there.
    """
    known = labels(db, place.place, item_ids)
    run: list[str] = []
    for item_id in item_ids:
        if item_id not in known:
            run.append(item_id)
        elif run:
            _add(db, place.place, run, _keys_before(db, place, known[item_id].key, len(run)))
            run = []
    if run:
        _add(db, place.place, run, new_keys(db, len(run)))
    return labels(db, place.place, item_ids) if len(known) < len(item_ids) else known


def _add(db: sqlite3.Connection, place: int, item_ids: Sequence[str], keys: Sequence[int]) -> None:
    db.executemany(
        _ADD_LABEL,
        [(place, item_id, key, None, None) for item_id, key in zip(item_ids, keys, strict=True)],
    )


def _keys_before(db: sqlite3.Connection, place: Place, key: int, count: int) -> list[int]:
    """Free keys right below ``key``. Each key that was given has its own STEP - 1 below it."""
    values = {"place": place.place, "key": key, "owner": place.owner}
    (below,) = db.execute(_KEYS_BELOW, values).fetchone()
    lowest = max(below if below is not None else -STEP, (key - 1) // STEP * STEP)
    if key - lowest <= count:
        raise StoreError(
            f"more than {STEP - 1:,} items that another program wrote lie between two written "
            "here; this conversation can be read, but its items have no keys"
        )
    return list(range(key - count, key))


def forget(db: sqlite3.Connection, place: int, item_ids: Iterable[str]) -> None:
    """Delete the labels of items that are gone."""
    db.executemany(
        "DELETE FROM conversations_items WHERE place = ? AND item_id = ?",
        [(place, item_id) for item_id in item_ids],
    )


def hide(db: sqlite3.Connection, place: Place, item_ids: Iterable[str]) -> None:
    """Hide items from every reader from now on; they are to be deleted on the server."""
    db.executemany(
        """INSERT OR IGNORE INTO conversations_hidden (conversation, item_id, place)
            VALUES (?, ?, ?)""",
        [(place.conversation, item_id, place.place) for item_id in item_ids],
    )


def hidden(db: sqlite3.Connection, conversation: str) -> set[str]:
    """The items of a conversation that are to be deleted on the server."""
    rows = db.execute(
        "SELECT item_id FROM conversations_hidden WHERE conversation = ?", (conversation,)
    )
    return {item_id for (item_id,) in rows}


def writes(db: sqlite3.Connection, place: int) -> list[Write]:
    """The writes of a session that are under way or broken off, the first begun first."""
    rows = db.execute(
        """SELECT write_id, anchor, turn_id, begun_at, commits, hidden, given_up
            FROM conversations_writes WHERE place = ? ORDER BY write_id""",
        (place,),
    ).fetchall()
    return [
        Write(write_id, anchor, turn_id, begun_at, bool(a), bool(b), bool(c), _traces(db, write_id))
        for write_id, anchor, turn_id, begun_at, a, b, c in rows
    ]


def _traces(db: sqlite3.Connection, write_id: int) -> tuple[str, ...]:
    rows = db.execute(
        "SELECT trace FROM conversations_written WHERE write_id = ? ORDER BY position", (write_id,)
    )
    return tuple(trace for (trace,) in rows)
