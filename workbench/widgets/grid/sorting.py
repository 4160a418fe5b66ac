"""The order of rows by one column: stable, what is missing last, as pandas sorts.

A page shows the first rows at once: they are found without sorting the others, and are the first
rows of the whole order, which is made behind.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.widgets.grid.column import Flags, GridColumn, Ints

_SEVERAL = 3_000
"""Rows up to which texts are quicker looked at one by one than gathered in Arrow's memory."""

Rows = Ints | None
"""Positions of rows, in order; None: all of them, in their own."""


def first_rows(column: GridColumn, rows: Rows, count: int, *, descending: bool) -> Ints:
    """The first ``count`` of `sorted_rows`."""
    places = _all(column) if rows is None else rows
    kept, last = _parted(column, rows, places)
    candidates = _candidates(column, kept, min(count, len(kept)), descending)
    return np.concatenate([_sorted(column, candidates, descending), last])[:count]


def sorted_rows(column: GridColumn, rows: Rows, *, descending: bool) -> Ints:
    """``rows`` by the values of ``column``; those without one come last, in both directions."""
    kept, last = _parted(column, rows, _all(column) if rows is None else rows)
    return np.concatenate([_sorted(column, kept, descending), last])


def _all(column: GridColumn) -> Ints:
    return np.arange(len(column), dtype=np.int64)


def _parted(column: GridColumn, rows: Rows, places: Ints) -> tuple[Ints, Ints]:
    """The rows that have a value, and those that have none."""
    missing = _missing(column)
    if missing is None:
        return places, places[:0]
    without = missing if rows is None else missing[rows]
    return places[~without], places[without]


def _missing(column: GridColumn) -> Flags | None:
    if column.numbers is not None:
        return column.numbers[1]
    texts = column.texts
    return np.asarray(pc.is_null(texts)) if texts.null_count else None


def _candidates(column: GridColumn, rows: Ints, count: int, descending: bool) -> Ints:
    """The rows up to the value of the last that is wanted, with its equals; in their own order."""
    if count == len(rows) or count == 0:
        return rows[:count]
    if column.numbers is not None:
        values = column.numbers[0][rows]
        place = len(rows) - count if descending else count - 1
        bound = np.partition(values, place)[place]
        return _where(rows, values >= bound if descending else values <= bound)
    texts = _texts(column, rows)
    best = pc.select_k_unstable(texts, count, [("", _direction(descending))])
    last = texts[best[count - 1].as_py()]
    return _where(rows, pc.greater_equal(texts, last) if descending else pc.less_equal(texts, last))


def _sorted(column: GridColumn, rows: Ints, descending: bool) -> Ints:
    if column.numbers is None and len(rows) <= _SEVERAL:
        texts = [column.texts[int(row)].as_py() for row in rows]
        order = sorted(range(len(rows)), key=texts.__getitem__, reverse=descending)
        return _where(rows, np.array(order, dtype=np.intp))
    if column.numbers is None:
        keys = [("", _direction(descending))]
        return _where(rows, pc.sort_indices(_texts(column, rows), sort_keys=keys))
    values = column.numbers[0][rows]
    if descending:  # backwards twice: equals keep their order
        return _where(rows, len(rows) - 1 - np.argsort(values[::-1], kind="stable")[::-1])
    return _where(rows, np.argsort(values, kind="stable"))


def _where(rows: Ints, where: Any) -> Ints:
    """The rows at these places, or those with a flag."""
    return np.asarray(rows[np.asarray(where)])


def _direction(descending: bool) -> Any:
    return "descending" if descending else "ascending"


def _texts(column: GridColumn, rows: Ints) -> Any:
    """The texts of ``rows``, which are in their own order."""
    texts = column.texts
    if len(rows) == len(texts):
        return texts
    mask = np.zeros(len(texts), dtype=np.bool_)
    mask[rows] = True
    return texts.filter(pa.array(mask))
