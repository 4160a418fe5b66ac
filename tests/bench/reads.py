"""Reading a long history: the whole of it, its end, and what the event loop feels meanwhile."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.bench.figures import Figure, compared
from tests.bench.sides import Sizes, a_history
from tests.bench.team import Order, Team
from workbench.stores.sqlite import SQLiteStore

FLAT = 1.25
"""What "flat" allows: the end of a long history may cost so many times the end of a short one."""


def whole(team: Team, sizes: Sizes) -> list[Figure]:
    """All items of a long history: time, and the longest stall of the event loop."""
    path = _history_file(sizes)
    name = f"reading {sizes.history} items"

    def times(ours: str, *, stall: bool) -> dict[str, list[float]]:
        arguments = {"path": path, "name": "long", "stall": stall}
        orders = {
            "SDK": Order("SDK", "reading", arguments),
            "ours": Order(ours, "reading", arguments),
        }
        return team.interleaved(orders, sizes.rounds)

    never = "pause_gc=False"
    return [
        compared(name, times("ours", stall=False), 0.35),
        compared(f"{name}, {never}", times(never, stall=False), 0.65),
        compared(f"stall while {name}", times("ours", stall=True), 0.3),
        compared(f"stall while {name}, {never}", times(never, stall=True)),
    ]


def tail(team: Team, sizes: Sizes) -> list[Figure]:
    """The newest 20 items of a long and of a short history."""
    path = _history_file(sizes)

    def order(side: str, name: str) -> Order:
        return Order(side, "looking", {"path": path, "name": name, "looks": sizes.looks})

    orders = {"SDK": order("SDK", "long"), "ours": order("ours", "long")}
    times = team.interleaved(orders | {"short": order("ours", "short")}, sizes.rounds)
    both = {"ours": times["ours"], "SDK": times["short"]}
    flat = compared("", both, FLAT, per=sizes.looks)
    return [
        compared(f"get_items(20) of {sizes.history}", times, 0.6, per=sizes.looks),
        Figure(
            f"get_items(20): ours, of {sizes.history} / of {sizes.short}",
            flat.value,
            flat.asked,
            ours=f"{flat.ours} / {flat.sdk}",
            spread=flat.spread,
        ),
    ]


def _history_file(sizes: Sizes) -> str:
    """A file with a long and a short conversation, made once a run."""
    path = sizes.disk / f"history-{sizes.history}.db"
    if not path.exists():
        asyncio.run(_write_history(path, sizes))
    return str(path)


async def _write_history(path: Path, sizes: Sizes) -> None:
    store = SQLiteStore(path)
    await store.append("short", a_history(sizes.short))
    await store.append("long", a_history(sizes.history))
    await store.close()
