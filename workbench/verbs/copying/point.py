"""Where a conversation is forked: behind a turn, before one, or at its end."""

from __future__ import annotations

from collections.abc import AsyncIterator
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
    async for key, turn_id, by_user in _labels(session):
        keys.append(key)
        numbers.append(counter.number(_USER if by_user else {}, turn_id, known))
    checked_number(turn, counter.count, "turn", name, least=0)
    inside = {key for key, number in zip(keys, numbers, strict=True) if number <= turn}
    # A number out of a frame is numpy's, which would be kept as bytes.
    return await _up_to(session, keys, inside, int(turn))


async def before(session: Any, turn_id: str) -> Point:
    """Before the first item of a turn; at the end where there is none."""
    keys: list[Key] = []
    counter, known = Counter(), dict[str, int]()
    async for key, label, by_user in _labels(session):
        if label == turn_id:
            break
        keys.append(key)
        counter.number(_USER if by_user else {}, label, known)
    return await _up_to(session, keys, set(keys), counter.count)


async def _up_to(session: Any, keys: list[Key], inside: set[Key], turn: int) -> Point:
    """The point behind these items; they need not be the first ones, as a turn may be taken up
    again later."""
    is_prefix = set(keys[: len(inside)]) == inside
    last = max(inside, default=None)
    seen = await shown(session)
    # Of a session that only ends with hidden items, none may be live.
    until = None if last is None or seen.until is None else min(last, seen.until)

    def is_inside(entry: Entry) -> bool:
        return entry.key in inside

    def is_kept(entry: ArchivedItem) -> bool:
        return is_hidden(entry) and entry.key in inside

    archived = [each for each in seen.archived if each.key in inside]
    extent = Extent(until, archived, kept=is_kept)
    return Point(extent if is_prefix else replace(extent, wanted=is_inside), last, turn, is_prefix)


async def _labels(session: Any) -> AsyncIterator[Label]:
    """What numbers the turns, item by item; without reading the items, where the store can."""
    labels = getattr(session.store, "labels", None) if isinstance(session, StoredSession) else None
    if labels is None:
        async for batch in entries(session, await shown(session)):
            for each in batch:
                yield _label(each)
        return
    after: Key | None = None
    while found := await labels(session.session_id, after, _LAST, limit=_STEP):
        for label in found:
            yield label
        after = found[-1][0]


def _label(entry: Entry) -> Label:
    return entry.key, entry.turn_id, is_user_message(entry.item)


_USER = {"role": "user"}
