"""Appends of turns: one session, many at once, and a session that is new.

An append of a turn is one ``add_items`` with the user's item and the assistant's. The Runner makes
two calls of it (the user's item before the model is called, the answer after it); that form is
timed too, for information. Commits are counted in the WAL file itself, on both sides.
"""

from __future__ import annotations

import asyncio
import itertools
import struct
from pathlib import Path

from tests.bench.figures import Figure, compared
from tests.bench.plans import all_append, log_of, sessions
from tests.bench.sides import Sizes
from tests.bench.team import Order, Team

ONE_ASKED = {"on disk": 0.8, "on tmpfs": 0.5}
MANY_ASKED = {16: 0.12, 64: 0.06}
COMMITS_ASKED = {1: 1.0, 16: 0.1, 64: None}

_paths = itertools.count()


def one(team: Team, sizes: Sizes) -> list[Figure]:
    """One session that appends turn after turn."""
    figures = [asyncio.run(_commits(1, sizes))]
    per = sizes.appends
    for where, folder in sizes.folders().items():
        times = _timed(team, sizes, folder, 1, per)
        figures.append(compared(f"append of a turn {where}", times, ONE_ASKED[where], per=per))
    times = _timed(team, sizes, sizes.disk, 1, per, yardstick="AsyncSQLiteSession")
    figures.append(compared("append on disk, SDK: AsyncSQLiteSession", times, per=per))
    times = _timed(team, sizes, sizes.disk, 1, per, calls=2)
    figures.append(compared("a turn on disk as the Runner's 2 calls", times, per=per))
    return figures


def many(team: Team, sizes: Sizes) -> list[Figure]:
    """16 and 64 sessions of one file that append at the same time."""
    figures: list[Figure] = []
    for count, asked in MANY_ASKED.items():
        figures.append(asyncio.run(_commits(count, sizes)))
        for where, folder in sizes.folders().items():
            times = _timed(team, sizes, folder, count, sizes.each)
            per = count * sizes.each
            bound = asked if where == "on disk" else None  # a tmpfs has no fsync to share
            figures.append(compared(f"{count} sessions at once {where}", times, bound, per=per))
    return figures


def first(team: Team, sizes: Sizes) -> list[Figure]:
    """The first append of a session that is new, on a file that is open."""
    orders = {
        side: Order(side, "beginning", {"path": _new(sizes.disk), "count": sizes.appends})
        for side in ("SDK", "ours")
    }
    times = team.interleaved(orders, sizes.rounds)
    return [compared("first append of a new session", times, per=sizes.appends)]


def _timed(
    team: Team,
    sizes: Sizes,
    folder: Path,
    count: int,
    each: int,
    *,
    calls: int = 1,
    yardstick: str = "SDK",
) -> dict[str, list[float]]:
    """Seconds in which ``count`` sessions, all at once, append ``each`` turns, for each side."""

    def order(side: str) -> Order:
        shared = {"count": count, "each": each, "calls": calls, "log": sizes.log}
        return Order(side, "appending", {"path": _new(folder), **shared})

    return team.interleaved({"SDK": order(yardstick), "ours": order("ours")}, sizes.rounds)


async def _commits(count: int, sizes: Sizes) -> Figure:
    """Commits for an append, counted where the WAL still holds every one of them."""
    each = max(2, min(30, 150 // count))
    found: dict[str, float] = {}
    for side in ("SDK", "ours"):
        path = _new(sizes.memory or sizes.disk)
        async with sessions(side, count, path) as opened:
            await all_append(opened, 1)
            before = commits_in_wal(Path(path))
            await all_append(opened, each)
            found[side] = (commits_in_wal(Path(path)) - before) / (count * each)
    return Figure(
        f"commits an append, {'1 session' if count == 1 else f'{count} sessions at once'}",
        found["ours"],
        COMMITS_ASKED[count],
        unit="",
        sdk=f"{found['SDK']:.3g}",
        ours=f"{found['ours']:.3g}",
    )


def commits_in_wal(path: Path) -> int:
    """How many transactions a file's WAL holds (https://www.sqlite.org/fileformat2.html#walformat).

    A frame that ends a transaction says how large the file then is. Right as long as no checkpoint
    has begun the WAL anew: raises ValueError when it has.
    """
    data = log_of(path).read_bytes()
    _magic, _version, page_size, begun_anew, salts = struct.unpack(">IIII8s", data[:24])
    if begun_anew:
        raise ValueError("the WAL was begun anew: append less")
    count = 0
    for start in range(32, len(data), 24 + page_size):
        _page, size_after_commit, frame_salts = struct.unpack(">II8s", data[start : start + 16])
        if frame_salts != salts:
            break
        count += size_after_commit > 0
    return count


def _new(folder: Path) -> str:
    return str(folder / f"appends-{next(_paths)}.db")
