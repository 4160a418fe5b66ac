"""A page of a conversation, read by the server's own cursor where that is safe.

Where something is under way, or items of other programs have no keys yet, the whole conversation is
looked at instead, which settles the one and gives keys to the others.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_right

from workbench.items import Item
from workbench.protocols import StoredItem
from workbench.stores.conversations import layout
from workbench.stores.conversations.api import PAGE
from workbench.stores.conversations.errors import Gone
from workbench.stores.conversations.journal import Snapshot
from workbench.stores.conversations.layout import Place
from workbench.stores.conversations.scene import Scene
from workbench.stores.conversations.view import Entry, Wanted, entries, look, torn

_ITEM_UP_TO = """SELECT item_id FROM conversations_items WHERE place = ? AND key <= ?
    ORDER BY key DESC LIMIT 1"""


async def read_page(scene: Scene, after: int | None, limit: int) -> list[StoredItem]:
    """The next ``limit`` items behind the key ``after``."""
    found = await _by_cursor(scene, after, limit)
    if found is None:
        found = (await look(scene, Wanted(None, keyed=True))).entries
        start = 0 if after is None else bisect_right(found, after, key=lambda entry: entry.key)
        found = found[start : start + limit]
    return [entry.stored() for entry in found]


async def _by_cursor(scene: Scene, after: int | None, limit: int) -> list[Entry] | None:
    """The page as the server lists it; None when that would not tell the truth."""
    known = await scene.snapshot()
    place, conversation = known.place, scene.conversation(known)
    if place is None or conversation is None or known.writes or known.building:
        return None
    behind = await _item_at(scene, place, after)
    if after is not None and behind is None:
        return None
    try:
        listed = await _listed(scene, known, conversation, behind, limit)
    except Gone:  # the item, or all of the conversation: whoever looks at it all is told
        return None
    labels = await scene.local.look(layout.labels, {}, place.place, [item["id"] for item in listed])
    if len(labels) < len(listed) or torn(known, await scene.snapshot()):
        return None
    found = entries(scene, listed, labels, whole=False)
    keys = [entry.key for entry in found]
    in_order = keys == sorted(keys) and (not keys or after is None or keys[0] > after)
    return found if in_order else None


async def _item_at(scene: Scene, place: Place, after: int | None) -> str | None:
    """The id of the item with the key ``after``, or of the last one before it."""

    def work(db: sqlite3.Connection) -> str | None:
        row = db.execute(_ITEM_UP_TO, (place.place, after)).fetchone()
        return None if row is None else row[0]

    if after is None or not -(2**63) <= after < 2**63:
        return None
    return await scene.local.look(work, None)


async def _listed(
    scene: Scene, known: Snapshot, conversation: str, behind: str | None, limit: int
) -> list[Item]:
    """The next items on the server that are not hidden, oldest first."""
    found: list[Item] = []
    while len(found) < limit:
        wanted = min(PAGE, limit - len(found) + len(known.hidden))
        page = await scene.api.page(conversation, limit=wanted, after=behind, order="asc")
        found += [item for item in page.items if item["id"] not in known.hidden]
        if not page.more or not page.items:
            break
        behind = page.items[-1]["id"]
    return found[:limit]
