"""Searching a file of a million items: the index, a mix of queries, and what appends pay for it.

The texts are made of words as often as in a language (Zipf's law), 30 to an item, some of them
Chinese; sessions have 100 items, and one has a tenth of all. The SDK has no search: beside ours
stands SQL's ``LIKE`` on the same file, which finds parts of words and ranks nothing.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import Any

import workbench as wb
from tests.bench.figures import Figure, compared, duration
from tests.bench.sides import Sizes, a_turn
from tests.bench.team import Order, Team
from workbench.items import encode
from workbench.stores import open_store
from workbench.stores.sqlite import url_of

MEDIAN_ASKED = 100.0
APPEND_ASKED = {"on disk": 1.1, "on tmpfs": None}

_SESSION = 100
_WORDS = 30
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_SIGNS = "我喜欢深色模式今天天气很好请问订单什么时候到谢谢你的帮助"
_ADD = """INSERT INTO agent_messages (session_id, message_data, created_at)
    VALUES (?, ?, strftime('%Y-%m-%d %H:%M:%f', 'now'))"""
_LIKE = """SELECT id, session_id, message_data FROM agent_messages
    WHERE message_data LIKE ? ORDER BY id DESC LIMIT 50"""

_random = random.Random(4)  # the same texts in each run
VOCABULARY = [
    "".join(_random.choices(_LETTERS, k=_random.randint(3, 10))) for _number in range(50_000)
]
_WEIGHTS = list(itertools.accumulate(1 / (rank + 1) for rank in range(len(VOCABULARY))))


def queries(count: int) -> dict[str, dict[str, Any]]:
    """The mix for a file of so many items: the arguments of ``wb.search``."""
    word = VOCABULARY.__getitem__
    return {
        "a rare word": {"text": word(20_000)},
        "a very rare word": {"text": word(49_000)},
        "a word that is nowhere": {"text": "qqqqqqqqqqqq"},
        "a word of some texts": {"text": word(3_000)},
        "another": {"text": word(1_000)},
        "a frequent word": {"text": word(100)},
        "a word of a fifth of all": {"text": word(10)},
        "a word of nearly all": {"text": word(0)},
        "two rare words": {"text": f"{word(2_000)} {word(400)}"},
        "two words": {"text": f"{word(300)} {word(50)}"},
        "a common and a rare one": {"text": f"{word(0)} {word(8_000)}"},
        "two of nearly all": {"text": f"{word(0)} {word(1)}"},
        "five words": {"text": " ".join(map(word, (3, 30, 60, 90, 300)))},
        "a phrase": {"text": f'"{word(20)} {word(30)}"'},
        "a rare phrase": {"text": f'"{word(100)} {word(200)}"'},
        "a phrase of common words": {"text": f'"{word(0)} {word(1)}"'},
        "a beginning": {"text": f"{word(5_000)[:4]}*"},
        "a short beginning": {"text": f"{word(700)[:2]}*"},
        "two signs": {"text": "深色"},
        "four signs": {"text": "深色模式"},
        "what users said": {"text": word(500), "role": "user"},
        "in one session": {"text": word(0), "sessions": [f"s{count // _SESSION - 1}"]},
        "in the long session": {"text": word(600), "sessions": ["long"]},
        "since an hour ago": {"text": word(800), "since": "1h"},
    }


def search(team: Team, sizes: Sizes) -> list[Figure]:
    """Everything that is asked of the search."""
    path = sizes.disk / "search.db"
    asyncio.run(_write(path, sizes.searched))
    figures = _building(path, sizes)
    figures += _asking(path, sizes)
    path.unlink()
    return figures + _appending(team, sizes)


async def _write(path: Path, count: int) -> None:
    """A file of ``count`` items, as the store lays it out."""
    store = open_store(url_of(path))
    await store.append("s0", a_turn(0))
    await store.close()
    with closing(sqlite3.connect(path)) as db:
        db.executemany(_ADD, _rows(count))
        db.commit()


def _rows(count: int) -> Iterator[tuple[str, str]]:
    for number in range(count):
        words = _random.choices(VOCABULARY, cum_weights=_WEIGHTS, k=_WORDS)
        if number % 50 == 0:
            words.append("".join(_random.choices(_SIGNS, k=20)))
        if number % 500 == 0:
            words.append("深色模式")
        role = "assistant" if number % 2 else "user"
        name = "long" if number < count // 10 else f"s{number // _SESSION}"
        yield name, encode({"role": role, "type": "message", "content": " ".join(words)})


def _building(path: Path, sizes: Sizes) -> list[Figure]:
    """The first search, which makes the index, and the room that it takes."""
    before = path.stat().st_size
    seconds = _seconds({"text": "qqqqqqqqqqqq"}, path)
    asyncio.run(open_store(url_of(path)).close())
    larger = path.stat().st_size / before
    return [
        Figure(f"first search of {sizes.searched} items: the index is made", seconds, unit=" s"),
        Figure("the file with its index", larger, ours=f"{path.stat().st_size / 1e6:.0f} MB"),
    ]


def _asking(path: Path, sizes: Sizes) -> list[Figure]:
    """Each query of the mix, some times; the median of all, and the slowest."""
    times = {
        name: median(_seconds(query, path) for _ in range(min(3, sizes.rounds) + 1))
        for name, query in queries(sizes.searched).items()
    }
    slowest = max(times, key=times.__getitem__)
    with closing(sqlite3.connect(path)) as db:
        like = median(_like(word, db) for word in (VOCABULARY[3_000], VOCABULARY[20_000]))
    figures = [
        Figure(
            f"search of {sizes.searched} items, median of {len(times)} queries",
            median(times.values()) * 1e3,
            MEDIAN_ASKED,
            unit=" ms",
            sdk=f"LIKE: {duration(like)}",
        ),
        Figure(f"search, the slowest: {slowest}", times[slowest] * 1e3, unit=" ms"),
    ]
    return figures + [
        Figure(f"search, {name}", seconds * 1e3, unit=" ms") for name, seconds in times.items()
    ]


def _seconds(query: dict[str, Any], path: Path) -> float:
    begun = time.perf_counter()
    wb.search(**query, store=url_of(path))
    return time.perf_counter() - begun


def _like(word: str, db: sqlite3.Connection) -> float:
    begun = time.perf_counter()
    db.execute(_LIKE, (f"%{word}%",)).fetchall()
    return time.perf_counter() - begun


def _appending(team: Team, sizes: Sizes) -> list[Figure]:
    """Appends to a file that was searched, beside one that was not; and what it would be if every
    item were taken into the index at once.
    """
    figures: list[Figure] = []
    for where, folder in sizes.folders().items():
        for side, asked in (("ours", APPEND_ASKED[where]), ("words at once", None)):
            orders = {
                "SDK": _order("ours", folder / f"unsearched-{side}.db", sizes),
                "ours": _order(side, _searched(folder / f"searched-{side}.db"), sizes),
            }
            times = team.interleaved(orders, sizes.rounds)
            how = "" if side == "ours" else ", if it took all in at once"
            work = f"append {where} to a searched file{how} (SDK: ours, not searched)"
            figures.append(compared(work, times, asked, per=sizes.appends))
    return figures


def _order(side: str, path: Path, sizes: Sizes) -> Order:
    shared = {"count": 1, "each": sizes.appends, "calls": 1, "log": sizes.log}
    return Order(side, "appending", {"path": str(path), **shared})


def _searched(path: Path) -> Path:
    """A file that has an index already."""

    async def begin() -> None:
        store = open_store(url_of(path))
        await store.append("earlier", a_turn(0))

    asyncio.run(begin())
    wb.search("order", store=url_of(path))
    asyncio.run(open_store(url_of(path)).close())
    assert os.path.exists(path)
    return path
