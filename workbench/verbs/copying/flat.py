"""A stream of batches, taken in portions of any length."""

from __future__ import annotations

from collections.abc import AsyncIterator

from workbench.verbs.copying.entries import Entry


class Flat:
    """A stream of batches, taken in portions of any length."""

    def __init__(self, batches: AsyncIterator[list[Entry]]) -> None:
        self._batches = batches
        self._held: list[Entry] = []
        self._over = False

    async def take(self, count: int) -> list[Entry]:
        """The next ``count`` entries, fewer at the end."""
        while len(self._held) < count and not self._over:
            batch = await anext(self._batches, None)
            self._over = batch is None
            self._held += batch or []
        taken, self._held = self._held[:count], self._held[count:]
        return taken
