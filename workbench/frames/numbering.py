"""Which turn each item belongs to. Pure, so that frames and verbs count the same way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from workbench.items import is_user_message
from workbench.protocols import COMPACTION


def turn_label(turn_id: str | None) -> str | None:
    """The id of the turn that something is part of: none for what a compaction has put there."""
    return None if turn_id is not None and turn_id.startswith(COMPACTION) else turn_id


def number_turns(labelled: Iterable[tuple[Mapping[str, Any], str | None]]) -> list[int]:
    """The turn of each (item, turn_id), from 1.

    Items with the same ``turn_id`` are one turn. Without one, a user message starts a turn unless
    the item right before it is a user message of the same unlabelled turn; other items go on with
    the turn before them. What comes before the first turn (instructions, a summary) is part of it,
    and a summary anywhere else is part of the turn before it.
    """
    numbers: list[int] = []
    known: dict[str, int] = {}
    count = current = 0
    after_user = False
    for item, label in labelled:
        turn_id = turn_label(label)
        user = label == turn_id and is_user_message(item)
        if turn_id is not None:
            count += turn_id not in known
            current = known.setdefault(turn_id, count)
        elif user and not after_user:
            count += 1
            current = count
        after_user = user and turn_id is None
        numbers.append(current or 1)
    return numbers
