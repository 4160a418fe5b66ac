"""The processes that do the timed work, one for each side, and their interleaved rounds."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).parents[2]


class Process:
    """A `tests.bench.worker`; a context manager that ends it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            text=True,
        )

    def tell(self, *order: object) -> None:
        """Give an order; `hear` is its answer."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()

    def hear(self) -> Any:
        """The answer to the oldest order. Raises RuntimeError when the process has ended."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"a worker ended with exit code {self._process.wait()}")
        return json.loads(line)

    def ask(self, *order: object) -> Any:
        """Give an order and wait for its answer."""
        self.tell(*order)
        return self.hear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        # Closing its input is the word to end.
        try:
            self._process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()


@dataclass(frozen=True)
class Order:
    """A plan of `tests.bench.plans` for one side."""

    side: str
    plan: str
    arguments: dict[str, Any]

    def opening(self) -> tuple[object, ...]:
        """What a worker is told to open it."""
        return "open", self.plan, self.side, self.arguments


class Team:
    """A process for each side, started when the side is first needed; a context manager."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._processes: dict[str, Process] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._stack.close()

    def __getitem__(self, side: str) -> Process:
        if side not in self._processes:
            self._processes[side] = self._stack.enter_context(Process())
        return self._processes[side]

    def interleaved(self, orders: Mapping[str, Order], rounds: int) -> dict[str, list[float]]:
        """What each order's rounds returned, after one round each that does not count.

        The orders take turns and change who goes first, so that whatever else the machine does
        meets all of them.
        """
        found: dict[str, list[float]] = {name: [] for name in orders}
        numbers = {name: self[order.side].ask(*order.opening()) for name, order in orders.items()}
        names = list(orders)
        for turn in range(rounds + 1):
            for name in names if turn % 2 else names[::-1]:
                value = self[orders[name].side].ask("round", numbers[name])
                if turn:
                    found[name].append(value)
        for side in {order.side for order in orders.values()}:
            self[side].ask("close")
        return found
