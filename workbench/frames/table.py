"""A whole history as columns: what its chunks hold, and what only the history as a whole tells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from workbench.frames.chunks import TEXT, Chunk, Flags, Ints, flags, text_array
from workbench.frames.columns import Column
from workbench.frames.counting import token_places, turn_numbers
from workbench.frames.item_array import ItemArray
from workbench.frames.labels import Labels
from workbench.frames.settled import Settled
from workbench.frames.tools import tools_of

_RUN = 10_000
"""How often a constant text is really in memory: a column of it is made of slices of this."""


@dataclass(frozen=True)
class Table:
    """The items of a history; ``whole`` says that it begins with the first of them, ``tools`` are
    those of `tools_of`, and ``settled`` what else the whole tells, where they are known.
    """

    session_id: str
    chunks: Sequence[Chunk]
    labels: Labels
    whole: bool = True
    tools: Any = None
    settled: Settled | None = None

    def __len__(self) -> int:
        return sum(map(len, self.chunks))

    def frame(self, columns: Sequence[Column], skip: int = 0) -> pd.DataFrame:
        """The DataFrame of these columns, without the first ``skip`` rows."""
        made = {each.name: _MAKERS[each.name](self)[skip:] for each in columns}
        # Nothing of these is shared with the chunks but what can't be written to.
        return pd.DataFrame(made, copy=False)

    def texts(self, name: str) -> Any:
        """A column of texts in Arrow's form."""
        return pa.chunked_array([each.texts[name] for each in self.chunks], TEXT)

    def is_role(self, role: str) -> Flags:
        """Which items have this role."""
        return flags(pc.equal(self.texts("role"), pa.scalar(role, TEXT)))

    @cached_property
    def live(self) -> Flags | None:
        """Which items are in the conversation; None: all of them."""
        if all(each.archived is None for each in self.chunks):
            return None
        return ~flags(pc.is_valid(self.archived))

    @cached_property
    def archived(self) -> Any:
        """Why each item is in the archive, in Arrow's form."""
        return pa.chunked_array([each.archived_texts() for each in self.chunks], TEXT)

    @cached_property
    def records(self) -> Ints | None:
        """The place of each item's record, -1 where there is none; None: there is none at all."""
        if not (self.labels.recorded >= 0).any():
            return None
        return _looked_up(self.labels.recorded, self.labels.places)

    @cached_property
    def counted(self) -> tuple[Ints, Ints]:
        """On which items the tokens of turns lie, and the places of the records that have them."""
        if self.settled is not None:
            return self.settled.counted, self.settled.records
        labels = self.labels
        places = token_places(labels.places, self.is_role("assistant"), len(labels.ids))
        there = (places >= 0) & (labels.recorded >= 0)
        return places[there], labels.recorded[there]


def _looked_up(values: Ints, places: Ints) -> Ints:
    """``values`` at ``places``; -1 at -1."""
    return np.append(values, -1)[places]


def _string(values: Any) -> Any:
    return pd.arrays.ArrowStringArray(values)


def _constant(text: str | None, length: int) -> Any:
    """A column that says the same everywhere, in the memory of one short run of it."""
    run = text_array([text]).take(pa.array(np.zeros(min(length, _RUN), dtype=np.int64)))
    runs = [run] * (length // _RUN) + [run.slice(0, length % _RUN)]
    return _string(pa.chunked_array(runs, TEXT))


def _numbers(values: Ints, known: Flags | None = None) -> Any:
    mask = np.zeros(len(values), dtype=np.bool_) if known is None else ~known
    return pd.arrays.IntegerArray(values, mask)


def _order(table: Table) -> Any:
    length = len(table)
    if not table.whole:
        return _numbers(np.zeros(length, dtype=np.int64), np.zeros(length, dtype=np.bool_))
    if table.live is None:
        return _numbers(np.arange(1, length + 1))
    return _numbers(np.cumsum(table.live), table.live)


def _turn(table: Table) -> Any:
    length = len(table)
    if not table.whole:
        return _numbers(np.zeros(length, dtype=np.int64), np.zeros(length, dtype=np.bool_))
    if table.settled is not None:
        return _numbers(table.settled.numbers.copy())
    labels = table.labels
    turns, summaries = labels.turns(labels.places)
    users = table.is_role("user")
    if table.live is None:
        return _numbers(turn_numbers(turns, users, summaries))
    live = table.live
    numbers = np.zeros(length, dtype=np.int64)
    numbers[live] = turn_numbers(turns[live], users[live], summaries[live])
    # An archived item has the number of its turn where some of that is still in the history.
    of_turn = np.zeros(len(labels.ids) + 1, dtype=np.int64)
    of_turn[turns[live & (turns >= 0)]] = numbers[live & (turns >= 0)]
    numbers[~live] = np.where(turns[~live] >= 0, of_turn[turns[~live]], 0)
    return _numbers(numbers, numbers > 0)


def _tool(table: Table) -> Any:
    return _string(tools_of(table.chunks) if table.tools is None else table.tools)


def _of_record(name: str) -> Callable[[Table], Any]:
    def made(table: Table) -> Any:
        if table.settled is not None and (known := getattr(table.settled, name)) is not None:
            return _string(pa.chunked_array(known, TEXT))
        if table.records is None:
            return _constant(None, len(table))
        values = getattr(table.labels.records, name)
        return _string(values.take(pa.array(table.records, mask=table.records < 0)))

    return made


def _tokens(name: str) -> Callable[[Table], Any]:
    def made(table: Table) -> Any:
        values = np.zeros(len(table), dtype=np.int64)
        known = np.zeros(len(table), dtype=np.bool_)
        if len(table.labels.records):
            places, records = table.counted
            counts = getattr(table.labels.records, name).take(pa.array(records))
            values[places] = counts.fill_null(0).to_numpy()
            known[places] = counts.is_valid().to_numpy(zero_copy_only=False)
        return _numbers(values, known)

    return made


def _of_items(name: str) -> Callable[[Table], Any]:
    return lambda table: _string(table.texts(name))


def _n_chars(table: Table) -> Any:
    return _numbers(_joined([each.n_chars for each in table.chunks], np.int64))


def _created_at(table: Table) -> Any:
    parts = [each.created_at.to_numpy(zero_copy_only=False) for each in table.chunks]
    times = pd.DatetimeIndex(_joined(parts, np.dtype("datetime64[us]")))
    return times.tz_localize("UTC").array


def _hidden(table: Table) -> Any:
    hidden = _joined([each.hidden_flags() for each in table.chunks], np.bool_)
    return pd.arrays.BooleanArray(hidden, np.zeros(len(table), dtype=np.bool_))


def _joined(parts: Sequence[np.ndarray[Any, Any]], dtype: Any) -> np.ndarray[Any, Any]:
    """All parts as one array of its own."""
    return np.concatenate(parts) if parts else np.array([], dtype=dtype)


def _item(table: Table) -> Any:
    items = [each.items for each in table.chunks]
    if items and isinstance(items[0], np.ndarray):
        return ItemArray(np.concatenate(items))
    return ItemArray(pa.chunked_array(items, pa.large_binary()))


_MAKERS: dict[str, Callable[[Table], Any]] = {
    "session_id": lambda table: _constant(table.session_id, len(table)),
    "order": _order,
    "turn": _turn,
    "archived": lambda table: _string(table.archived),
    "role": _of_items("role"),
    "type": _of_items("type"),
    "content": _of_items("content"),
    "tool_call_function": _tool,
    "tool_call_arguments": _of_items("tool_call_arguments"),
    "tool_call_id": _of_items("tool_call_id"),
    "tool_call_error": _of_items("tool_call_error"),
    "agent": _of_record("agents"),
    "model": _of_record("models"),
    "input_tokens": _tokens("input_tokens"),
    "output_tokens": _tokens("output_tokens"),
    "n_chars": _n_chars,
    "created_at": _created_at,
    "item_id": _of_items("item_id"),
    "hidden": _hidden,
    "item": _item,
}
"""How each column is made; the columns themselves are HISTORY_COLUMNS and FULL_COLUMNS."""
