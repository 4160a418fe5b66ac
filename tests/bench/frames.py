"""A long history as a DataFrame: time and memory, and a second look when a little was added.

The yardstick is what one writes without the workbench: the SDK's ``get_items()``, a loop that makes
a row of each item with the same columns, and ``pd.DataFrame``. Both read the same file: one that
the SDK's ``SQLiteSession`` wrote, and one in which the workbench recorded the turns. A fourth of
the turns call a tool. Ours forgets what it knows before each first look. Memory is what the process
grows by at its peak, each side in a process of its own. For information: what it takes only to
fetch the items and decode each.
"""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from tests.bench.figures import Figure, compared
from tests.bench.peak import peak
from tests.bench.sides import Sizes, a_turn, close, sdk
from tests.bench.team import ROOT, Order, Team
from workbench.items import Item
from workbench.protocols import TurnRecord
from workbench.stores.sqlite import SQLiteStore

NEW = 20
"""Items that are added before a second look."""
_NAME = "long"
_AT_ONCE = 2_000
_BEGUN = datetime(2026, 1, 1, tzinfo=UTC)


def frames(team: Team, sizes: Sizes) -> list[Figure]:
    """100,000 items."""
    shown = f"{sizes.history:,} items to a DataFrame"
    by_sdk = _file(sizes, "sdk", sizes.history)
    recorded = _file(sizes, "recorded", sizes.history)
    return [
        *_first_and_second(team, by_sdk, shown, 0.3, sizes.rounds),
        *_first_and_second(team, recorded, f"{shown}, turns recorded", 0.3, sizes.rounds),
        *_memory(by_sdk, shown, 0.5, None),
        *_memory(recorded, f"{shown}, turns recorded", 0.5, None),
    ]


def frames_1m(team: Team, sizes: Sizes) -> list[Figure]:
    """A million items."""
    shown = f"{sizes.searched:,} items to a DataFrame"
    path = _file(sizes, "sdk", sizes.searched)
    rounds = min(3, sizes.rounds)
    return [
        *_first_and_second(team, path, shown, 0.2, rounds),
        *_memory(path, shown, None, 1.5),
    ]


def _first_and_second(
    team: Team, path: Path, shown: str, asked: float, rounds: int
) -> list[Figure]:
    def order(side: str, *, again: bool) -> Order:
        return Order(side, "framing", {"path": str(path), "name": _NAME, "again": again})

    first = team.interleaved({side: order(side, again=False) for side in SIDES}, rounds)
    second = team.interleaved({"ours": order("ours", again=True)}, rounds)
    return [
        compared(shown, first, asked),
        compared("only fetching and decoding each", {**first, "ours": first["floor"]}),
        compared(f"a second look after {NEW} more", {**second, "SDK": first["SDK"]}, 0.01),
    ]


def _memory(path: Path, shown: str, asked: float | None, most: float | None) -> list[Figure]:
    """``asked``: ours by the SDK's. ``most``: gigabytes of the whole process of ours."""
    grown = {side: _memory_of(side, path) for side in ("SDK", "ours")}
    theirs, mine = grown["SDK"][0], grown["ours"][0]
    sdk, ours = f"{theirs:.0f} MB", f"{mine:.0f} MB"
    return [
        Figure(f"{shown}: memory", mine / theirs, asked, sdk=sdk, ours=ours),
        Figure(f"{shown}: peak of the process", grown["ours"][1] / 1e3, most, unit=" GB"),
    ]


def _memory_of(side: str, path: Path) -> tuple[float, float]:
    """By how many megabytes a process grows that makes one frame, and its peak."""
    command = [sys.executable, "-m", "tests.bench.frames", side, str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the process that makes a frame failed: {done.stderr.strip()[-500:]}")
    before, peak = map(float, done.stdout.split())
    return peak - before, peak


async def ours(path: Path) -> Any:
    """The frame as the workbench makes it."""
    from workbench.frames import history_frame
    from workbench.sessions import SQLiteSession

    return await history_frame(SQLiteSession(_NAME, path))


async def theirs(path: Path) -> Any:
    """The frame as one makes it from the SDK's session."""
    import pandas as pd

    session = sdk(_NAME, path)
    rows = list(_rows(await session.get_items()))
    await close(session)
    return pd.DataFrame(rows)


async def floor(path: Path) -> Any:
    """Nothing but the items, for comparison: their texts fetched and decoded one by one."""
    with closing(sqlite3.connect(path)) as db:
        query = "SELECT message_data FROM agent_messages WHERE session_id = ? ORDER BY id"
        return [orjson.loads(text) for (text,) in db.execute(query, (_NAME,))]


SIDES: dict[str, Callable[[Path], Awaitable[Any]]] = {"SDK": theirs, "ours": ours, "floor": floor}
"""What is timed, and what each comes to."""


def _rows(items: list[Any]) -> Iterator[dict[str, Any]]:
    """A row of each item, with the columns of ours; what only the workbench keeps is None."""
    tools: dict[str, str] = {}
    turn = 0
    for order, item in enumerate(items, start=1):
        kind, role, content = item.get("type") or "message", item.get("role"), item.get("content")
        turn += role == "user"
        if kind == "function_call":
            tools[item["call_id"]] = item["name"]
            role, content = "assistant", f"{item['name']}({item['arguments']})"
        elif kind == "function_call_output":
            role, content = "tool", item["output"]
        elif isinstance(content, list):
            content = "\n".join(part.get("text", "") for part in content)
        yield {
            "session_id": _NAME,
            "order": order,
            "turn": turn,
            "role": role,
            "type": kind,
            "content": content,
            "tool_call_function": tools.get(item.get("call_id")),
            "tool_call_arguments": item.get("arguments"),
            "tool_call_id": item.get("call_id"),
            "tool_call_error": None,
            "agent": None,
            "model": None,
            "input_tokens": None,
            "output_tokens": None,
            "n_chars": len(content),
            "created_at": None,
            "item_id": item.get("id"),
            "hidden": False,
            "item": item,
        }


def a_turn_with_tools(number: int) -> list[Item]:
    """A turn; every fourth one calls a tool, every tenth answers in paragraphs."""
    asked, answer = a_turn(number)
    if not number % 10:
        part = answer["content"][0]
        part["text"] = part["text"].replace(". ", ".\n\n")
    if number % 4:
        return [asked, answer]
    identity = f"call_{number:024x}"
    call = {
        "arguments": f'{{"week": {number % 52}, "region": "north"}}',
        "call_id": identity,
        "name": "late_orders",
        "type": "function_call",
        "id": f"fc_{number:048x}",
        "status": "completed",
    }
    found = '[{"order": 1, "days": 2},\n {"order": 2, "days": 1}]'
    output = {"call_id": identity, "output": found, "type": "function_call_output"}
    return [asked, call, output, answer]


def _file(sizes: Sizes, kind: str, length: int) -> Path:
    """A file with about ``length`` items, made once a run."""
    path = sizes.disk / f"frames-{kind}-{length}.db"
    if not path.exists():
        asyncio.run(_WRITERS[kind](path, length * 2 // 5))
    return path


async def _by_sdk(path: Path, turns: int) -> None:
    session = sdk(_NAME, path)
    items = (item for number in range(turns) for item in a_turn_with_tools(number))
    while some := list(islice(items, _AT_ONCE)):
        await session.add_items(some)
    await close(session)


async def _recorded(path: Path, turns: int) -> None:
    store = SQLiteStore(path)
    for start in range(0, turns, _AT_ONCE):
        numbers = range(start, min(start + _AT_ONCE, turns))
        await asyncio.gather(*(_one_recorded(store, number) for number in numbers))
    await store.close()


async def _one_recorded(store: SQLiteStore, number: int) -> None:
    turn_id = f"{number:032x}"
    await store.append(_NAME, a_turn_with_tools(number), turn_id=turn_id)
    record = TurnRecord(
        turn_id=turn_id,
        session_id=_NAME,
        started_at=_BEGUN + timedelta(minutes=number),
        seconds=1.5,
        status="done",
        agent="Assistant",
        model="gpt-5.2",
        requests=1,
        input_tokens=1_000 + number % 500,
        output_tokens=100,
    )
    await store.save_turn(_NAME, record)


_WRITERS: dict[str, Callable[[Path, int], Any]] = {"sdk": _by_sdk, "recorded": _recorded}


def _main(side: str, path: str) -> None:
    # Imported before it is measured: a program has done that, whatever it makes a frame of.
    import agents  # noqa: F401
    import pandas as pd

    from workbench.frames import history_frame  # noqa: F401
    from workbench.sessions import SQLiteSession  # noqa: F401

    pd.DataFrame({"text": pd.Series(["warm"], dtype="string")})
    before = peak()
    print(before, asyncio.run(_peak_of(side, Path(path))))


async def _peak_of(side: str, path: Path) -> float:
    # Looked at before the frame is handed back: asyncio.run makes a text of what it returns, for an
    # error that nobody sees (signal.getsignal looks for a partial of it among its enums).
    frame = await SIDES[side](path)
    assert len(frame)
    return peak()


if __name__ == "__main__":
    _main(*sys.argv[1:])
