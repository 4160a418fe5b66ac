"""Taking in items as another session kept them: with times, turns and the archive beside.

The live ones are written to the server, hidden, and one local transaction lets all of it count; a
writer that ends in between leaves nothing that anybody sees.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from types import EllipsisType

from workbench.items import encode
from workbench.protocols import ArchivedItem, Key, StoredItem
from workbench.stores.conversations import journal, layout
from workbench.stores.conversations.errors import Gone
from workbench.stores.conversations.items import again, storable
from workbench.stores.conversations.layout import Place
from workbench.stores.conversations.scene import Scene
from workbench.stores.conversations.send import Sent, add_hidden
from workbench.stores.conversations.tidy import tidy
from workbench.stores.conversations.view import Wanted, look
from workbench.stores.conversations.write import anchored, placed
from workbench.stores.sqlite.importing import add_archived, prepared
from workbench.stores.sqlite.layout import stamp

Given = Sequence[StoredItem | ArchivedItem]


async def put(scene: Scene, rows: Given, newest: Key | EllipsisType | None) -> list[int] | None:
    """Append ``rows``; the keys of what was kept, None when ``newest`` is another.

    The caller holds the lock. Raises InvalidItem, StoreError.
    """
    rows = _kept(rows)
    await tidy(scene)
    if newest is not ...:
        view = await look(scene, Wanted(1, keyed=True), locked=True)
        if view.newest != newest:
            return None
    if not rows:
        return []
    place = await placed(scene)
    live = [row.item for row in rows if isinstance(row, StoredItem)]
    write_id, sent = None, Sent([], [])
    if live:
        anchor = await anchored(scene, place)
        try:
            write_id, sent = await add_hidden(scene, place, again(live), anchor=anchor)
        except Gone:
            raise scene.unknown(str(place.conversation)) from None
    return await scene.local.do(_counted, place, rows, sent, write_id)


def _kept(rows: Given) -> Given:
    """Those that can be kept. What is archived lies here, so that anything can. Raises InvalidItem.

    It names an item by its place among those that are not archived.
    """
    for row in rows:
        encode(row.item)
    items = storable([row.item for row in rows if isinstance(row, StoredItem)])
    sent = {id(item) for item in items}
    return [row for row in rows if isinstance(row, ArchivedItem) or id(row.item) in sent]


def _counted(
    db: sqlite3.Connection, place: Place, rows: Given, sent: Sent, write_id: int | None
) -> list[int]:
    """Let what has arrived count, and what is archived with it; the keys of both."""
    keys = layout.new_keys(db, len(rows))
    arrived = iter(sent.ids)
    live = [(key, row) for key, row in zip(keys, rows, strict=True) if isinstance(row, StoredItem)]
    db.executemany(
        """INSERT OR REPLACE INTO conversations_items (item_id, key, created_at, turn_id, place)
            VALUES (?, ?, ?, ?, ?)""",
        [(next(arrived), key, _stamp(row), row.turn_id, place.place) for key, row in live],
    )
    archived = [
        (key, row) for key, row in zip(keys, prepared(rows), strict=True) if row.reason is not None
    ]
    if archived:
        add_archived(place.owner, archived, db)
    if sent.ids:
        journal.expect(db, place, sent.late, sent.ids[-1])
    if write_id is not None:
        journal.drop(db, write_id)
    layout.changed(db, place.place, torn=True)
    return keys


def _stamp(row: StoredItem) -> str | None:
    return None if row.created_at is None else stamp(row.created_at)
