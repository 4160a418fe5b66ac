"""How long a summary may be, and whether one is good enough to stand for what it was made from."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from workbench import items as of
from workbench.errors import ModelError
from workbench.estimates import CHARACTERS_PER_TOKEN, item_tokens
from workbench.items import Item
from workbench.models.reading import SUMMARY_HEADER
from workbench.sessions.compaction.groups import is_summary
from workbench.sessions.compaction.summary import Made

_LEAST, _MOST, _MORE = 4_000, 16_000, 1_000
"""Characters: of a first summary, of any, and by how much a summary may outgrow the one before."""

_TOLERANCE = 2
"""How many times its room a summary may take: models count badly."""

_FRAME = 40
"""Characters that stand around the text of an item."""

_SMALL = 100
"""Estimated tokens below which no summary is too long."""


def room_for(items: Sequence[Item], max_tokens: int | None) -> int:
    """The characters a summary of ``items`` may have; more where earlier summaries are to be kept.

    With ``max_tokens``, never more than a quarter of that.
    """
    earlier = sum(len(of.text(item)) for item in items if is_summary(item))
    room = min(_MOST, max(_LEAST, earlier + _MORE))
    if max_tokens is not None:
        room = min(room, max_tokens * CHARACTERS_PER_TOKEN // 4)
    return max(1, room)


def parts(items: Sequence[Item], at_once: int | None) -> list[Sequence[Item]]:
    """``items`` in parts that can be read at once, by the characters in them; None: in one."""
    if at_once is None:
        return [items]
    begins, left = [0], at_once
    for index, item in enumerate(items):
        size = len(of.text(item)) + _FRAME
        if size > left and index > begins[-1]:
            begins.append(index)
            left = at_once
        left -= size
    return [items[one:other] for one, other in pairwise([*begins, len(items)])]


def checked(made: Made, items: Sequence[Item], room: int) -> Made:
    """``made``, if it can stand for ``items``. Raises ModelError when it is empty or too long."""
    if not made.text.removeprefix(SUMMARY_HEADER).strip():
        raise ModelError("the summary is empty")
    allowed = max(_SMALL, _TOLERANCE * room // CHARACTERS_PER_TOKEN)
    size = item_tokens(made.items)
    # What OpenAI's service made says itself how long it is: it begins with the user's messages.
    if size > allowed and made.text.startswith(SUMMARY_HEADER):
        raise ModelError(
            f"the summary is too long: about {size:,} tokens in place of {item_tokens(items):,}, "
            f"where {allowed:,} are allowed"
        )
    return made
