"""What a conversation must be, in plain lists: the model that generated sequences compare with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from workbench.protocols import Key, TurnRecord


@dataclass(eq=False)
class Entry:
    """An item of the model; ``archived`` is (order, reason) while it is in the archive."""

    text: str
    turn_id: str | None
    key: Key | None = None
    archived: tuple[int, str] | None = None


class Model:
    """What the conversation must be: plain lists, and the rules of `workbench.protocols.Edit`."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.turns: dict[str, TurnRecord] = {}
        self._orders = count()

    def live(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.archived is None]

    def kept(self) -> list[Entry]:
        found = [entry for entry in self.entries if entry.archived is not None]
        return sorted(found, key=lambda entry: entry.archived or (0, ""))

    def keys(self) -> list[Any]:
        return [entry.key for entry in self.entries]

    def archive(self, entries: Sequence[Entry], reason: str) -> None:
        for entry in self.entries:
            if entry in entries:
                entry.archived = (next(self._orders), reason)

    def insert(self, texts: Sequence[str], turn_id: str | None, before: Entry | None) -> None:
        """Put new entries in; those behind are to get new keys."""
        place = len(self.entries) if before is None else self.entries.index(before)
        new = [Entry(text, turn_id) for text in texts]
        self.entries[place:place] = new
        if new:
            for entry in self.entries[place:]:
                entry.key = None
