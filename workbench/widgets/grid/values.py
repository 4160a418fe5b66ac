"""One value as text: whole, or a preview of it that a cell has room for."""

from __future__ import annotations

import json
import re
from typing import Any

import pandas as pd

from workbench.render.text import clean, one_line

WIDE = 200
"""Characters of a value that travel for its cell; the detail of the row has the rest."""

_BEFORE = 15
"""Characters that stand before the first match, where it lies beyond what a cell shows."""


def is_missing(value: Any) -> bool:
    """Whether there is no value: None, NA, NaN, NaT."""
    return value is None or (pd.api.types.is_scalar(value) and bool(pd.isna(value)))


def text_of(value: Any) -> str | None:
    """A value as its whole text; what is nested as JSON, what is missing as None."""
    if isinstance(value, str):
        return value
    if is_missing(value):
        return None
    if isinstance(value, (dict, list, tuple)):
        return json_of(value)
    if isinstance(value, pd.Timestamp):
        return value.isoformat(sep=" ")
    return str(value)


def json_of(value: Any, indent: int | None = None) -> str:
    """Nested values as JSON; what JSON does not know as its text."""
    try:
        return json.dumps(value, ensure_ascii=False, default=str, indent=indent)
    except (TypeError, ValueError, RecursionError):
        return str(value)


def preview(value: Any, terms: re.Pattern[str] | None = None) -> str | None:
    """What a cell shows of a value: one line, cut; around the first match of ``terms``."""
    if isinstance(value, float):
        return None if value != value else format(value, ".6g")
    if isinstance(value, pd.Timestamp):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    text = text_of(value)
    if text is None:
        return None
    found = terms.search(text) if terms is not None else None
    if found is None or found.end() < WIDE:
        return one_line(text, WIDE)
    return "…" + one_line(text[max(0, found.start() - _BEFORE) :], WIDE - 1)


def whole(value: Any, most: int) -> tuple[str, int]:
    """A value for the detail of a row, and how many characters are left out above ``most``."""
    text = text_of(value) or ""
    return clean(text[:most]), max(0, len(text) - most)
