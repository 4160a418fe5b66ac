"""What came of bringing items from one session to another."""

from __future__ import annotations

from dataclasses import dataclass, field

from workbench.protocols import ArchivedItem, Texts
from workbench.verbs.copying.carried import Batch


@dataclass(slots=True)
class Moved:
    """What came of it: items and archived ones that the target has, and what it could not keep.

    ``omitted`` counts the items that were left out by the reason for it; ``turn_ids`` are the turns
    that there are items of.
    """

    items: int = 0
    archived: int = 0
    reshaped: int = 0
    untimed: int = 0
    omitted: dict[str, int] = field(default_factory=dict)
    turn_ids: set[str] = field(default_factory=set)

    def count(self, batch: Batch) -> None:
        """Take these in."""
        if isinstance(batch, Texts):
            self.items += len(batch)
            self.turn_ids.update(each for each in set(batch.turn_ids) if each is not None)
            return
        kept = sum(isinstance(each, ArchivedItem) for each in batch)
        self.archived += kept
        self.items += len(batch) - kept
        self.turn_ids.update(each.turn_id for each in batch if each.turn_id is not None)
