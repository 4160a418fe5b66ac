"""Many processes that append to one file, each to its own session, all at the same time."""

from __future__ import annotations

import itertools
import json
import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bench.figures import Figure, compared, duration
from tests.bench.sides import Sizes, a_turn
from tests.bench.team import Process, Team

_paths = itertools.count()


@dataclass
class Crew:
    """The processes of one side, and what was found: seconds of wall time and of latency."""

    side: str
    processes: list[Process]
    wall: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    slowest: float = 0.0
    lost: int = 0

    def round(self, folder: Path, turns: int, *, counts: bool) -> None:
        """All processes append ``turns`` turns to one new file."""
        path = folder / f"processes-{next(_paths)}.db"
        self._all(
            *(
                ("open", "writing", self.side, {"path": str(path), "name": name, "turns": turns})
                for name in _names(len(self.processes))
            )
        )
        found = self._all(*[("round", 0)] * len(self.processes))
        self._all(*[("close",)] * len(self.processes))
        self.lost += missing(path, len(self.processes), turns)
        if counts:
            self._note(found)

    def _all(self, *orders: tuple[object, ...]) -> list[Any]:
        for process, order in zip(self.processes, orders, strict=True):
            process.tell(*order)
        return [process.hear() for process in self.processes]

    def _note(self, found: Sequence[dict[str, Any]]) -> None:
        ended = max(each["ended"] for each in found)
        self.wall.append(ended - min(each["begun"] for each in found))
        latencies = sorted(one for each in found for one in each["latencies"])
        self.p99.append(latencies[int(0.99 * (len(latencies) - 1))])
        self.slowest = max(self.slowest, latencies[-1])


def processes(_team: Team, sizes: Sizes) -> list[Figure]:
    """Wall time and 99th percentile of an append's latency with many processes on one file."""
    with ExitStack() as stack:
        crews = {
            side: Crew(side, [stack.enter_context(Process()) for _ in range(sizes.processes)])
            for side in ("SDK", "ours")
        }
        for turn in range(sizes.rounds + 1):
            for side in ("SDK", "ours") if turn % 2 else ("ours", "SDK"):
                crews[side].round(sizes.disk, sizes.turns, counts=turn > 0)
    return _figures(f"{sizes.processes} processes, {sizes.turns} turns each", **crews)


def _figures(name: str, SDK: Crew, ours: Crew) -> list[Figure]:  # noqa: N803
    return [
        compared(f"{name}: wall", {"SDK": SDK.wall, "ours": ours.wall}, 1.0),
        compared(f"{name}: p99 of an append", {"SDK": SDK.p99, "ours": ours.p99}, 0.5),
        Figure(f"{name}: items lost", ours.lost, 0, "", sdk=str(SDK.lost), ours=str(ours.lost)),
        Figure(
            f"{name}: slowest append",
            ours.slowest / SDK.slowest,
            sdk=duration(SDK.slowest),
            ours=duration(ours.slowest),
        ),
    ]


def missing(path: Path, count: int, turns: int) -> int:
    """How many items are not where they belong: each process wrote its turns in order."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    with closing(sqlite3.connect(path)) as db:
        rows = db.execute("SELECT session_id, message_data FROM agent_messages ORDER BY id")
        for session, data in rows:
            found[session].append(_mark(json.loads(data)))
    written = [a_turn(0), *(a_turn(number) for number in range(turns))]
    expected = [_mark(item) for turn in written for item in turn]
    return sum(_misplaced(found[name], expected) for name in _names(count))


def _misplaced(found: Sequence[str], expected: Sequence[str]) -> int:
    wrong = sum(one != other for one, other in zip(found, expected, strict=False))
    return wrong + abs(len(expected) - len(found))


def _mark(item: dict[str, Any]) -> str:
    return str(item["content"] if item["role"] == "user" else item["id"])


def _names(count: int) -> list[str]:
    return [f"process {number}" for number in range(count)]
