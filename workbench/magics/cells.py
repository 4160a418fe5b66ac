"""When the cell that runs now ends: what a magic leaves to be done then."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any


class Cells:
    """Calls back at the end of the running cell, not of a cell that runs inside it."""

    def __init__(self, shell: Any) -> None:
        self._events = shell.events
        self._depth = 0
        self._ends: list[tuple[int, Callable[[], None]]] = []
        self.execution = os.urandom(16).hex()
        """This run of the cell: the same for all magics in it, another when it runs again."""

    def watch(self) -> None:
        """Start to listen."""
        self._events.register("pre_execute", self._begins)
        self._events.register("post_execute", self._ended)

    def unwatch(self) -> None:
        """Stop; what still waits for the end of a cell is done now."""
        self._events.unregister("pre_execute", self._begins)
        self._events.unregister("post_execute", self._ended)
        self._depth = 0
        self._ended()

    def at_end(self, then: Callable[[], None]) -> None:
        """Call ``then`` when the running cell has ended, one way or the other."""
        self._ends.append((self._depth, then))

    def _begins(self) -> None:
        if not self._depth:
            self.execution = os.urandom(16).hex()
        self._depth += 1

    def _ended(self) -> None:
        due = [then for depth, then in self._ends if depth >= self._depth]
        self._ends = [each for each in self._ends if each[0] < self._depth]
        self._depth = max(0, self._depth - 1)
        for then in due:
            then()
