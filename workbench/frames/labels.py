"""Which turn each item of a history belongs to, and what is remembered of the turns.

An item has the place of its turn id in the list of all ids, so that a history of a million items
keeps each id once. States are never changed, only replaced: who works with an earlier one goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.frames.chunks import POOL, TEXT, Flags, Ints, concatenated, text_array
from workbench.protocols import COMPACTION, TurnColumns

_COUNT = pa.int64()


def _no_places() -> Ints:
    return np.array([], dtype=np.int64)


def _no_texts() -> Any:
    return pa.array([], TEXT)


def _no_counts() -> Any:
    return pa.array([], _COUNT)


@dataclass(frozen=True, slots=True)
class Records:
    """Records of turns as Arrow columns, in the order they came: of two with one id the later
    counts.
    """

    turn_ids: Any = field(default_factory=_no_texts)
    agents: Any = field(default_factory=_no_texts)
    models: Any = field(default_factory=_no_texts)
    input_tokens: Any = field(default_factory=_no_counts)
    output_tokens: Any = field(default_factory=_no_counts)

    def __len__(self) -> int:
        return len(self.turn_ids)

    def with_more(self, turns: TurnColumns) -> Records:
        """These and newer ones."""
        texts = [text_array(each) for each in (turns.turn_ids, turns.agents, turns.models)]
        counts = [pa.array(each, _COUNT) for each in (turns.input_tokens, turns.output_tokens)]
        mine = (self.turn_ids, self.agents, self.models, self.input_tokens, self.output_tokens)
        return Records(*(concatenated(both) for both in zip(mine, (*texts, *counts), strict=True)))


@dataclass(frozen=True, slots=True)
class Labels:
    """For each item the place of its turn in ``ids`` (-1: it has none), and for each of these the
    place of its record in ``records`` (-1: there is none).
    """

    ids: Any = field(default_factory=_no_texts)
    places: Ints = field(default_factory=_no_places)
    records: Records = field(default_factory=Records)
    recorded: Ints = field(default_factory=_no_places)

    @property
    def nbytes(self) -> int:
        """How much memory it takes."""
        records = (getattr(self.records, name) for name in Records.__slots__)
        columns = [self.ids, self.places, self.recorded, *records]
        return sum(int(each.nbytes) for each in columns)

    def with_items(self, labels: Sequence[Any]) -> Labels:
        """With more items behind the others, given by their turn ids (Arrow arrays)."""
        if not labels:
            return self
        encoded = pc.dictionary_encode(concatenated(labels), memory_pool=POOL)
        given = encoded.dictionary
        found = positions(given, self.ids)
        new = found < 0
        found[new] = len(self.ids) + np.arange(np.count_nonzero(new))
        places = np.full(len(encoded), -1)
        labelled = encoded.indices.is_valid().to_numpy(zero_copy_only=False)
        places[labelled] = found[encoded.indices.drop_null().to_numpy()]
        fresh = given.filter(pa.array(new))
        return replace(
            self,
            ids=concatenated([self.ids, fresh]) if len(fresh) else self.ids,
            places=np.concatenate([self.places, places]),
            recorded=np.concatenate([self.recorded, positions(fresh, self.records.turn_ids)]),
        )

    def with_records(self, turns: TurnColumns) -> Labels:
        """With newer records."""
        if not turns.turn_ids:
            return self
        records = self.records.with_more(turns)
        found = positions(records.turn_ids.slice(len(self.records)), self.ids)
        recorded = self.recorded.copy()
        there = found >= 0
        recorded[found[there]] = len(self.records) + np.flatnonzero(there)
        return replace(self, records=records, recorded=recorded)

    def without_records(self) -> Labels:
        """With no record at all."""
        return replace(self, records=Records(), recorded=np.full(len(self.ids), -1))

    def turns(self, places: Ints) -> tuple[Ints, Flags]:
        """Of items with these places: the same where it is that of a turn, else -1; and which
        stand for items that were summarised.
        """
        is_turn = np.append(self.are_turns(), False)
        turns = np.where(is_turn[places], places, -1)
        return turns, (places >= 0) & (turns < 0)

    def are_turns(self) -> Flags:
        """Which of ``ids`` are those of turns: the others are of compactions."""
        found = pc.starts_with(self.ids, COMPACTION)
        return np.invert(np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.bool_))


def positions(wanted: Any, among: Any) -> Ints:
    """Where each text of ``wanted`` (no two alike) stands last in ``among``; -1: nowhere.

    Both are Arrow arrays without nulls.
    """
    found = np.full(len(wanted), -1)
    if not len(wanted):
        return found
    if len(among) < 8 * len(wanted):
        places = pc.index_in(wanted, value_set=among.take(pa.array(np.arange(len(among))[::-1])))
        hit = places.is_valid().to_numpy(zero_copy_only=False)
        found[hit] = len(among) - 1 - places.drop_null().to_numpy()
    else:  # only the smaller one is worth a table of its own
        places = pc.index_in(among, value_set=wanted)
        hit = places.is_valid().to_numpy(zero_copy_only=False)
        found[places.drop_null().to_numpy()] = np.flatnonzero(hit)
    return found
