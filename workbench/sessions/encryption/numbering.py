"""Sequence numbers: what gives every encrypted item its place. Pure functions.

They ascend through a conversation in steps of `STEP`, so that an item that is inserted later finds
a number between its neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence

STEP = 256


def numbered(given: Sequence[int | None]) -> list[int]:
    """Ascending numbers for a conversation: those ``given`` where they can stay, new ones for None.

    What is not above all before it counts as None. Where a gap has no room, everything from there
    on is numbered anew.
    """
    kept = _ascending(given)
    numbers: list[int] = []
    index = 0
    while index < len(kept):
        here = kept[index]
        if here is not None:
            numbers.append(here)
            index += 1
            continue
        end = next((i for i in range(index, len(kept)) if kept[i] is not None), len(kept))
        low = numbers[-1] if numbers else 0
        new = _between(low, kept[end] if end < len(kept) else None, end - index)
        if new is None:
            return numbers + _following(low, len(kept) - index)
        numbers += new
        index = end
    return numbers


def _ascending(given: Sequence[int | None]) -> list[int | None]:
    kept: list[int | None] = []
    last = 0
    for number in given:
        fits = number is not None and number > last
        last = number if fits and number is not None else last
        kept.append(number if fits else None)
    return kept


def _following(low: int, count: int) -> list[int]:
    return [low + STEP * place for place in range(1, count + 1)]


def _between(low: int, high: int | None, count: int) -> list[int] | None:
    """``count`` numbers between two; None where there is no room."""
    if high is None:
        return _following(low, count)
    # Near what follows: what is restored from the archive meanwhile stays in front of them.
    for start in (max(low, high - STEP), low):
        if high - start > count:
            return [start + (high - start) * place // (count + 1) for place in range(1, count + 1)]
    return None
