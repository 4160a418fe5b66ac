"""Looking: stores are asked, and what they can't look into is read item by item, all at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from workbench.errors import (
    CorruptItem,
    EncryptionError,
    MissingExtra,
    ModelError,
    StoreError,
    Unsupported,
    WorkbenchError,
    shorten,
)
from workbench.items import is_encrypted
from workbench.protocols import Corpus, Query, Report, Searches, Store, StoredItem
from workbench.stores.scanning import Scan, score_in, together
from workbench.verbs.search.places import numbered_items, places
from workbench.verbs.search.where import Place, Single, Where
from workbench.workspace import handle, workspace
from workbench.workspace.wrappers import Wrappers, encrypted

T = TypeVar("T")

AT_ONCE = 8
"""Sessions that are read at the same time."""

_STEP = 1_000
"""Items that are looked at before other work of the event loop gets its turn."""

_TROUBLES = (StoreError, CorruptItem, EncryptionError, ModelError, MissingExtra, Unsupported)
"""What ends the search in one place, while others go on."""


@dataclass(frozen=True, slots=True)
class Seen:
    """An item that was found, where, and its place in the history, where that is known."""

    store: Store | None
    name: str | None
    session_id: str
    row: StoredItem
    score: float = 0.0
    place: tuple[int | None, int | None] | None = None


@dataclass(slots=True)
class Outcome:
    """What was found, best first, and what the user has to be told."""

    seen: list[Seen] = field(default_factory=list)
    locked: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)


class Seeker:
    """One search, under way."""

    def __init__(self, where: Where, query: Query, report: Report) -> None:
        self._where, self._query = where, query
        self._scan: Scan[Seen] = Scan(query)
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._progress = _Progress(report)
        self._corpora: list[Corpus] = []
        self._looked = 0
        self._failed: list[WorkbenchError] = list(where.troubles)
        self._outcome = Outcome()

    async def run(self) -> Outcome:
        """Look everywhere. Raises the error of the only place, or of all places, that failed."""
        await asyncio.gather(
            *(self._careful(self._ask, place) for place in self._where.places.values()),
            *(self._careful(self._read, single) for single in self._where.singles.values()),
        )
        if self._failed and not self._looked:
            raise self._failed[0]
        self._outcome.troubles += [str(exc) for exc in self._failed]
        scanned = [seen for seen, _score in self._scan.best()]
        self._outcome.seen = await self._placed(self._best([*self._outcome.seen, *scanned]))
        return self._outcome

    def _best(self, seen: Sequence[Seen]) -> list[Seen]:
        """The best of all places, compared by all that was looked at anywhere; of equal ones those
        that came first, as each place ranks them.
        """
        corpus = together([*self._corpora, self._scan.corpus])
        scored = [
            replace(each, score=score_in(corpus, each.row.item, self._query.phrases))
            for each in seen
        ]
        return sorted(scored, key=lambda each: each.score, reverse=True)[: self._query.limit]

    async def _careful(self, work: Callable[[T], Awaitable[None]], at: T) -> None:
        try:
            await work(at)
            self._looked += 1
        except _TROUBLES as exc:
            self._failed.append(exc)

    async def _ask(self, place: Place) -> None:
        """Have a store search, then read what it can't look into."""
        ids = None if place.ids is None else list(place.ids)
        if not isinstance(place.store, Searches):
            known = [info.session_id for info in await place.store.list_sessions()]
            await self._read_all(place.store, known if ids is None else ids)
            return
        report = self._progress.part()
        found = await place.store.search(replace(self._query, sessions=ids), report)
        closed = set(found.encrypted)
        self._corpora += [found.corpus] if found.corpus is not None else []
        self._outcome.seen += [
            Seen(
                place.store,
                self._where.name_of(place.store, hit.session_id),
                hit.session_id,
                hit.row,
                place=None if hit.order is None else (hit.order, hit.turn),
            )
            for hit in found.hits
            if hit.session_id not in closed
        ]
        for each in found.damaged:
            self._outcome.troubles.append(
                f"session {shorten(each)} in {place.store.url} has items that can't be read; "
                "they were not searched"
            )
        await self._read_all(place.store, list(found.encrypted))

    async def _read_all(self, store: Store, ids: Sequence[str]) -> None:
        singles = [
            Single(handle(store, each), store, self._where.name_of(store, each)) for each in ids
        ]
        await asyncio.gather(*(self._careful(self._read, single) for single in singles))

    async def _read(self, single: Single) -> None:
        async with self._gate:
            opened = await _opened(single)
            if opened is None:
                self._outcome.locked.append(single.name or single.session.session_id)
            else:
                await self._look_through(opened)

    async def _look_through(self, single: Single) -> None:
        """Look at every item of a session."""
        report = self._progress.part()
        session_id = single.session.session_id
        async for key, order, turn, page, at in numbered_items(single.session, size=_STEP):
            read = page.reads[at]
            if not is_encrypted(read.item):
                row = StoredItem(key or order, dict(read.item), read.created_at, read.turn_id)
                seen = Seen(single.store, single.name, session_id, row, place=(order, turn))
                self._scan.look(row, seen)
            if order % _STEP == 0:
                report(order, order)
                await asyncio.sleep(0)

    async def _placed(self, seen: Sequence[Seen]) -> list[Seen]:
        """``seen``, each with its order and turn."""
        missing: dict[tuple[int, str], list[Seen]] = {}
        for each in seen:
            if each.place is None:
                missing.setdefault((id(each.store), each.session_id), []).append(each)
        asked = [
            places(some[0].store, session_id, [each.row.key for each in some])
            for (_store, session_id), some in missing.items()
        ]
        found = dict(zip(missing, await asyncio.gather(*asked), strict=True))
        return [
            each
            if each.place is not None
            else replace(
                each,
                place=found[id(each.store), each.session_id].get(each.row.key, (None, None)),
            )
            for each in seen
        ]


async def _opened(single: Single) -> Single | None:
    """The session as it can be read; None where it is encrypted and no key is known."""
    if single.locked:
        return None
    session: Any = single.session
    if single.store is None or hasattr(session, "base"):
        return single
    newest = await session.rows(1)
    if not any(is_encrypted(row.item) for row in newest):
        return single
    key = await asyncio.to_thread(workspace().secrets.key, single.name or session.session_id)
    if key is None:
        return None
    return replace(single, session=encrypted(session, Wrappers(encryption="yes"), key))


class _Progress:
    """One bar for all that goes on at the same time."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._parts: list[tuple[int, int]] = []

    def part(self) -> Report:
        """The report of one part."""
        number = len(self._parts)
        self._parts.append((0, 0))

        def report(done: int, total: int) -> None:
            self._parts[number] = done, total
            self._report(*map(sum, zip(*self._parts, strict=True)))

        return report
