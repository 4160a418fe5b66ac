"""Bringing items from one session to another: in pages, each read back and compared at once.

What the target holds already, from a copy that was cut off, is compared with the source from the
start; the first item that is another one ends it. So whatever happened before, in the end the
target is the source item by item, and nothing is there twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import Any

from workbench.errors import InvalidItem, SessionChanged, StoreError, shorten
from workbench.items import encode
from workbench.protocols import PAGE, ArchivedItem, Key, Report, Standing, StoredItem, Texts
from workbench.sessions.around import encryption_of
from workbench.sessions.layers import innermost
from workbench.sessions.pages import carries_texts, one_page, paginates
from workbench.verbs.copying.carried import Batch, carried, entries_of, keys_of
from workbench.verbs.copying.entries import Entry, Extent, entries, everything, whole
from workbench.verbs.copying.flat import Flat
from workbench.verbs.copying.likeness import Likeness
from workbench.verbs.copying.moved import Moved

LARGE = 20_000
"""Items of a page where each page costs as much as looking at all there is."""

_ARCHIVED = "an archived item", ""
_SINCE = (
    "one of the two was changed since that copy began; restart=True clears the copy and begins anew"
)


class Transfer:
    """Brings what ``extent`` says of ``source`` to ``target``; sessions that keep rows."""

    def __init__(self, source: Any, target: Any, extent: Extent, *, name: str) -> None:
        self.source, self.target, self.extent = source, target, extent
        self.name = name
        """How messages call the source."""
        self.size = PAGE if paginates(target) and paginates(source) else LARGE
        self.moved = Moved()
        self._carries = _carries(source, target, extent)
        self._likeness = Likeness(target)
        self._newest: Key | None = None
        """The key of the newest item that the target has."""
        self._read = 0
        """How many items of the source, archived ones not counted, were read."""

    async def check(self) -> None:
        """Raise InvalidItem, before anything is written, for an item that the target refuses."""
        if not is_choosy(self.target):
            return
        done = 0
        async for batch in entries(self.source, self.extent, size=self.size):
            for place, each in enumerate(batch, done + 1):
                if isinstance(each, StoredItem):
                    self._omission(each, place)
            done += len(batch)

    def _omission(self, row: StoredItem, place: int) -> str | None:
        try:
            left_out: str | None = self.target.omits(row.item)
        except InvalidItem as exc:
            raise InvalidItem(
                f"item {place} of session {shorten(self.name)} can't be copied there: {exc}; "
                "nothing was written"
            ) from exc
        return left_out

    async def run(self, report: Report, total: int = 0) -> Moved:
        """Do it. Raises SessionChanged when either side was changed by others meanwhile."""
        stream = self._remaining(self._batches())
        coming = asyncio.create_task(_next(stream))
        written = asyncio.create_task(_nothing())
        try:
            while (batch := await coming) is not None:
                # Both places work at the same time: while a page is written, the next one is read,
                # and the one before is read back.
                coming = asyncio.create_task(_next(stream))
                after, given = await self._put(batch)
                await written
                written = asyncio.create_task(self._read_back(after, given))
                report(self.moved.items, total)
            await written
        finally:
            coming.cancel()
            written.cancel()
            # Looked at, so that asyncio does not report an error beside the one that is raised.
            await asyncio.gather(coming, written, return_exceptions=True)
        await self._check_archive()
        self.moved.reshaped, self.moved.untimed = self._likeness.reshaped, self._likeness.untimed
        return self.moved

    def _batches(self) -> AsyncIterator[Batch]:
        if self._carries:
            return carried(self.source, self.extent, size=self.size)
        return entries(self.source, self.extent, size=self.size)

    async def _remaining(self, batches: AsyncIterator[Batch]) -> AsyncIterator[Batch]:
        """The entries that the target does not have yet, without those that it leaves out."""
        held = Flat(entries(self.target, await whole(self.target), size=self.size))
        async for batch in batches:
            self._read += len(keys_of(batch))
            kept = self._kept(batch)
            there = await held.take(len(kept))
            if there:
                given = await self._decoded(kept)
                self._compare(given[: len(there)], there, f"is not how it begins: {_SINCE}")
                self.moved.count(given[: len(there)])
                kept = given[len(there) :]
            live = keys_of(there)
            self._newest = live[-1] if live else self._newest
            if kept:
                yield kept
        if await held.take(1):
            raise self._changed(f"holds more than there is to copy: {_SINCE}")

    async def _decoded(self, batch: Batch) -> list[Entry]:
        """The entries of the source. Raises CorruptItem."""
        try:
            return entries_of(batch)
        except ValueError:
            await self.source.rows()  # raises the same with its place
            raise

    async def check_unchanged(self, before: Standing | None) -> None:
        """Raise SessionChanged unless the source still is what it was; ``before`` is how it stood
        then, None where it can't tell."""
        kept = self.extent.of(await self.source.archived())
        if [each.key for each in kept] != [each.key for each in self.extent.archived]:
            raise self._source_changed()
        if before is None:
            await self._verify()
        elif self._read != before.items or before != await standing_of(self.source, self.extent):
            raise self._source_changed()

    async def _verify(self) -> None:
        """Compare all of it once more, from both sides."""
        held = Flat(entries(self.target, await whole(self.target), size=self.size))
        likeness, seen = Likeness(self.target), None
        async for batch in entries(self.source, self.extent, size=self.size):
            given = [each for each in batch if self._is_kept(each)]
            if likeness.first_difference(given, await held.take(len(given))) is not None:
                raise self._source_changed()
            seen = next((e.key for e in reversed(batch) if isinstance(e, StoredItem)), seen)
        # What was newest may have been taken back before it was copied.
        if await held.take(1) or (self.extent.newest is not None and seen != self.extent.newest):
            raise self._source_changed()

    def _is_kept(self, entry: Entry) -> bool:
        choosy = isinstance(entry, StoredItem) and is_choosy(self.target)
        return not choosy or self._omission(entry, 0) is None  # type: ignore[arg-type]

    def _kept(self, batch: Batch) -> Batch:
        if isinstance(batch, Texts) or not is_choosy(self.target):
            return batch
        kept: list[Entry] = []
        for each in batch:
            why = self._omission(each, 0) if isinstance(each, StoredItem) else None
            if why is None:
                kept.append(each)
            else:
                self.moved.omitted[why] = self.moved.omitted.get(why, 0) + 1
        return kept

    async def _put(self, batch: Batch) -> tuple[Key | None, Batch]:
        """Append a batch if nobody else has appended anything; what of it is to be read back, and
        behind which item."""
        batch, keys = await self._given(batch)
        if keys is None:
            raise self._changed("is being written to by somebody else")
        self.moved.count(batch)
        after, rows = self._newest, batch
        if not isinstance(batch, Texts):
            both = zip(keys, batch, strict=True)
            keys = [key for key, each in both if isinstance(each, StoredItem)]
            rows = [each for each in batch if isinstance(each, StoredItem)]
        self._newest = keys[-1] if keys else after
        return after, rows

    async def _given(self, batch: Batch) -> tuple[Batch, Sequence[Key] | None]:
        """Hand a batch over; as entries, if it holds a text that needs a closer look."""
        if isinstance(batch, Texts):
            with suppress(InvalidItem):
                return batch, await self.target.put_texts(batch, newest=self._newest)
            batch = await self._decoded(batch)
        try:
            return batch, await self.target.put(batch, newest=self._newest)
        except InvalidItem as exc:
            raise self._unfit(batch) or exc from exc

    def _unfit(self, batch: Sequence[Entry]) -> InvalidItem | None:
        """The error for an item that another program wrote and JSON can't hold: which one it is."""
        place = self.moved.items
        for each in batch:
            place += isinstance(each, StoredItem)
            try:
                encode(each.item)
            except InvalidItem as exc:
                here = isinstance(each, StoredItem)
                which, mend = (f"item {place}", "; wb.edit changes it") if here else _ARCHIVED
                why = str(exc).partition("; nothing")[0]
                return InvalidItem(
                    f"{which} of session {shorten(self.name)} can't be copied: {why}{mend}"
                )
        return None

    async def _read_back(self, after: Key | None, given: Batch) -> None:
        if isinstance(given, Texts):
            told = await self.target.texts(after, limit=len(given))
            if told is not None and self._likeness.same_texts(given, told):
                return
        given = entries_of(given)
        found = await one_page(self.target, after, limit=len(given)) if given else []
        self._compare(given, found, "does not give back what was written")

    def _compare(self, given: Sequence[Entry], found: Sequence[Entry], why: str) -> None:
        place = self._likeness.first_difference(given, found)
        if place is not None:
            raise self._changed(why)

    async def _check_archive(self) -> None:
        """Compare the archives: they are read as a whole."""
        given = sorted(filter(self.extent.wanted, self.extent.archived), key=_archived_at)
        found = await self.target.archived()
        if self._likeness.first_difference(given, found) is not None:
            raise self._changed("has another archive than what was copied")

    def _source_changed(self) -> StoreError:
        return SessionChanged(
            f"session {shorten(self.name)} was changed while it was copied (an edit, a compaction, "
            "something taken back), so that its copy may hold both; it has to be copied anew"
        )

    def _changed(self, how: str) -> StoreError:
        return SessionChanged(
            f"the copy of session {shorten(self.name)}, {shorten(self.target.session_id)}, {how}"
        )


def _carries(source: Any, target: Any, extent: Extent) -> bool:
    """Whether items can go over as the texts that they are."""
    both = carries_texts(source) and carries_texts(target)
    return both and extent.wanted is everything and not is_choosy(target)


async def standing_of(session: Any, extent: Extent) -> Standing | None:
    """How a session stands, where it can tell."""
    standing = getattr(session, "standing", None)
    return await standing(extent.until) if standing is not None else None


async def _nothing() -> None:
    """What is written before the first page."""


async def _next(batches: AsyncIterator[Batch]) -> Batch | None:
    return await anext(batches, None)


def is_choosy(target: Any) -> bool:
    """Whether the place where ``target`` lies can't keep every item as it is."""
    if encryption_of(target) is not None:
        return False
    keeper = innermost(target)
    return hasattr(getattr(keeper, "store", keeper), "omits")


def _archived_at(entry: ArchivedItem) -> Any:
    return entry.archived_at
