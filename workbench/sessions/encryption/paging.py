"""Pages of an encrypted session: each is opened and sealed by itself, in flat memory.

That a page goes on where the one before it ended is checked as long as one session object reads one
after the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import EllipsisType

from workbench.errors import Tampered
from workbench.items import encode
from workbench.protocols import ArchivedItem, Key, StoredItem
from workbench.sessions.encryption.change import sealed_items
from workbench.sessions.encryption.contents import Contents, Opened
from workbench.sessions.encryption.key_ring import Refused
from workbench.sessions.encryption.numbering import STEP
from workbench.sessions.encryption.patience import Patience
from workbench.sessions.pages import one_page, put_into

_REMEMBERED = 64
"""Ends of pages: readings that may go on at the same time."""


class Paging:
    """Reads and puts pages of a session whose base holds ciphertext."""

    def __init__(self, contents: Contents) -> None:
        self.contents = contents
        self._ends: dict[Key, int] = {}
        """The sequence numbers with which pages ended: the next page must go on above."""

    async def page(self, after: Key | None, limit: int) -> Opened[StoredItem]:
        """The next page, opened. Raises as `Contents.live`, with the place of what is wrong."""
        rows = await one_page(self.contents.base, after, limit=limit)
        items = [row.item for row in rows]
        ring, plain = self.contents.ring, self.contents.allow_plain
        try:
            texts, numbers = await ring.open_all(items, plain=plain)
            self._check(after, numbers)
        except Refused:
            await self.contents.live()  # raises, with the place in the whole conversation
            return await self.page(after, limit)  # it was changed back in between
        if not rows and after is None:
            await self.contents.newest()
        self._remember(after, rows, numbers)
        return Opened(rows, texts, numbers)

    def _check(self, after: Key | None, numbers: Sequence[int | None]) -> None:
        """Whether the page goes on where the one before it ended. Raises Refused."""
        # Once: what was numbered anew in between is found to be right by a look at all of it.
        end = None if after is None else self._ends.pop(after, None)
        first = next((each for each in numbers if each is not None), None)
        if end is not None and first is not None and first <= end:
            raise Refused(0, Tampered, "it was moved to another place")

    def _remember(
        self, after: Key | None, rows: Sequence[StoredItem], numbers: Sequence[int | None]
    ) -> None:
        known = [number for number in numbers if number is not None]
        if known:
            self._ends[rows[-1].key] = known[-1]
        while len(self._ends) > _REMEMBERED:
            del self._ends[next(iter(self._ends))]

    async def put(
        self, rows: Sequence[StoredItem | ArchivedItem], newest: Key | EllipsisType | None
    ) -> list[Key] | None:
        """Append ``rows``, sealed, if nobody appends meanwhile; their keys."""
        texts = [encode(row.item).encode() for row in rows]
        patience = Patience(self.contents.base.session_id)
        while True:
            tip = await self.contents.newest()
            if newest is not ... and newest != tip.key:
                return None
            numbers = [tip.number + STEP * place for place in range(1, len(rows) + 1)]
            sealed = await sealed_items(await self.contents.ring.writer(), texts, numbers)
            given = [replace(row, item=item) for row, item in zip(rows, sealed, strict=True)]
            keys = await put_into(self.contents.base, given, newest=tip.key)
            if keys is not None:
                return keys
            await patience.wait()
