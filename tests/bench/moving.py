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
from pathlib import Path
from statistics import median

from tests.bench.figures import Figure, compared, duration
from tests.bench.sides import Sizes, a_turn, close, sdk
from tests.bench.team import Team
from tests.redis_server import redis_server

FORK_ASKED = 1.0
"""Seconds for 100,000 items."""
COPY_ASKED = 2.0
"""Seconds for 100,000 items: 50,000 a second."""
WHOLE = 100_000


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
    import workbench as wb

    times: list[float] = []
    with redis_server() as server:
        for _round in range(sizes.rounds):
            times.append(_timed(lambda: wb.copy("demo", server.url, name="copied")))
            _delete("copied")
    work = f"copy of {sizes.history} items, SQLite to Redis"
    rate = Figure(
        f"{work}: thousand items a second", sizes.history / median(times) / 1_000, unit=""
    )
    return [_seconds(work, times, sizes, COPY_ASKED), rate]


def _seconds(work: str, times: list[float], sizes: Sizes, asked: float) -> Figure:
    """The median time; what is asked holds for the whole size, and for a part of it in full."""
    shown = duration(median(times))
    spread = (min(times), max(times))
    scale = max(1.0, sizes.history / WHOLE)
    return Figure(
        f"{work}: seconds", median(times), asked * scale, unit=" s", ours=shown, spread=spread
    )


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _delete(name: str) -> None:
    from workbench import loop
    from workbench.verbs.manage import delete_session

    loop.run(delete_session(name))
