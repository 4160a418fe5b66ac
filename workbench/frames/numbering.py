"""Which turn each item belongs to. Pure, so that frames and verbs count the same way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from workbench.items import is_user_message
from workbench.protocols import COMPACTION


def turn_label(turn_id: str | None) -> str | None:
    """The id of the turn that something is part of: none for what a compaction has put there."""
    return None if turn_id is not None and turn_id.startswith(COMPACTION) else turn_id


@dataclass(slots=True)
class Counter:
    """Numbers the turns of a history from its start, an item at a time.

    It is what has to be known of all that came before: ``count`` turns, the ``current`` one, and
    whether the last item was a user's without a turn id.

    Items with the same label are one turn. Without one, a user message starts a turn unless the
    item right before it is a user message of the same unlabelled turn; other items go on with the
    turn before them. What comes before the first turn (instructions, a summary) is part of it, and
    a summary anywhere else is part of the turn before it.
    """

    count: int = 0
    current: int = 0
    after_user: bool = False

    def number(self, item: Mapping[str, Any], turn_id: str | None, known: dict[str, int]) -> int:
        """The turn of the next item, from 1; ``known`` has the numbers of the labels before it."""
        label = turn_label(turn_id)
        user = label == turn_id and is_user_message(item)
        if label is not None:
            self.current = known.setdefault(label, self.count + 1)
            self.count = max(self.count, self.current)
        elif user and not self.after_user:
            self.count += 1
            self.current = self.count
        self.after_user = user and label is None
        return self.current or 1

    def copy(self) -> Counter:
        """The same state, for going on from here later."""
        return Counter(self.count, self.current, self.after_user)


def number_turns(labelled: Iterable[tuple[Mapping[str, Any], str | None]]) -> list[int]:
    """The turn of each (item, turn_id), from 1, as `Counter` says."""
    counter, known = Counter(), dict[str, int]()
    return [counter.number(item, turn_id, known) for item, turn_id in labelled]
