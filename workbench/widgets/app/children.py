"""The panels inside the app: made when they are first looked at, closed when they are far away."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from workbench.widgets.panel import Panel

KEPT = 4
"""Sessions whose panels are kept; those of the one that was left longest ago are closed."""

KINDS = ("chat", "grid", "compare", "inspect")
"""The tabs, in order."""

Make = Callable[[str, str], Awaitable[Panel]]
"""Makes the panel of a kind for the session of a name."""

Key = tuple[str, str]
"""A session's name and the kind of a panel."""


class Children:
    """By session and kind. Lives on the home loop."""

    def __init__(self, make: Make, closed: Callable[[list[Key]], None]) -> None:
        self._make, self._closed = make, closed
        self._panels: OrderedDict[str, dict[str, Panel]] = OrderedDict()
        self._making: dict[Key, asyncio.Task[Panel]] = {}

    async def get(self, name: str, kind: str) -> Panel:
        """The panel; two that ask at once get the same one."""
        own = self._panels.setdefault(name, {})
        self._panels.move_to_end(name)
        self._drop_oldest()
        if kind in own:
            return own[kind]
        task = self._making.get((name, kind))
        if task is None:
            task = asyncio.ensure_future(self._made(name, kind))
            self._making[name, kind] = task
        # Who has looked elsewhere meanwhile leaves the others a panel.
        return await asyncio.shield(task)

    async def _made(self, name: str, kind: str) -> Panel:
        try:
            panel = await self._make(kind, name)
            self._panels.setdefault(name, {})[kind] = panel
            return panel
        finally:
            del self._making[name, kind]

    def known(self, name: str, kind: str) -> Panel | None:
        """The panel, if it was made."""
        return self._panels.get(name, {}).get(kind)

    def drop(self, name: str) -> None:
        """Close the panels of a session."""
        panels = self._panels.pop(name, {})
        for panel in panels.values():
            panel.close()
        if panels:
            self._closed([(name, kind) for kind in panels])

    def close(self) -> None:
        """Close all."""
        for name in list(self._panels):
            self.drop(name)

    def _drop_oldest(self) -> None:
        while len(self._panels) > KEPT:
            self.drop(next(iter(self._panels)))
