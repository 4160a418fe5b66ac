"""Where a conversation is forked: behind a turn, before one, or at its end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from workbench.frames.numbering import Counter
from workbench.items import is_user_message
from workbench.protocols import ArchivedItem, Key
from workbench.sessions.stored import StoredSession
from workbench.verbs.copying.entries import Entry, Extent, entries, is_hidden, shown
from workbench.verbs.numbered import checked_number

_STEP = 10_000
_LAST = 2**63 - 1

Label = tuple[Key, str | None, bool]
"""The key of an item, its turn, and whether it is what a user said, outside of any known turn."""


@dataclass(frozen=True, slots=True)
class Point:
    """``extent`` is what lies before it, hidden items included; ``until`` the last of that, where
    nothing else lies in between, and ``turn`` how many turns these are, as far as it was asked."""

    extent: Extent
    until: Key | None
    turn: int | None
    is_prefix: bool = True


async def end_of(session: Any) -> Point:
    """Behind all that there is."""
    extent = await shown(session)
    hidden = [each.key for each in extent.archived]
    until: Any = max([*hidden, *([] if extent.until is None else [extent.until])], default=None)
    return Point(extent, until, None)


async def behind(session: Any, turn: Any, name: str) -> Point:
    """Behind the turn with this number; 0: before all. Raises InvalidValue for one there isn't."""
    keys: list[Key] = []
    numbers: list[int] = []
    counter, known = Counter(), dict[str, int]()
    async for labels in _labels(session):
        keys += [key for key, _turn_id, _by_user in labels]
        numbers += _numbers(labels, counter, known)
    checked_number(turn, counter.count, "turn", name, least=0)
    # A number out of a frame is numpy's, which would be kept as bytes.
    number = int(turn)
    inside = [key for key, each in zip(keys, numbers, strict=True) if each <= number]
    return await _up_to(session, inside, number, is_prefix=keys[: len(inside)] == inside)


def _numbers(labels: Sequence[Label], counter: Counter, known: dict[str, int]) -> list[int]:
    """The turns of the next items; those of one turn mostly stand together."""
    numbers: list[int] = []
    last: str | None = None
    for _key, turn_id, by_user in labels:
        if turn_id is None or turn_id != last:
            number = counter.number(_USER if by_user else {}, turn_id, known)
            last = turn_id
        numbers.append(number)
    return numbers


async def before(session: Any, turn_id: str) -> Point:
    """Before the first item of a turn; at the end where there is none."""
    inside: list[Key] = []
    counter, known = Counter(), dict[str, int]()
    async for labels in _labels(session):
        places = (place for place, label in enumerate(labels) if label[1] == turn_id)
        end = next(places, len(labels))
        inside += [key for key, _turn_id, _by_user in labels[:end]]
        _numbers(labels[:end], counter, known)
        if end < len(labels):
            break
    return await _up_to(session, inside, counter.count, is_prefix=True)


async def _up_to(session: Any, keys: list[Key], turn: int, *, is_prefix: bool) -> Point:
    """The point behind these items, which ascend; they need not be the first ones, as a turn may be
    taken up again later."""
    last: Any = keys[-1] if keys else None
    seen = await shown(session)
    # Of a session that only ends with hidden items, none may be live.
    until = None if last is None or seen.until is None else min(last, seen.until)
    inside = frozenset[Key]() if is_prefix else frozenset(keys)

    def is_inside(entry: Entry) -> bool:
        key: Any = entry.key
        return last is not None and key <= last if is_prefix else key in inside

    def is_kept(entry: ArchivedItem) -> bool:
        return is_hidden(entry) and is_inside(entry)

    extent = Extent(until, [each for each in seen.archived if is_inside(each)], kept=is_kept)
    return Point(extent if is_prefix else replace(extent, wanted=is_inside), last, turn, is_prefix)


async def _labels(session: Any) -> AsyncIterator[list[Label]]:
    """What numbers the turns, some items at a time; without reading the items, where the store
    can."""
    labels = getattr(session.store, "labels", None) if isinstance(session, StoredSession) else None
    if labels is None:
        async for batch in entries(session, await shown(session)):
            yield [_label(each) for each in batch]
        return
    after: Key | None = None
    while found := await labels(session.session_id, after, _LAST, limit=_STEP):
        yield found
        after = found[-1][0]


def _label(entry: Entry) -> Label:
    return entry.key, entry.turn_id, is_user_message(entry.item)


_USER = {"role": "user"}
