"""A look at a frame: which rows are seen, in what order. Its first rows are found first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Event
from typing import Any

import numpy as np

from workbench.widgets.grid.column import GridColumn, Ints
from workbench.widgets.grid.filters import Filter, kept
from workbench.widgets.grid.finding import GivenUp, pieces, terms_of
from workbench.widgets.grid.sorting import Rows, first_rows, sorted_rows

First = Callable[[Ints, int | None], None]
"""Takes the first rows, and how many there are in all where that is known."""
Told = Callable[[int, int], None]
"""Takes how many rows of how many have been searched."""


@dataclass(frozen=True, slots=True)
class Query:
    """What a reader asked for; ``sort`` is the place of a column."""

    sort: int | None = None
    descending: bool = False
    filters: tuple[Filter, ...] = ()
    search: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """The rows of a query: positions in the frame, in order; ``rows`` None: all, in their own."""

    query: Query
    rows: Rows
    total: int

    def page(self, start: int, count: int) -> Ints:
        """Some of them."""
        end = min(start + count, self.total)
        if self.rows is None:
            return np.arange(start, max(start, end), dtype=np.int64)
        return self.rows[start:end]


def whole_view(length: int) -> View:
    """All rows of a frame, as they are."""
    return View(Query(), None, length)


def look(
    columns: Sequence[GridColumn], query: Query, count: int, stop: Event, first: First, told: Told
) -> View:
    """The rows of ``query``. ``first`` is called with the first ``count`` as soon as they are
    known, which may be long before the rest. Raises GivenUp after ``stop``."""
    once = _Once(first)
    rows = _found(columns, query, count, stop, once, told)
    length = len(columns[0]) if columns else 0
    total = length if rows is None else len(rows)
    if query.sort is not None and total:
        column = columns[query.sort]
        if total > count:
            once(first_rows(column, rows, count, descending=query.descending), total)
        if stop.is_set():
            raise GivenUp
        rows = sorted_rows(column, rows, descending=query.descending)
    view = View(query, rows, total)
    once(view.page(0, count), total)
    return view


class _Once:
    """Passes on the first call alone."""

    def __init__(self, first: First) -> None:
        self._first, self._called = first, False

    def __call__(self, rows: Ints, total: int | None) -> None:
        if not self._called:
            self._called = True
            self._first(rows, total)


def _found(
    columns: Sequence[GridColumn],
    query: Query,
    count: int,
    stop: Event,
    once: _Once,
    told: Told,
) -> Rows:
    """The rows that pass the filters and have what is searched, in their own order."""
    flags = kept(columns, query.filters)
    terms = terms_of(query.search)
    if not terms:
        return None if flags is None else np.flatnonzero(flags)
    parts: list[Any] = []
    many = 0
    length = len(columns[0]) if columns else 0
    for piece in pieces(columns, terms, flags, stop):
        part = np.flatnonzero(piece.found) + piece.start
        parts.append(part)
        many += len(part)
        if many >= count and query.sort is None:
            once(np.concatenate(parts)[:count], None)
        told(piece.start + len(piece.found), length)
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)
