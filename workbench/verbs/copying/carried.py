"""A conversation as a stream of the texts that its store keeps, archived items in their places."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

from workbench.protocols import ArchivedItem, Key, StoredItem, Texts
from workbench.sessions.pages import one_page
from workbench.stores.texts import rows_of
from workbench.verbs.copying.entries import Entry, Extent, merged

Batch = list[Entry] | Texts
"""Some entries in their order; where all of them are live, perhaps as texts."""


async def carried(session: Any, extent: Extent, *, size: int) -> AsyncIterator[Batch]:
    """As `entries`, of a session that carries texts and an extent that leaves nothing out."""
    waiting, after = deque(extent.archived), None
    until: Any = extent.until
    while until is not None and (page := await _page(session, after, size, waiting)):
        after = page.keys[-1] if isinstance(page, Texts) else page[-1].key
        if isinstance(page, Texts):
            yield page.part(0, bisect_right(page.keys, until))
        else:
            yield list(merged(page, waiting, until))
        if after >= until:
            break
    if waiting:
        yield list(waiting)


async def _page(
    session: Any, after: Key | None, size: int, waiting: deque[ArchivedItem]
) -> Texts | list[StoredItem]:
    """The next page; as texts, if nothing that waits has its place among them."""
    found: Texts | None = await session.texts(after, limit=size)
    if found is not None and _nothing_within(found, waiting):
        return found
    return await one_page(session, after, limit=size)


def _nothing_within(found: Texts, waiting: deque[ArchivedItem]) -> bool:
    last: Any = found.keys[-1] if found else None
    return last is None or not waiting or waiting[0].key > last


def keys_of(batch: Batch) -> list[Key]:
    """The keys of the live items among these."""
    if isinstance(batch, Texts):
        return list(batch.keys)
    return [each.key for each in batch if isinstance(each, StoredItem)]


def entries_of(batch: Batch) -> list[Entry]:
    """The entries, decoded. Raises ValueError for a text that is no item."""
    return [*rows_of(batch)] if isinstance(batch, Texts) else batch
