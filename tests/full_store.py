"""A store that has no room: what a full disk does to some kinds of writing, and not to others."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.errors import StoreFull
from workbench.protocols import Key, TurnRecord
from workbench.stores.memory import MemoryStore


class FullStore(MemoryStore):
    """Keeps items in memory; the methods named in ``full`` find no room."""

    def __init__(self, *full: str) -> None:
        super().__init__()
        self.full = set(full)

    async def save_turns(self, session_id: str, records: Sequence[TurnRecord]) -> None:
        self._room("save_turn")
        await super().save_turns(session_id, records)

    async def archive(self, session_id: str, keys: Sequence[Key], *, reason: str) -> int:
        self._room("archive")
        return await super().archive(session_id, keys, reason=reason)

    def _room(self, what: str) -> None:
        if what in self.full:
            raise StoreFull("the disk is full")
