"""Finishing what was begun: by this process a moment ago, or by one that ended in between.

Called with the lock of the conversation held, so that what is found open here is nobody's any more.
Everything may be done twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from workbench.errors import StoreError
from workbench.stores.conversations import journal, layout
from workbench.stores.conversations.api import PAGE
from workbench.stores.conversations.errors import Gone
from workbench.stores.conversations.journal import Snapshot
from workbench.stores.conversations.layout import Place, Write
from workbench.stores.conversations.listing import arrivals, claimed, in_turn
from workbench.stores.conversations.scene import Scene
from workbench.stores.sqlite.layout import moment

LATE = timedelta(seconds=60)
"""So long after a write was given up something of it may still arrive."""
_AT_ONCE = 8
"""Deletions that are under way at the same time."""


async def tidy(scene: Scene) -> Snapshot:
    """Settle open writes, then delete on the server what is hidden here; what is known then.

    Raises StoreError when open writes can't be settled. A deletion that fails waits for the next
    time: what is hidden here is never shown.
    """
    known = await scene.snapshot()
    if not known.untidy:
        return known
    if known.place is not None:
        for write in in_turn(known.writes):
            await _settled(scene, known.place, write)
        for conversation in known.building:
            await scene.local.do(journal.leave, scene.base_url, conversation)
    with suppress(StoreError):
        await clean(scene)
    return await scene.snapshot()


async def tidy_if_free(scene: Scene) -> bool:
    """As `tidy`, if nobody is writing at this moment; whether it was done."""
    async with (await scene.lock()).free() as held:
        if held:
            with suppress(StoreError):
                await tidy(scene)
        return held


async def clean(scene: Scene) -> None:
    """Delete on the server what is hidden here, and the conversations that were left.

    Raises StoreError; the rest stays noted.
    """
    known = await scene.snapshot()
    if known.conversation is not None and known.hidden:
        await _delete(scene, known.conversation, sorted(known.hidden))
    for conversation in known.left:
        await _bury(scene, conversation)


async def _settled(scene: Scene, place: Place, write: Write) -> None:
    """Decide what became of a write whose writer has ended, or has given it up."""
    assert place.conversation is not None
    try:
        listed = await arrivals(scene.api, place.conversation, write.anchor)
    except Gone:
        listed = []
    labels = await scene.local.look(
        layout.labels, {}, place.place, [identity for identity, _item in listed]
    )
    hidden = (await scene.snapshot()).hidden
    arrived = claimed(write, [each for each in listed if each[0] not in hidden], labels)
    if write.commits and len(arrived) == len(write.traces):
        await scene.local.do(journal.commit, place, write.write_id, write.turn_id, arrived)
        return
    keep = write.given_up and _is_recent(write)
    if arrived or not keep:
        await scene.local.do(journal.take_back, place, write.write_id, arrived, keep=keep)


def _is_recent(write: Write) -> bool:
    begun = moment(write.begun_at)
    return begun is not None and abs(datetime.now(UTC) - begun) < LATE


async def _delete(scene: Scene, conversation: str, item_ids: Sequence[str]) -> None:
    """Delete items on the server, several at once; each is noted in groups as it is done."""
    for start in range(0, len(item_ids), PAGE):
        group = item_ids[start : start + PAGE]
        await _removed(scene, conversation, group)
        await scene.local.do(journal.deleted, conversation, group)


async def _removed(scene: Scene, conversation: str, item_ids: Sequence[str]) -> None:
    """Delete items on the server; all are tried, then the first error is raised."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def remove(item_id: str) -> None:
        async with gate:
            await scene.api.remove(conversation, item_id)

    ended = await asyncio.gather(*map(remove, item_ids), return_exceptions=True)
    for each in ended:
        if isinstance(each, BaseException):
            raise each


async def _bury(scene: Scene, conversation: str) -> None:
    """Delete a conversation with its items: deleting it alone would leave them at OpenAI."""
    with suppress(Gone):
        while True:
            page = await scene.api.page(conversation)
            await _removed(scene, conversation, [item["id"] for item in page.items])
            if not page.items:
                break
    await scene.api.delete(conversation)
    await scene.local.do(journal.buried, scene.base_url, conversation)
