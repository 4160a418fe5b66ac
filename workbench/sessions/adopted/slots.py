"""What is known of an adopted session's items, and how a change changes it. Pure: no I/O.

A `Slot` is the place of an item in the conversation, or of one in the archive; ascending numbers
put them in one order, and a number is never given twice. The session itself keeps nothing but its
items, so slots are matched with what it holds by the items' digests: what somebody else appended,
took away or replaced meanwhile is noticed, and no label ever goes to another item.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any

import orjson

from workbench.errors import InvalidItem
from workbench.items import Item, decode, encode
from workbench.protocols import ArchivedItem, Edit, Key, StoredItem

_COMPARED = 4_000_000
"""Pairs of items that are compared at most where more than an end of a history was replaced."""


@dataclass(frozen=True, slots=True)
class Archive:
    """Why and when an item was archived, as which in the archive's order, and its JSON text."""

    text: str
    reason: str
    archived_at: datetime
    order: int


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in the order; ``archive`` is None where ``item`` is in the conversation."""

    number: int | None
    key: str
    digest: str
    turn_id: str | None = None
    created_at: datetime | None = None
    item: Any = None
    archive: Archive | None = None

    def stored(self) -> StoredItem:
        """As the session tells it."""
        return StoredItem(self.key, self.item, self.created_at, self.turn_id)

    def archived(self) -> ArchivedItem:
        """As the session tells it, of an archived one. Raises ValueError for a damaged text."""
        kept = self.archive
        assert kept is not None
        item = decode(kept.text)
        return ArchivedItem(
            self.key, item, kept.reason, kept.archived_at, self.created_at, self.turn_id
        )


@dataclass(frozen=True, slots=True)
class Slots:
    """All slots of a session in their order; ``last`` is the highest number ever given."""

    all: tuple[Slot, ...] = ()
    last: int = 0

    def live(self) -> list[Slot]:
        """Those in the conversation."""
        return [slot for slot in self.all if slot.archive is None]

    def kept(self) -> list[Slot]:
        """Those in the archive, in the order they were archived."""
        return [slot for _order, slot in sorted(_archived(self.all), key=lambda each: each[0])]


def _archived(slots: Sequence[Slot]) -> Iterator[tuple[int, Slot]]:
    for slot in slots:
        if slot.archive is not None:
            yield slot.archive.order, slot


def text_of(item: Any) -> str:
    """The JSON text of what a session gave out. Raises InvalidItem for what is no JSON."""
    try:
        return encode(item)
    except InvalidItem:
        try:  # what the SDK's own json.dumps takes: NaN, and more
            return json.dumps(item)
        except (TypeError, ValueError, RecursionError) as exc:
            raise InvalidItem(
                "the session holds an item that JSON can't hold, so its history can't be changed "
                "safely; nothing was written"
            ) from exc


def digest_of(item: Any) -> str:
    """What tells an item from another, whatever the order of its keys."""
    try:
        data = orjson.dumps(item, option=orjson.OPT_SORT_KEYS)
    except (TypeError, ValueError, RecursionError):
        data = text_of(item).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(data, digest_size=12).hexdigest()


def seen(slots: Slots, items: Sequence[Any]) -> Slots:
    """``slots`` as the session's ``items`` show them: new ones get slots, lost ones have none."""
    found = [digest_of(item) for item in items]
    live = slots.live()
    partners = _partners([slot.digest for slot in live], found)
    rest = iter(slots.all)
    result: list[Slot] = []
    new: list[Slot] = []
    for item, digest, partner in zip(items, found, partners, strict=True):
        if partner is None:
            new.append(Slot(None, "", digest, item=item))
            continue
        for slot in rest:
            if slot is live[partner]:
                result += [*new, replace(slot, item=item)]
                new = []
                break
            result += [slot] if slot.archive is not None else []
    result += [slot for slot in rest if slot.archive is not None]
    return _numbered([*result, *new], slots.last)


def _partners(old: Sequence[str], new: Sequence[str]) -> list[int | None]:
    """For each of ``new`` the place of its equal in ``old``, ascending; None where there is none.

    What both begin with belongs together, then what both end with; then the longest runs between.
    """
    start, most = 0, min(len(old), len(new))
    while start < most and old[start] == new[start]:
        start += 1
    end = 0
    while end < most - start and old[-1 - end] == new[-1 - end]:
        end += 1
    partners: list[int | None] = [None] * len(new)
    partners[:start] = range(start)
    partners[len(new) - end :] = range(len(old) - end, len(old))
    left, right = old[start : len(old) - end], new[start : len(new) - end]
    if 0 < len(left) * len(right) <= _COMPARED:
        for a, b, size in SequenceMatcher(None, left, right, autojunk=False).get_matching_blocks():
            partners[start + b : start + b + size] = range(start + a, start + a + size)
    return partners


def _numbered(slots: list[Slot], last: int) -> Slots:
    """Numbers for the new slots, and new ones for all behind them, so that numbers ascend."""
    first = next((place for place, slot in enumerate(slots) if slot.number is None), len(slots))
    fresh = [
        replace(slot, number=number, key=f"{number:012d}-{slot.digest[:10]}")
        for number, slot in enumerate(slots[first:], start=last + 1)
    ]
    return Slots((*slots[:first], *fresh), last + len(fresh))


def applies(slots: Slots, change: Edit) -> bool:
    """Whether all that ``change`` names is there."""
    live = [slot.key for slot in slots.live()]
    here: set[Key] = set(live)
    kept: set[Key] = {slot.key for slot in slots.all if slot.archive is not None}
    taken = {*change.archive, *change.delete}
    return (
        taken <= here
        and {*change.restore, *change.relabel} <= kept
        and change.rewrite.keys() <= here | kept
        and (change.before is None or change.before in (here | kept) - taken)
        and (change.newest is ... or change.newest == (live[-1] if live else None))
        and _holds(slots, change.given)
    )


def _holds(slots: Slots, given: Mapping[Key, Item]) -> bool:
    """Whether each of these has this content."""
    found = {
        slot.key: slot.item if slot.archive is None else decode(slot.archive.text)
        for slot in (slots.all if given else ())
        if slot.key in given
    }
    return found == dict(given)


def changed(slots: Slots, change: Edit, now: datetime) -> tuple[Slots, slice]:
    """``slots`` after ``change``, which applies, and where among them the inserted ones are."""
    order = max((order for order, _slot in _archived(slots.all)), default=0)
    archive, delete = set(change.archive), set(change.delete)
    restore = {slot.key for slot in slots.all if slot.archive} & set(change.restore)
    new = [
        Slot(None, "", digest_of(item), change.turn_id, now, item=item) for item in change.insert
    ]
    result: list[Slot] = []
    for slot in slots.all:
        if slot.key == change.before:
            result += new
        if slot.key in archive:
            order += 1
            kept = Archive(text_of(slot.item), change.reason, now, order)
            slot = replace(slot, archive=kept, item=None)
        elif slot.key in delete:
            continue
        elif slot.archive is not None and slot.key in change.relabel:
            order += 1
            kept = replace(slot.archive, reason=change.relabel[slot.key], archived_at=now)
            slot = replace(slot, archive=replace(kept, order=order))
        slot = _rewritten(slot, change)
        result.append(_restored(slot) if slot.key in restore else slot)
    result += new if change.before is None else []
    place = next((place for place, slot in enumerate(result) if slot.number is None), 0)
    return _numbered(result, slots.last), slice(place, place + len(new))


def appended(slots: Slots, rows: Sequence[StoredItem | ArchivedItem]) -> tuple[Slots, slice]:
    """``slots`` with ``rows`` of another session behind them, and where among them these are.

    The archive is then in the order in which things were archived.
    """
    order = max((order for order, _slot in _archived(slots.all)), default=0)
    new = [_taken_in(row, order + place) for place, row in enumerate(rows, start=1)]
    both = [*slots.all, *new]
    if any(slot.archive for slot in new):
        in_time = sorted(_archived(both), key=_archived_at)
        orders = {id(slot): place for place, (_order, slot) in enumerate(in_time, start=1)}
        both = [_ordered(slot, orders.get(id(slot))) for slot in both]
    place = len(slots.all)
    return _numbered(both, slots.last), slice(place, place + len(new))


def _taken_in(row: StoredItem | ArchivedItem, order: int) -> Slot:
    digest = digest_of(row.item)
    if isinstance(row, ArchivedItem):
        kept = Archive(text_of(row.item), row.reason, row.archived_at, order)
        return Slot(None, "", digest, row.turn_id, row.created_at, archive=kept)
    return Slot(None, "", digest, row.turn_id, row.created_at, item=row.item)


def _archived_at(each: tuple[int, Slot]) -> tuple[datetime, int]:
    order, slot = each
    assert slot.archive is not None
    return slot.archive.archived_at, order


def _ordered(slot: Slot, order: int | None) -> Slot:
    kept = slot.archive
    return (
        slot if kept is None or order is None else replace(slot, archive=replace(kept, order=order))
    )


def _rewritten(slot: Slot, change: Edit) -> Slot:
    if slot.key not in change.rewrite:
        return slot
    item = change.rewrite[slot.key]
    if slot.archive is None:
        return replace(slot, item=item, digest=digest_of(item))
    return replace(slot, archive=replace(slot.archive, text=text_of(item)), digest=digest_of(item))


def _restored(slot: Slot) -> Slot:
    assert slot.archive is not None
    return replace(slot, item=decode(slot.archive.text), archive=None)
