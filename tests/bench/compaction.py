"""What a session that compacts adds to an append after which nothing is due.

Too little to be seen beside an fsync, so it is timed by itself: the same calls on a
CompactionSession whose base does nothing, a turn's append and the check after it. The figure is
that time / the time of the append itself, of the bare session, in one run.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.figures import Figure, duration
from tests.bench.sides import Sizes, a_turn
from tests.bench.team import Team
from workbench.items import Item
from workbench.protocols import Key
from workbench.sessions import CompactionSession, MemorySession, SQLiteSession

ASKED = 0.05
_OFTEN = 20
"""How many times more calls are timed of what takes microseconds."""

_paths = itertools.count()


class Nothing(MemorySession):
    """A base that does nothing, so that what is timed is the wrapper's own."""

    async def add_items(self, items: Sequence[Any]) -> None:
        """Nothing."""

    async def append(self, items: Sequence[Item], *, turn_id: str | None = None) -> list[Key]:
        """Nothing."""
        return []


def compaction(_team: Team, sizes: Sizes) -> list[Figure]:
    """The check for turns of the SDK's Runner (``add_items``) and for bound ones."""
    return asyncio.run(_compaction(sizes))


async def _compaction(sizes: Sizes) -> list[Figure]:
    found: dict[str, list[tuple[float, ...]]] = {}
    for turn in range(sizes.rounds + 1):
        for where, folder in sizes.folders().items():
            times = [await _append(folder, sizes.appends), await _added(sizes), await _bound(sizes)]
            times.append(await _bound(sizes, max_tokens=10**9))
            if turn:
                found.setdefault(where, []).append(tuple(times))
    return [
        _figure(f"a compaction check beside an append {where}, {form}", rounds, place, asked)
        for where, rounds in found.items()
        for place, (form, asked) in enumerate(_FORMS, 1)
    ]


_FORMS = (("the Runner's", ASKED), ("a bound turn's", ASKED), ("with max_tokens", None))


def _figure(
    work: str, rounds: Sequence[tuple[float, ...]], place: int, asked: float | None
) -> Figure:
    bare, check = median(each[0] for each in rounds), median(each[place] for each in rounds)
    ratios = [each[place] / each[0] for each in rounds]
    return Figure(
        work,
        check / bare,
        asked,
        ours=f"{duration(check)} beside {duration(bare)}",
        spread=(min(ratios), max(ratios)),
    )


async def _append(folder: Path, count: int) -> float:
    """Seconds that the bare session takes to append a turn."""
    turns = [a_turn(number) for number in range(count)]
    path = folder / f"compaction-{next(_paths)}.db"
    async with SQLiteSession("bare", path) as session:
        await session.add_items(turns[0])
        begun = time.perf_counter()
        for turn in turns:
            await session.add_items(turn)
        return (time.perf_counter() - begun) / count


async def _never_due(max_tokens: int | None = None) -> CompactionSession:
    session = CompactionSession(Nothing("nothing"), 10**9, max_tokens=max_tokens)
    await session.get_items()  # as the Runner does before a turn
    return session


async def _added(sizes: Sizes) -> float:
    """Seconds that the wrapper adds to a turn that ends in ``add_items``."""
    session, turns = await _never_due(), [a_turn(number) for number in range(sizes.appends)]
    begun = time.perf_counter()
    for _ in range(_OFTEN):
        for turn in turns:
            await session.add_items(turn)
    return (time.perf_counter() - begun) / (_OFTEN * len(turns))


async def _bound(sizes: Sizes, max_tokens: int | None = None) -> float:
    """Seconds that it adds to a turn that is appended by its id and then said to be over."""
    session = await _never_due(max_tokens)
    turns = [a_turn(number) for number in range(sizes.appends)]
    begun = time.perf_counter()
    for _ in range(_OFTEN):
        for turn in turns:
            await session.append(turn, turn_id="t")
            await session.after_turn("t")
    return (time.perf_counter() - begun) / (_OFTEN * len(turns))
