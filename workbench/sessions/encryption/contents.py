"""What an encrypted session holds, opened: texts and sequence numbers beside the stored items."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from workbench.items import Item, decode
from workbench.protocols import ArchivedItem, Key, StoredItem
from workbench.sessions.encryption.key_ring import KeyRing, Refused
from workbench.sessions.wrapper import Base

Kept = TypeVar("Kept", StoredItem, ArchivedItem)

_CHUNK = 500
"""Items that are decoded before other work of the event loop gets its turn."""


class Tip(NamedTuple):
    """The newest item's key and sequence number, and it as it is stored; None and 0: no item."""

    key: Key | None
    number: int
    item: Item | None = None


@dataclass(frozen=True, slots=True)
class Opened(Generic[Kept]):
    """Stored items with their JSON texts and sequence numbers; None for plain ones."""

    items: Sequence[Kept]
    texts: Sequence[bytes | None]
    numbers: Sequence[int | None]

    def by_key(self) -> dict[Key, int | None]:
        """The number of each key."""
        return {row.key: number for row, number in zip(self.items, self.numbers, strict=True)}

    def item_by_key(self) -> dict[Key, Item]:
        """The stored item of each key."""
        return {row.key: row.item for row in self.items}

    def text_by_key(self) -> dict[Key, bytes | None]:
        """The JSON text of each key."""
        return {row.key: text for row, text in zip(self.items, self.texts, strict=True)}


class Contents:
    """Reads ``base`` with the keys of ``ring``. Every look checks what it finds.

    Raises WrongKey, Tampered, EncryptionError for plain items that are not allowed, and what the
    base raises.
    """

    def __init__(self, base: Base, ring: KeyRing, *, allow_plain: bool) -> None:
        self.base = base
        self.ring = ring
        self.allow_plain = allow_plain

    async def newest(self) -> Tip:
        """The end of the conversation, if the key opens it; an empty one's archive is asked."""
        opened = await self.live(1)
        if not opened.items:
            await self.kept()
            return Tip(None, 0)
        (row,), (number,) = opened.items, opened.numbers
        if number is None:  # plain, and allowed
            numbers = (await self.live()).numbers
            highest = max((each for each in numbers if each is not None), default=0)
            return Tip(row.key, highest, row.item)
        self.ring.prefer(row.item)
        return Tip(row.key, number, row.item)

    async def live(self, limit: int | None = None) -> Opened[StoredItem]:
        """The newest items of the conversation; all of them for None."""
        rows = await self.base.rows(limit)
        items = [row.item for row in rows]
        try:
            found = await self.ring.open_all(items, plain=self.allow_plain)
        except Refused as exc:
            if limit is None:
                place = exc.index + 1, rows[exc.index].key
                raise exc.error(self.base.session_id, *place) from None
        else:
            return Opened(rows, *found)
        await self.live()  # raises, with the place in the whole conversation
        return await self.live(limit)  # it was changed back in between

    async def whole(self) -> tuple[Opened[StoredItem], Opened[ArchivedItem]]:
        """Conversation and archive of one moment: nothing moved between the two looks."""
        live = await self.live()
        while True:
            kept = await self.kept()
            if [row.key for row in await self.base.rows()] == [row.key for row in live.items]:
                return live, kept
            live = await self.live()

    async def kept(self) -> Opened[ArchivedItem]:
        """The archive."""
        kept = await self.base.archived()
        items = [each.item for each in kept]
        try:
            found = await self.ring.open_all(items, plain=self.allow_plain, ordered=False)
        except Refused as exc:
            raise exc.error(self.base.session_id, None, kept[exc.index].key) from None
        return Opened(kept, *found)


async def decoded(items: Sequence[Item], texts: Sequence[bytes | None]) -> list[Item]:
    """The items of JSON texts; one whose text is None, a plain one, as it is."""
    found: list[Item] = []
    for index, text in enumerate(texts):
        if index % _CHUNK == 0 and index:
            await asyncio.sleep(0)
        found.append(items[index] if text is None else decode(text))
    return found
