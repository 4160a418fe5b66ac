from __future__ import annotations

import re
from threading import Event

import numpy as np
import pandas as pd
import pytest

from tests.widgets.grid.frames import many_texts, odd_frame
from workbench.widgets.grid.column import Flags, columns_of
from workbench.widgets.grid.finding import PIECE, GivenUp, pattern_of, pieces, terms_of

FRAME = odd_frame()


def found(frame: pd.DataFrame, search: str, wanted: Flags | None = None) -> list[int]:
    parts = pieces(columns_of(frame), terms_of(search), wanted, Event())
    flags = np.concatenate([each.found for each in parts])
    assert len(flags) == len(frame)
    return np.flatnonzero(flags).tolist()


def expected(frame: pd.DataFrame, terms: list[str]) -> list[int]:
    """By a plain loop over all texts."""
    names = [name for name in frame.columns if frame[name].dtype in ("string", "category", object)]
    rows = []
    for place in range(len(frame)):
        values = [frame[name].iloc[place] for name in names]
        texts = [
            each if isinstance(each, str) else repr(each) for each in values if each is not None
        ]
        patterns = [re.compile(re.escape(term), re.IGNORECASE) for term in terms]
        if all(any(each.search(text) for text in texts) for each in patterns):
            rows.append(place)
    return rows


@pytest.mark.parametrize(
    ("search", "terms"),
    [
        ("dark", ["dark"]),
        ("DARK mode", ["DARK", "mode"]),
        ('"Dark mode"', ["Dark mode"]),
        ("été", ["été"]),
        ("模式", ["模式"]),
        ("[image]", ["[image]"]),
        ("a.b", ["a.b"]),
        ("(c) \\d", ["(c)", "\\d"]),
        ("user café", ["user", "café"]),
        ("nowhere", ["nowhere"]),
        ('"unfinished phrase', ["unfinished phrase"]),
    ],
)
def test_every_word_is_found_whatever_its_case(search: str, terms: list[str]) -> None:
    assert terms_of(search) == terms
    assert found(FRAME, search) == expected(FRAME, terms)


def test_needles_in_a_long_frame_are_found_where_its_memory_is_cut() -> None:
    frame = many_texts(2 * PIECE + 4_464)
    assert found(frame, "needle") == [0, 70, 4_999, 5_000, len(frame) - 1]
    assert found(frame, "assistant needle") == [4_999, len(frame) - 1]
    assert len(found(frame, "hay")) == sum(number % 7 > 0 for number in range(len(frame)))
    odd = np.arange(len(frame)) % 2 == 1
    assert found(frame, "needle", odd) == [4_999, len(frame) - 1]


def test_a_search_that_is_not_wanted_any_more_ends() -> None:
    stop = Event()
    parts = pieces(columns_of(many_texts(3 * PIECE)), ["hay"], None, stop)
    next(parts)
    stop.set()
    with pytest.raises(GivenUp):
        list(parts)


def test_blanks_and_quotes_alone_look_for_nothing() -> None:
    assert [terms_of(each) for each in ("", "  ", '"', '""', '" "')] == [[]] * 5
    assert pattern_of([]) is None


def test_marks_stand_at_the_longest_word() -> None:
    pattern = pattern_of(terms_of('dark "dark mode"'))
    assert pattern is not None
    assert pattern.findall("Dark Mode, dark") == ["Dark Mode", "dark"]
