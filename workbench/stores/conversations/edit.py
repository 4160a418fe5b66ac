"""Making an edit: what is new is written to the server first, then one local transaction decides.

Until that transaction nobody sees what was written, from it on nobody sees what was taken away,
whenever the server comes to delete it. Where items are to stand in front of others, all that stay
are written to a new conversation, and the transaction lets the session's name mean that one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from workbench.errors import (
    CorruptItem,
    InvalidItem,
    StoreError,
    StoreLocked,
    Unsupported,
    shorten,
)
from workbench.items import Item
from workbench.protocols import ArchivedItem, Edit, Key
from workbench.stores.conversations import journal, layout
from workbench.stores.conversations.decide import decide
from workbench.stores.conversations.items import again, storable
from workbench.stores.conversations.layout import Place
from workbench.stores.conversations.plan import Plan, Row, planned
from workbench.stores.conversations.scene import Scene
from workbench.stores.conversations.send import BrokenOff, Sent, add, add_hidden, send
from workbench.stores.conversations.tidy import clean, tidy
from workbench.stores.conversations.view import View, Wanted, look
from workbench.stores.conversations.write import anchored, metadata, placed
from workbench.stores.sqlite.layout import stamp
from workbench.stores.sqlite.reading import read_archive

_TRIES = 4


async def edit(scene: Scene, change: Edit) -> list[int] | None:
    """Make ``change``; the keys of what it inserted, or None when it did not apply.

    The caller holds the lock. Raises InvalidItem, Unsupported, StoreError.
    """
    change = replace(change, insert=storable(change.insert))
    _refuse_to_lose(list(change.rewrite.values()))
    for _attempt in range(_TRIES):
        await tidy(scene)
        view = await _looked_at(scene, change)
        archived = await _archived(scene, view.known.place)
        plan = planned(_rows(view), archived, change, layout.now())
        if plan is None:
            return None
        keys = await _made(scene, view, plan, change)
        if keys is not None:
            with suppress(StoreError):  # it is done; what is left to delete waits
                await clean(scene)
            return keys
    raise StoreLocked(
        f"another program keeps writing to the conversation of {shorten(scene.session_id)}; "
        "nothing was changed"
    )


def _refuse_to_lose(items: Sequence[Item]) -> None:
    """Reasoning that is left out of what is added can't be what an item becomes."""
    if len(storable(items)) < len(items):
        raise InvalidItem(
            "reasoning without an id and without encrypted content can't be kept by the "
            "Conversations API; delete or archive that item; nothing was written"
        )


async def archive(scene: Scene, keys: Sequence[Key], reason: str) -> int:
    """Move those of the items that are there to the archive; how many."""
    for _attempt in range(_TRIES):
        place = (await scene.snapshot()).place
        if place is None:
            return 0
        ids = await scene.local.look(layout.ids_of, {}, place.place, keys)
        if not ids:
            return 0
        view = await look(scene, Wanted(1, keyed=True, until=frozenset(ids.values())), locked=True)
        found = [entry.key for entry in view.entries if entry.key in ids]
        if await edit(scene, Edit(archive=found, reason=reason)) is not None:
            return len(found)
    return 0


async def restore(scene: Scene, keys: Sequence[Key]) -> int:
    """Put those of the items that are in the archive back to their places; how many."""
    archived = await archive_of(scene, (await scene.snapshot()).place)
    found = [each.key for each in archived if each.key in set(keys)]
    if not found or await edit(scene, Edit(restore=found)) is None:
        return 0
    return len(found)


async def _looked_at(scene: Scene, change: Edit) -> View:
    """As much of the conversation as the change is about."""
    if change.rewrite or change.restore or change.before is not None:
        return await look(scene, Wanted(None, keyed=True), locked=True)
    place = (await scene.snapshot()).place
    named = [*change.archive, *change.delete, *change.given]
    ids = await scene.local.look(layout.ids_of, {}, place.place, named) if place and named else {}
    until = frozenset(ids.values())
    return await look(scene, Wanted(1, keyed=True, until=until), locked=True)


def _rows(view: View) -> list[Row]:
    rows: list[Row] = []
    for entry in view.entries:
        assert entry.label is not None
        label = entry.label
        rows.append(Row(label.key, entry.item, label.created_at, label.turn_id, entry.item_id))
    return rows


async def _archived(scene: Scene, place: Place | None) -> list[Row]:
    return [
        Row(
            int(each.key),
            each.item,
            stamp(each.created_at) if each.created_at else None,
            each.turn_id,
            None,
        )
        for each in await archive_of(scene, place)
    ]


async def archive_of(scene: Scene, place: Place | None) -> list[ArchivedItem]:
    """What the archive holds of a session. Raises CorruptItem."""
    if place is None:
        return []
    try:
        return await scene.local.look(_read_archive, [], place.owner)
    except CorruptItem as exc:
        raise CorruptItem(scene.session_id, None, "an archived item is damaged") from exc


def _read_archive(db: sqlite3.Connection, owner: str) -> list[ArchivedItem]:
    return read_archive(owner, db)


async def _made(scene: Scene, view: View, plan: Plan, change: Edit) -> list[int] | None:
    """Carry out a plan; None when it has to be made anew."""
    fresh = plan.to_write
    if plan.needs_a_new_conversation:
        return await _rebuilt(scene, view, plan, change)
    if not fresh:
        place, nothing = view.known.place, Sent([], [])
        return [] if place is None else await scene.local.do(decide, place, plan, change, nothing)
    place = await placed(scene)
    anchor = await anchored(scene, place)
    items = again([row.item for row in fresh])
    plain = not (plan.gone or plan.archive or change.rewrite or plan.behind is not None)
    if plain and len(fresh) == len(change.insert):
        return await add(scene, place, items, anchor=anchor, turn_id=change.turn_id)
    write_id, sent = await add_hidden(scene, place, items, anchor=anchor)
    return await scene.local.do(decide, place, plan, change, sent, write_id=write_id)


async def _rebuilt(scene: Scene, view: View, plan: Plan, change: Edit) -> list[int] | None:
    """Write all that stays to a new conversation, and let the session's name mean that one."""
    place = view.known.place
    assert place is not None
    assert place.conversation is not None
    if place.as_is:
        raise Unsupported(
            "the Conversations API can't put items in front of others, so that needs a new "
            f"conversation, and {shorten(scene.session_id)} means this one; copy it to a session "
            "with a name, and change that one"
        )
    made = await scene.api.create(metadata(place.name))
    await scene.local.do(journal.leave, scene.base_url, made, place.place)
    try:
        sent = await send(scene, made, again([row.item for row in plan.live]), None, None)
    except BrokenOff as exc:
        await scene.local.do(journal.leave, scene.base_url, made)
        raise exc.error from exc.error.__cause__
    end = (await scene.api.page(place.conversation, limit=1)).items
    if (end[0]["id"] if end else None) != view.end:
        await scene.local.do(journal.leave, scene.base_url, made)
        return None  # somebody elsewhere has written meanwhile
    return await scene.local.do(decide, place, plan, change, sent, conversation=made)
