"""What an `Edit` of an encrypted session needs beyond the change itself: numbers. Pure functions.

New items get numbers between their neighbours, archived ones among them. Where these have no room
left, or where an item comes back from the archive between items that were numbered without it,
what follows is numbered anew and sealed again in the same step: live and archived items alike, in
the order of their keys, so that it holds wherever each of them is when the change is made.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workbench.protocols import Edit, Key
from workbench.sessions.encryption.numbering import numbered


@dataclass(frozen=True, slots=True)
class Plan:
    """Numbers for what is inserted, and ``fresh`` ones for what is there.

    ``moves`` tells whether one of these had a number before; ``beside`` are the keys of what stands
    next to something that is inserted or restored.
    """

    inserted: list[int]
    fresh: dict[Key, int]
    moves: bool
    beside: set[Key]


def allows(change: Edit, live: Mapping[Key, object], kept: Mapping[Key, object]) -> bool:
    """Whether all that ``change`` names is there, as `Edit` says."""
    taken = {*change.archive, *change.delete}
    newest = next(reversed(live)) if live else None
    return (
        taken <= live.keys()
        and {*change.restore, *change.relabel} <= kept.keys()
        and change.rewrite.keys() <= live.keys() | kept.keys()
        and (change.before is None or change.before in (live.keys() | kept.keys()) - taken)
        and (change.newest is ... or change.newest == newest)
    )


def merged(live: Mapping[Key, int | None], kept: Mapping[Key, int | None]) -> dict[Key, int | None]:
    """Live and archived items in the order of the conversation; keys ascend in it."""
    together = {**live, **kept}
    if not kept:
        return together
    return {key: together[key] for key in sorted(together)}


def plan(change: Edit, order: Mapping[Key, int | None]) -> Plan:
    """The numbers for ``change`` in a conversation of these items."""
    counted = [key for key in order if order[key] is not None or key in change.rewrite]
    place = len(counted)
    if change.before is not None:
        ahead = set(itertools.takewhile(lambda key: _is_less(key, change.before), order))
        place = sum(key in ahead for key in counted)
    new: list[int | None] = [None] * len(change.insert)
    given = [order[key] for key in counted]
    numbers = numbered([*given[:place], *new, *given[place:]])
    inserted = numbers[place : place + len(new)]
    kept = numbers[:place] + numbers[place + len(new) :]
    fresh = {key: number for key, number in zip(counted, kept, strict=True) if number != order[key]}
    moves = any(order[key] is not None for key in fresh)
    return Plan(inserted, fresh, moves, _beside(change, counted, place))


def _beside(change: Edit, counted: Sequence[Key], place: int) -> set[Key]:
    found = {*counted[max(0, place - 1) : place + 1]} if change.insert else set()
    restored = set(change.restore)
    for index, key in enumerate(counted):
        if key in restored:
            found |= {*counted[max(0, index - 1) : index + 2]}
    return found


def _is_less(key: Key, other: Key | None) -> bool:
    return key < other  # type: ignore[operator]  # those of one session are of one kind
