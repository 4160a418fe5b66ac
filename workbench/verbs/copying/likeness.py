"""Whether what a copy holds is what was copied: item by item, with turn, reason and time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import ne
from typing import Any

from workbench.protocols import ArchivedItem, StoredItem, Texts
from workbench.verbs.copying.entries import Entry


@dataclass(slots=True)
class Likeness:
    """Compares what was given with what ``target`` tells, and counts what differs in form alone.

    ``reshaped`` items came back in a form of the target's own, ``untimed`` with another time.
    """

    target: Any
    reshaped: int = 0
    untimed: int = 0

    def first_difference(self, given: Sequence[Entry], found: Sequence[Entry]) -> int | None:
        """The place of the first entry that is another one, from 0; None where there is none.

        One that is missing at the end is one too, and so is one that is there beyond it.
        """
        for place, (one, other) in enumerate(zip(given, found, strict=False)):
            if not self.same(one, other):
                return place
        return None if len(given) == len(found) else min(len(given), len(found))

    def same_texts(self, given: Texts, found: Texts) -> bool:
        """Whether these are the very texts, each with its turn: then nothing has to be decoded."""
        if list(given.texts) != list(found.texts) or list(given.turn_ids) != list(found.turn_ids):
            return False
        self.untimed += sum(map(ne, given.created_at, found.created_at))
        return True

    def same(self, given: Entry, found: Entry) -> bool:
        """Whether ``found`` is what ``given`` has become."""
        if isinstance(given, ArchivedItem) and isinstance(found, ArchivedItem):
            return _kept_for(given) == _kept_for(found) and given.item == found.item
        if not (isinstance(given, StoredItem) and isinstance(found, StoredItem)):
            return False
        alike = given.item == found.item or self._recognised(given, found)
        if not alike or given.turn_id != found.turn_id:
            return False
        self.untimed += given.created_at != found.created_at
        return True

    def _recognised(self, given: StoredItem, found: StoredItem) -> bool:
        recognises = getattr(self.target, "recognises", None)
        alike = recognises is not None and bool(recognises(given.item, found.item))
        self.reshaped += alike
        return alike


def _kept_for(entry: ArchivedItem) -> tuple[Any, ...]:
    return entry.reason, entry.archived_at, entry.turn_id
