"""A long history as a stream of frames, page by page: how much memory it takes, and how long.

``iter_history`` reads a conversation whose turns are recorded, in a process of its own for each
length. The other side has no pages: the SDK's ``get_items`` and a loop that makes rows of the same
columns, at the middle length, in turns with ours.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from statistics import median

from tests.bench.figures import Figure, compared, duration, number
from tests.bench.peak import peak
from tests.bench.sides import Sizes, a_turn
from tests.bench.team import Team
from workbench.protocols import StoredItem, TurnRecord

NAME = "a long conversation"
_FLAT = 1.25
"""The peak of the longest over that of the shortest: beside one page nothing grows."""
_AT_ONCE = 5_000
"""Turns that are written at once."""


def paging(_team: Team, sizes: Sizes) -> list[Figure]:
    """Peak memory and items a second at three lengths, each ten times the one before."""
    lengths = [sizes.history // 10, sizes.history, sizes.history * 10]
    found = {length: measured("pages", _filled(sizes.disk, length)) for length in lengths}
    peaks = {length: most for length, (most, _seconds) in found.items()}
    first, middle, last = lengths
    return [
        Figure(
            f"iter_history: peak memory at {last:,} items / at {first:,}",
            peaks[last] / peaks[first],
            _FLAT,
            ours=f"{peaks[last]:.0f} MB / {peaks[first]:.0f} MB",
        ),
        *(_pace(length, found[length][1]) for length in lengths),
        *_beside_the_sdk(_filled(sizes.disk, middle), middle, min(3, sizes.rounds)),
    ]


def _pace(length: int, seconds: float) -> Figure:
    return Figure(
        f"iter_history of {length:,} items: items/s",
        length / seconds,
        unit="",
        ours=duration(seconds),
    )


def _beside_the_sdk(path: Path, length: int, rounds: int) -> list[Figure]:
    times: dict[str, list[float]] = {"ours": [], "SDK": []}
    peaks: dict[str, list[float]] = {"ours": [], "SDK": []}
    for _ in range(rounds):
        for side, what in (("ours", "pages"), ("SDK", "loop")):
            most, seconds = measured(what, path)
            peaks[side].append(most)
            times[side].append(seconds)
    ours, sdk = median(peaks["ours"]), median(peaks["SDK"])
    return [
        Figure(
            f"peak memory for {length:,} items",
            ours / sdk,
            sdk=f"{number(sdk)} MB",
            ours=f"{number(ours)} MB",
        ),
        compared(f"time for {length:,} items", times),
    ]


def measured(what: str, path: Path) -> tuple[float, float]:
    """Megabytes at most, and seconds, of a process that does this alone."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.paging", what, str(path)],
        capture_output=True,
        text=True,
        check=True,
    )
    most, seconds = json.loads(done.stdout)
    return most, seconds


def _filled(folder: Path, length: int) -> Path:
    """A file with a conversation of so many items, of which each turn is recorded."""
    path = folder / f"paging-{length}.db"
    if not path.exists():
        _fill(path, length)
    return path


def _fill(path: Path, length: int) -> None:
    async def fill() -> None:
        session = SQLiteSession(NAME, path)
        for start in range(0, length // 2, _AT_ONCE):
            turns = range(start, min(start + _AT_ONCE, length // 2))
            await session.put([row for turn in turns for row in _rows(turn)])
            await asyncio.gather(*(session.save_turn(_record(turn)) for turn in turns))
        await session.store.close()

    from workbench.sessions import SQLiteSession

    asyncio.run(fill())


def _rows(turn: int) -> list[StoredItem]:
    return [StoredItem(0, item, _moment(turn), f"turn {turn}") for item in a_turn(turn)]


def _record(turn: int) -> TurnRecord:
    return TurnRecord(
        turn_id=f"turn {turn}",
        session_id=NAME,
        started_at=_moment(turn),
        seconds=1.5,
        status="done",
        agent="Assistant",
        model="gpt-5.2-mini",
        input_tokens=40 + turn,
        output_tokens=60,
    )


def _moment(turn: int) -> datetime:
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=turn)


def by_pages(path: Path) -> int:
    """Take the frames one by one."""
    import workbench as wb

    return sum(len(page) for page in wb.iter_history(NAME, store=f"sqlite:///{path}"))


def by_a_loop(path: Path) -> int:
    """All items from the SDK's own session, and a row of our columns made of each."""
    import pandas as pd
    from agents import SQLiteSession

    from workbench import items as of
    from workbench.frames import HISTORY_COLUMNS

    session = SQLiteSession(NAME, path)
    names = [each.name for each in HISTORY_COLUMNS]
    rows = []
    for order, item in enumerate(asyncio.run(session.get_items()), start=1):
        known = {"session_id": NAME, "order": order, "role": of.role(item), "item": item}
        known |= {"type": of.kind(item), "content": of.text(item), "item_id": item.get("id")}
        rows.append(known | {"tool_call_function": of.call_name(item)})
    session.close()
    return len(pd.DataFrame(rows, columns=names))


def main(what: str, path: str) -> None:
    """In a process of its own: do it, and print the peak in megabytes, and the seconds."""
    for name in ("agents", "pandas", "workbench.frames.paging", "workbench.verbs.stream"):
        if what == "loop" or name != "agents":  # what is loaded is no part of the time
            import_module(name)
    begun = time.perf_counter()
    count = {"pages": by_pages, "loop": by_a_loop}[what](Path(path))
    seconds = time.perf_counter() - begun
    if not count:
        raise RuntimeError("there was nothing to read: the figures would mean nothing")
    print(json.dumps([peak(), seconds]))


if __name__ == "__main__":
    main(*sys.argv[1:])
