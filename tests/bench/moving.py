"""Forking and copying a long conversation: seconds, beside what one does without a fork.

Each round makes its fork or its copy and takes it away again. The copy goes from a file on disk to
a Redis server of our own that keeps nothing on disk, and is verified item by item within the time.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median

from tests.bench.bare import bare_copy
from tests.bench.figures import Figure, compared, duration
from tests.bench.sides import Sizes, a_turn, close, sdk
from tests.bench.team import Team
from tests.redis_server import redis_server
from workbench.protocols import TurnRecord

FORK_ASKED = 1.0
"""Seconds for 100,000 items."""
COPY_ASKED = 2.0
"""Seconds for 100,000 items: 50,000 a second."""
WHOLE = 100_000
_BEGIN = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def moving(team: Team, sizes: Sizes) -> list[Figure]:
    """Everything that is asked of forks and copies."""
    with _workspace(sizes.disk / "moving"):
        turns = sizes.history // 2
        asyncio.run(_write(turns))
        _warm()
        figures = [
            *_forking(sizes, "all of it", None),
            *_forking(sizes, "behind the last turn", turns),
            *_forking(sizes, "behind the turn in the middle", turns // 2),
        ]
        asyncio.run(_record(turns))
        return [*figures, *_copying(sizes)]


@contextmanager
def _workspace(folder: Path) -> Iterator[None]:
    before = os.environ.get("WORKBENCH_HOME")
    os.environ["WORKBENCH_HOME"] = str(folder)
    try:
        yield
    finally:
        os.environ.pop("WORKBENCH_HOME")
        if before is not None:
            os.environ["WORKBENCH_HOME"] = before


async def _write(turns: int) -> None:
    from workbench.workspace import workspace

    await workspace().open("demo")
    session = workspace().base(await workspace().get("demo"))
    each = [session.append(a_turn(n), turn_id=f"{n:032x}") for n in range(turns)]
    for start in range(0, turns, 1_000):
        await asyncio.gather(*each[start : start + 1_000])


async def _record(turns: int) -> None:
    """The same again, with the records of four turns in five: one for every 2.5 items."""
    import workbench as wb
    from workbench.workspace import workspace

    await asyncio.to_thread(wb.fork, "demo", "recorded")
    session = workspace().base(await workspace().get("recorded"))
    numbers = [number for number in range(turns) if number % 5]
    await session.save_turns([_told(number) for number in numbers])


def _told(number: int) -> TurnRecord:
    started = _BEGIN + timedelta(seconds=number)
    told = TurnRecord(f"{number:032x}", "recorded", started, 1.25, "done", "Assistant", "offline")
    return replace(told, requests=1, input_tokens=900 + number % 100, output_tokens=80)


def _warm() -> None:
    """Import what a fork needs: no round shall pay for that."""
    import workbench as wb

    wb.fork("demo", "forked", at=0)
    _delete("forked")


def _forking(sizes: Sizes, what: str, at: int | None) -> list[Figure]:
    """Our fork, and the SDK's way: all items read, and added to another session."""
    import workbench as wb

    times: dict[str, list[float]] = {"ours": [], "SDK": []}
    for _round in range(sizes.rounds):
        times["ours"].append(_timed(lambda: wb.fork("demo", "forked", at=at)))
        _delete("forked")
        times["SDK"].append(asyncio.run(_by_hand(sizes)))
    work = f"fork of {sizes.history} items, {what}"
    return [compared(work, times), _seconds(work, times["ours"], sizes, FORK_ASKED)]


async def _by_hand(sizes: Sizes) -> float:
    path = sizes.disk / "moving" / "workbench.db"
    origin, target = sdk("demo", path), sdk("by hand", path)
    begun = time.perf_counter()
    await target.add_items(await origin.get_items())
    seconds = time.perf_counter() - begun
    await target.clear_session()
    await close(origin)
    await close(target)
    return seconds


def _copying(sizes: Sizes) -> list[Figure]:
    """Our copy, beside the bare bytes on the same way; then the one with recorded turns."""
    import workbench as wb

    times: dict[str, list[float]] = {"demo": [], "recorded": [], "bare": []}
    path = sizes.disk / "moving" / "workbench.db"
    with redis_server() as server:
        for _round in range(sizes.rounds):
            for name in ("demo", "recorded"):
                times[name].append(_timed(partial(wb.copy, name, server.url, name="copied")))
                _delete("copied")
            times["bare"].append(bare_copy(path, "demo", server.url))
    work = f"copy of {sizes.history} items, SQLite to Redis"
    ratio = compared(
        f"{work}, beside the bare bytes", {"ours": times["demo"], "SDK": times["bare"]}
    )
    recorded = f"copy of {sizes.history} items with {sizes.history * 2 // 5} recorded turns"
    return [
        _seconds(work, times["demo"], sizes, COPY_ASKED),
        _rate(work, times["demo"], sizes),
        replace(ratio, sdk=f"bare: {ratio.sdk}"),
        _seconds(recorded, times["recorded"], sizes, None),
        _rate(recorded, times["recorded"], sizes),
    ]


def _rate(work: str, times: list[float], sizes: Sizes) -> Figure:
    rate = sizes.history / median(times) / 1_000
    return Figure(f"{work}: thousand items a second", rate, unit="")


def _seconds(work: str, times: list[float], sizes: Sizes, asked: float | None) -> Figure:
    """The median time; what is asked holds for the whole size, and for a part of it in full."""
    shown = duration(median(times))
    spread = (min(times), max(times))
    scale = max(1.0, sizes.history / WHOLE)
    bound = None if asked is None else asked * scale
    return Figure(f"{work}: seconds", median(times), bound, unit=" s", ours=shown, spread=spread)


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _delete(name: str) -> None:
    from workbench import loop
    from workbench.verbs.manage import delete_session

    loop.run(delete_session(name))
