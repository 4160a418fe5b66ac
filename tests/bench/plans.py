"""What is timed: each plan opens sessions of one side and yields a function that does one round.

Plans run inside a worker process (`tests.bench.worker`), one for each side.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from tests.bench.sides import SIDES, a_turn, close
from workbench.protocols import Session

Round = Callable[[], Awaitable[Any]]
Plan = Callable[..., AbstractAsyncContextManager[Round]]

_TICK = 0.001
_numbers = itertools.count()


@asynccontextmanager
async def sessions(side: str, count: int, path: str) -> AsyncIterator[list[Session]]:
    """``count`` sessions of one file, closed in the end."""
    opened = [SIDES[side](f"conversation {number}", Path(path)) for number in range(count)]
    try:
        yield opened
    finally:
        for session in opened:
            await close(session)


@asynccontextmanager
async def appending(
    side: str, path: str, count: int, each: int, calls: int, log: int
) -> AsyncIterator[Round]:
    """Seconds in which ``count`` sessions, all at once, append ``each`` turns.

    A turn is appended with one call or, as the Runner does it, with two. Before the first round the
    WAL has grown to ``log`` bytes.
    """
    async with sessions(side, count, path) as opened:
        one_round = partial(all_append, opened, each, calls)
        while log_size(Path(path)) < log:
            await one_round()
        yield one_round


async def all_append(opened: Sequence[Session], each: int, calls: int = 1) -> float:
    """Append ``each`` turns to every session, all sessions at once; returns the seconds."""

    async def append(session: Session) -> None:
        for turn in turns:
            for call in turn:
                await session.add_items(call)

    whole = [a_turn(number) for number in range(each)]
    turns = [[items] if calls == 1 else [[item] for item in items] for items in whole]
    begun = time.perf_counter()
    await asyncio.gather(*map(append, opened))
    return time.perf_counter() - begun


@asynccontextmanager
async def beginning(side: str, path: str, count: int) -> AsyncIterator[Round]:
    """Seconds for the first appends of ``count`` new sessions on a file that is open."""

    async def one_round() -> float:
        begun = time.perf_counter()
        new = [SIDES[side](f"new {next(_numbers)}", Path(path)) for _ in range(count)]
        for number, session in enumerate(new):
            await session.add_items(a_turn(number))
        seconds = time.perf_counter() - begun
        for session in new:
            await close(session)
        return seconds

    async with sessions(side, 1, path) as opened:
        await opened[0].add_items(a_turn(0))
        yield one_round


@asynccontextmanager
async def reading(side: str, path: str, name: str, stall: bool) -> AsyncIterator[Round]:
    """Seconds for reading the whole conversation, or for which the event loop stalls meanwhile."""
    session = SIDES[side](name, Path(path))

    async def one_round() -> float:
        # So that no round pays for what the last one left behind. Not before short rounds: that
        # long a computation also moves the threads apart, to wake each other up across processors.
        gc.collect()
        return await (stall_of if stall else seconds_of)(session.get_items)

    yield one_round
    await close(session)


@asynccontextmanager
async def looking(side: str, path: str, name: str, looks: int) -> AsyncIterator[Round]:
    """Seconds for reading the newest 20 items ``looks`` times."""
    session = SIDES[side](name, Path(path))

    async def one_round() -> float:
        for _ in range(looks // 4):  # woken up after the other side's round
            await session.get_items(20)
        begun = time.perf_counter()
        for _ in range(looks):
            await session.get_items(20)
        return time.perf_counter() - begun

    yield one_round
    await close(session)


@asynccontextmanager
async def framing(side: str, path: str, name: str, again: bool) -> AsyncIterator[Round]:
    """Seconds for the DataFrame of a history; ``again``: when a little was added to a known one."""
    from tests.bench.frames import NEW
    from tests.bench.frames import SIDES as FRAMED
    from workbench.frames.cache import CACHE

    session = SIDES["SDK"](name, Path(path))

    async def one_round() -> float:
        if again:
            await session.add_items([item for n in range(NEW // 2) for item in a_turn(n)])
        else:
            CACHE.clear()
        gc.collect()
        return await seconds_of(partial(FRAMED[side], Path(path)))

    yield one_round
    await close(session)


@asynccontextmanager
async def writing(side: str, path: str, name: str, turns: int) -> AsyncIterator[Round]:
    """One of many processes on one file: when it began, when it ended, what each append took."""
    session = SIDES[side](name, Path(path))
    await session.add_items(a_turn(0))

    async def one_round() -> dict[str, Any]:
        latencies: list[float] = []
        begun = time.monotonic()
        for number in range(turns):
            turn = a_turn(number)
            start = time.perf_counter()
            await session.add_items(turn)
            latencies.append(time.perf_counter() - start)
        return {"begun": begun, "ended": time.monotonic(), "latencies": latencies}

    yield one_round
    await close(session)


async def seconds_of(work: Callable[[], Awaitable[object]]) -> float:
    """How long ``work`` takes; what it returns is let go of after the time is taken."""
    begun = time.perf_counter()
    result = await work()
    seconds = time.perf_counter() - begun
    del result
    return seconds


async def stall_of(work: Callable[[], Awaitable[object]]) -> float:
    """The longest time in seconds for which the event loop did not answer while ``work`` ran."""
    gaps = [0.0]

    async def tick() -> None:
        last = time.perf_counter()
        while True:
            await asyncio.sleep(_TICK)
            now = time.perf_counter()
            gaps.append(now - last - _TICK)
            last = now

    ticking = asyncio.create_task(tick())
    await asyncio.sleep(5 * _TICK)
    result = await work()
    await asyncio.sleep(2 * _TICK)  # so that a stall at the very end is seen too
    ticking.cancel()
    with suppress(asyncio.CancelledError):
        await ticking
    del result
    return max(gaps)


def log_of(path: Path) -> Path:
    """The WAL of a file."""
    return path.with_name(path.name + "-wal")


def log_size(path: Path) -> int:
    """The size of the WAL in bytes; 0 when there is none."""
    return log_of(path).stat().st_size if log_of(path).exists() else 0


PLANS: dict[str, Plan] = {
    "appending": appending,
    "beginning": beginning,
    "framing": framing,
    "looking": looking,
    "reading": reading,
    "writing": writing,
}
