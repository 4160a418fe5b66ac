"""The order and the turn of what was found, as ``wb.history`` counts them.

Both depend on all that comes before. For the sessions of a SQLite file that takes the ids and the
turns of their items only, and what was counted of a long one is kept for the next search.
"""

from __future__ import annotations

import weakref
from array import array
from bisect import bisect_left
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from workbench.frames.numbering import Counter
from workbench.protocols import Key
from workbench.verbs.sources import Page, source_of
from workbench.workspace import handle

LONG = 5_000
"""Items of a session from which on it is worth remembering."""

MOST = 3_000_000
"""Items that are remembered in all: some 100 bytes each. What was asked for longest ago goes."""

_STEP = 10_000
"""Items that are numbered at once."""

_USER: Mapping[str, Any] = {"role": "user"}
_OTHER: Mapping[str, Any] = {}

Places = dict[Key, tuple[int, int]]
"""Order and turn by key."""


@dataclass(slots=True)
class _Numbers:
    """The turns of the items of a session as far as they were counted; the order is the place in
    the list. ``standing`` tells whether they are still the same items.
    """

    keys: array[int] = field(default_factory=lambda: array("q"))
    turns: array[int] = field(default_factory=lambda: array("l"))
    counter: Counter = field(default_factory=Counter)
    known: dict[str, int] = field(default_factory=dict)
    standing: Any = None

    @property
    def last(self) -> int | None:
        """The key up to which it was counted; None at the start."""
        return self.keys[-1] if self.keys else None

    def take(self, labels: Iterable[tuple[int, str | None, bool]]) -> None:
        """Number the next items."""
        for key, turn_id, by_user in labels:
            self.keys.append(key)
            item = _USER if by_user else _OTHER
            self.turns.append(self.counter.number(item, turn_id, self.known))

    def of(self, key: int) -> tuple[int, int] | None:
        """Order and turn of an item; None when it is not there."""
        at = bisect_left(self.keys, key)
        there = at < len(self.keys) and self.keys[at] == key
        return (at + 1, self.turns[at]) if there else None


_remembered: weakref.WeakKeyDictionary[Any, dict[str, _Numbers]] = weakref.WeakKeyDictionary()


async def places(store: Any, session_id: str, keys: Iterable[Key]) -> Places:
    """The order and the turn of the items ``keys`` of a session; one that is gone has none."""
    wanted = set(keys)
    if hasattr(store, "labels"):
        numbers = await _counted(store, session_id, max(map(_as_number, wanted)))
        found = {key: numbers.of(_as_number(key)) for key in wanted}
        return {key: place for key, place in found.items() if place is not None}
    among: Places = {}
    async for key, order, turn, _page, _at in numbered_items(handle(store, session_id)):
        if key in wanted:
            among[key] = order, turn
            if len(among) == len(wanted):
                break
    return among


async def _counted(store: Any, session_id: str, until: int) -> _Numbers:
    """The numbers of a session up to the item ``until``, at least."""
    kept = _remembered.setdefault(store, {})
    # Taken out while it is worked on: another search at the same time counts for itself.
    numbers = kept.pop(session_id, None)
    before = await store.standing(session_id, until)
    if numbers is None or numbers.standing != await store.standing(session_id, numbers.last):
        numbers = _Numbers()
    if numbers.last is None or numbers.last < until:
        await _count_on(numbers, store, session_id, until)
        numbers.standing = await store.standing(session_id, until)
        # What was changed while it was counted is counted again the next time.
        if before is None or numbers.standing != before or numbers.last != until:
            return numbers
    if len(numbers.keys) >= LONG:
        kept[session_id] = numbers
        _drop_old(kept)
    return numbers


async def _count_on(numbers: _Numbers, store: Any, session_id: str, until: int) -> None:
    more = True
    while more:
        labels = await store.labels(session_id, numbers.last, until, limit=_STEP)
        numbers.take(labels)
        more = len(labels) == _STEP


def _drop_old(kept: dict[str, _Numbers]) -> None:
    while sum(len(each.keys) for each in kept.values()) > MOST:
        del kept[next(iter(kept))]


def _as_number(key: Key) -> int:
    return key if isinstance(key, int) else 0


async def numbered_items(
    session: Any, *, size: int = 1_000
) -> AsyncIterator[tuple[Any, int, int, Page, int]]:
    """Every item of a session with its key, order and turn, and where it stands in its page.

    The key is None for a session that keeps none. Hidden items stand in their places.
    """
    source = await source_of(session)
    counter, known = Counter(), dict[str, int]()
    order, after = 0, None
    while (page := await source.page(after, size)).reads:
        for at, read in enumerate(page.reads):
            order += 1
            turn = counter.number(read.item, read.turn_id, known)
            yield page.keys[at] if page.keys else None, order, turn, page, at
        after = page.end
