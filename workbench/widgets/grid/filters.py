"""Which rows have some values: the filters of a grid, and the values there are to choose from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.errors import InvalidValue
from workbench.widgets.grid.column import Flags, GridColumn
from workbench.widgets.grid.values import preview, text_of

FILTERED = ("role", "type", "tool_call_function", "tool", "session", "session_id", "name", "turn")
"""Names of the columns that a grid filters by, where they are there."""

BY_RANGE = "turn"
"""Filtered from one number to another: too many to choose them one by one."""

MOST = 200
"""Values that are offered at once; others are found by their text."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Rows whose value in a column is one of ``values`` (None: a missing one), or lies between
    ``low`` and ``high`` (None: open)."""

    column: int
    values: tuple[str | None, ...] | None = None
    low: float | None = None
    high: float | None = None


def way(column: GridColumn) -> str | None:
    """How a column is filtered: by values, by range, or not at all."""
    if column.name not in FILTERED or column.kind == "item":
        return None
    return "range" if column.name == BY_RANGE and column.kind == "number" else "values"


def kept(columns: Sequence[GridColumn], filters: Sequence[Filter]) -> Flags | None:
    """Which rows pass all filters; None: every one."""
    flags: Flags | None = None
    for each in filters:
        passed = _passed(columns[each.column], each)
        flags = passed if flags is None else flags & passed
    return flags


def _passed(column: GridColumn, asked: Filter) -> Flags:
    if asked.values is None:
        return _between(column, asked.low, asked.high)
    codes, values = column.codes
    wanted = set(asked.values)
    chosen = [text_of(each) in wanted for each in values]
    return np.array([*chosen, None in wanted], dtype=np.bool_)[codes]  # the last is that of -1


def _between(column: GridColumn, low: float | None, high: float | None) -> Flags:
    if column.kind != "number" or column.numbers is None:
        raise InvalidValue(f"column {column.name!r:.60} has no numbers to choose a range of")
    numbers, missing = column.numbers
    flags = np.ones(len(numbers), dtype=np.bool_) if missing is None else ~missing
    if low is not None:
        flags &= numbers >= low
    if high is not None:
        flags &= numbers <= high
    return flags


def choices(column: GridColumn, like: str = "") -> dict[str, Any]:
    """The values of a column with how many rows have each, the most frequent first.

    ``values`` are ``[value, shown, count]``, up to MOST of those that hold the text ``like``;
    ``more`` says how many others there are.
    """
    codes, values = column.codes
    counts = np.bincount(codes + 1, minlength=len(values) + 1)
    texts = [text_of(each) for each in values]
    folded = like.casefold()
    found = [place for place, text in enumerate(texts) if folded in (text or "").casefold()]
    found.sort(key=lambda place: -counts[place + 1])
    offered: list[list[Any]] = [
        [texts[place], preview(texts[place]), int(counts[place + 1])] for place in found[:MOST]
    ]
    if counts[0] and not like:
        offered.append([None, None, int(counts[0])])
    return {"values": offered, "more": max(0, len(found) - MOST)}
