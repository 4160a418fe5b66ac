"""Looking for words in the texts of a frame, piece by piece in threads.

Every word has to be in one of the row's texts, whatever its case; ``"dark mode"`` in double quotes
is looked for as it stands. A text is searched where it lies in Arrow's memory. Most pieces of a
million rows hold nothing of what is looked for: so many rows are first searched as if they were
one text, and only where there is something one by one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.widgets.grid.column import TEXT, Flags, GridColumn

PIECE = 32_768
"""Rows that are searched at once."""

_TOGETHER = 64
"""Rows that are first searched as one text."""

_TERM = re.compile(r'"([^"]+)"?|(\S+)')


class GivenUp(Exception):
    """What was being computed is not wanted any more."""


@dataclass(frozen=True, slots=True)
class Piece:
    """The rows from ``start`` on, and which of them have what is looked for."""

    start: int
    found: Flags


def terms_of(text: str) -> list[str]:
    """The words and phrases that ``text`` asks for."""
    found = ((phrase or word).strip() for phrase, word in _TERM.findall(text))
    return list(dict.fromkeys(each for each in found if each.strip('"')))


def pattern_of(terms: Sequence[str]) -> re.Pattern[str] | None:
    """What marks any of ``terms`` in a text; None for none."""
    if not terms:
        return None
    longest = sorted(terms, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest)), re.IGNORECASE)


def pieces(
    columns: Sequence[GridColumn], terms: Sequence[str], wanted: Flags | None, stop: Event
) -> Iterator[Piece]:
    """Look through all rows, in order, or those of ``wanted``. Raises GivenUp after ``stop``."""
    searched = [each for each in columns if each.kind == "text" and _has_texts(each)]
    asked = [[_Search(column, term) for column in searched] for term in terms]
    length = len(columns[0]) if columns else 0

    def look(start: int) -> Piece:
        end = min(start + PIECE, length)
        found = np.ones(end - start, dtype=np.bool_) if wanted is None else wanted[start:end]
        for searches in asked:
            found = found & _any(searches, start, end, found)
        return Piece(start, found)

    pool = ThreadPoolExecutor(min(4, os.cpu_count() or 1))
    try:
        for piece in pool.map(look, range(0, length, PIECE)):
            if stop.is_set():
                raise GivenUp
            yield piece
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _has_texts(column: GridColumn) -> bool:
    return column.has_codes or column.texts.null_count < len(column)


def _any(searches: Sequence[_Search], start: int, end: int, wanted: Flags) -> Flags:
    found = np.zeros(end - start, dtype=np.bool_)
    if not wanted.any():
        return found
    for each in searches:
        found |= each.within(start, end)
    return found


class _Search:
    """One term in one column."""

    def __init__(self, column: GridColumn, term: str) -> None:
        self._column = column
        self._pattern = f"(?i){re.escape(term)}"
        self._known: Flags | None = None
        if column.has_codes:
            _codes, values = column.codes
            texts = pa.array([*map(str, values), None], TEXT)  # the last for what is missing
            self._known = _matches(texts, self._pattern)

    def within(self, start: int, end: int) -> Flags:
        """Which of these rows have the term."""
        if self._known is not None:
            return self._known[self._column.codes[0][start:end]]
        parts = self._column.texts.slice(start, end - start).chunks
        return np.concatenate([_thinly(each, self._pattern) for each in parts])


def _matches(texts: Any, pattern: str) -> Flags:
    return np.asarray(pc.match_substring_regex(texts, pattern).fill_null(False))


def _thinly(texts: Any, pattern: str) -> Flags:
    """As `_matches`, for texts most of which don't match."""
    found = np.zeros(len(texts), dtype=np.bool_)
    if texts.null_count == len(texts):
        return found
    hits = np.flatnonzero(_matches(_joined(texts), pattern))
    if len(hits) * _TOGETHER * 2 > len(texts):
        return _matches(texts, pattern)
    for hit in hits:
        some = texts.slice(hit * _TOGETHER, _TOGETHER)
        found[hit * _TOGETHER : hit * _TOGETHER + len(some)] = _matches(some, pattern)
    return found


def _joined(texts: Any) -> Any:
    """Each _TOGETHER texts as one, in the same memory."""
    _valid, offsets, data = texts.buffers()
    ends = np.frombuffer(offsets, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    cuts = np.append(ends[:-1:_TOGETHER], ends[-1])
    return pa.LargeStringArray.from_buffers(len(cuts) - 1, pa.py_buffer(cuts.tobytes()), data)
