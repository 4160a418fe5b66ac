"""What only a history as a whole tells of its items, so that the next look goes on from there.

What was worked out of the earlier items stays so when the new ones begin a turn of their own, and
nothing else was remembered of the turns before. Otherwise all of it is worked out again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.frames.chunks import POOL, TEXT, Chunk, Flags, Ints, concatenated, flags
from workbench.frames.counting import token_places, turn_numbers
from workbench.frames.labels import Labels

_CRUMBS = 100
"""More pieces of a column than this are put together."""


@dataclass(frozen=True, slots=True)
class Settled:
    """For each item the number of its turn, and agent and model of that (pieces of an Arrow column;
    None: nothing is remembered of any turn). ``counted`` are the items on which the tokens of
    turns lie, ``records`` the places of the records that have them.
    """

    numbers: Ints
    agents: Sequence[Any] | None
    models: Sequence[Any] | None
    counted: Ints
    records: Ints

    @property
    def nbytes(self) -> int:
        """How much memory it takes."""
        columns = [self.numbers, self.counted, self.records]
        columns += [*(self.agents or ()), *(self.models or ())]
        return sum(int(each.nbytes) for each in columns)


def settled_after(
    known: Settled | None, before: Labels, chunks: Sequence[Chunk], labels: Labels, anew: bool
) -> Settled | None:
    """Of all items, when ``known`` is of the first ones, as ``before`` labelled them.

    ``anew``: what was remembered of turns is no longer so. None where there are archived items.
    """
    if any(each.archived is not None for each in chunks):
        return None
    history = _History(chunks, labels)
    forgotten = anew and len(before.records) > 0
    if known is None or forgotten or not history.goes_on(known, before):
        return history.from_row(0, 0)
    if len(known.numbers) == len(labels.places):
        return known
    start = len(known.numbers)
    new = history.from_row(start, int(known.numbers.max()))
    return Settled(
        np.concatenate([known.numbers, new.numbers]),
        _both(known.agents, new.agents),
        _both(known.models, new.models),
        np.concatenate([known.counted, new.counted]),
        np.concatenate([known.records, new.records]),
    )


def _both(known: Sequence[Any] | None, new: Sequence[Any] | None) -> Sequence[Any] | None:
    if known is None or new is None:
        return None
    pieces = [*known, *new]
    return pieces if len(pieces) < _CRUMBS else [concatenated(pieces)]


class _History:
    def __init__(self, chunks: Sequence[Chunk], labels: Labels) -> None:
        self._roles = pa.chunked_array([each.texts["role"] for each in chunks], TEXT)
        self._labels = labels
        self._recorded = bool((labels.recorded >= 0).any())

    def from_row(self, start: int, before: int) -> Settled:
        """Of the items from this one on, ``before`` them as many turns."""
        numbers = before + self._numbers(start)
        if not self._recorded:
            none = np.array([], dtype=np.int64)
            return Settled(numbers, None, None, none, none)
        counted, records = self._tokens(start)
        return Settled(numbers, *self._remembered(start), start + counted, records)

    def _numbers(self, start: int) -> Ints:
        turns, summaries = self._labels.turns(self._labels.places[start:])
        return turn_numbers(turns, self._are("user", start), summaries)

    def _tokens(self, start: int) -> tuple[Ints, Ints]:
        labels = self._labels
        assistants = self._are("assistant", start)
        places = token_places(labels.places[start:], assistants, len(labels.ids))
        there = (places >= 0) & (labels.recorded >= 0)
        return places[there], labels.recorded[there]

    def _remembered(self, start: int) -> tuple[list[Any], list[Any]]:
        labels = self._labels
        places = np.append(labels.recorded, -1)[labels.places[start:]]
        wanted = pa.array(places, mask=places < 0)
        agents, models = (
            pc.take(each, wanted, memory_pool=POOL)
            for each in (labels.records.agents, labels.records.models)
        )
        return [agents], [models]

    def _are(self, role: str, start: int) -> Flags:
        return flags(pc.equal(self._roles.slice(start), pa.scalar(role, TEXT)))

    def goes_on(self, known: Settled, before: Labels) -> bool:
        """Whether ``known`` is still so, with the items behind it."""
        start, ids = len(known.numbers), len(before.ids)
        same = np.array_equal(self._labels.recorded[:ids], before.recorded)
        if not same or self._recorded != (known.agents is not None):
            return False
        new = self._labels.places[start:]
        if not len(new):
            return True
        old_turns = (new >= 0) & (new < ids)
        return not old_turns.any() and self._begins(start) and known.numbers.max() > 1

    def _begins(self, row: int) -> bool:
        """Whether a turn begins with this item, whatever stands before it."""
        place = int(self._labels.places[row])
        if place >= 0:
            return bool(self._labels.turns(self._labels.places[row : row + 1])[0][0] >= 0)
        return self._is_asking(row) and not self._is_asking(row - 1)

    def _is_asking(self, row: int) -> bool:
        return self._labels.places[row] < 0 and self._roles[row].as_py() == "user"
