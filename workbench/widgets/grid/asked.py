"""What a page asks of a grid, checked: whoever can run script there can send anything."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from workbench.errors import InvalidValue
from workbench.widgets.grid.column import GridColumn
from workbench.widgets.grid.filters import Filter, way
from workbench.widgets.grid.looking import Query

MOST_ROWS = 500
"""Rows of one page."""

_LONGEST = 1_000
"""Characters of a search."""


def query_of(columns: Sequence[GridColumn], given: Any) -> Query:
    """The query that a page sent. Raises InvalidValue."""
    given = given if isinstance(given, dict) else {}
    sort = given.get("sort")
    search = given.get("search", "")
    filters = given.get("filters") or []
    if not isinstance(search, str) or len(search) > _LONGEST:
        raise InvalidValue(f"a search is a text of up to {_LONGEST} characters")
    if not isinstance(filters, list) or len(filters) > len(columns):
        raise InvalidValue("filters are a list, one for a column")
    return Query(
        None if sort is None else number(sort, len(columns) - 1),
        given.get("descending") is True,
        tuple(_filter(columns, each) for each in filters),
        search,
    )


def number(value: Any, most: int) -> int:
    """A whole number from 0 to ``most``. Raises InvalidValue."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise InvalidValue(f"{value!r:.60} is no number from 0 to {most}")
    return value


def numbers(values: Any, most: int) -> list[int]:
    """Different whole numbers from 0 to ``most``. Raises InvalidValue."""
    if not isinstance(values, list) or len(values) > most + 1:
        raise InvalidValue("columns are a list of their numbers")
    return list(dict.fromkeys(number(each, most) for each in values))


def _filter(columns: Sequence[GridColumn], given: Any) -> Filter:
    if not isinstance(given, dict):
        raise InvalidValue("a filter has a column and values, or the ends of a range")
    column = number(given.get("column"), len(columns) - 1)
    if way(columns[column]) is None:
        raise InvalidValue(f"column {columns[column].name!r:.60} has no filter")
    values = given.get("values")
    if values is None:
        return Filter(column, None, _end(given.get("low")), _end(given.get("high")))
    if not isinstance(values, list) or not all(isinstance(v, str | None) for v in values):
        raise InvalidValue("the values of a filter are texts")
    return Filter(column, tuple(values))


def _end(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise InvalidValue(f"{value!r:.60} is no end of a range")
    return value
