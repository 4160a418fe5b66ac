from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.widgets.grid.frames import many_texts, odd_frame
from workbench.widgets.grid.column import columns_of
from workbench.widgets.grid.sorting import first_rows, sorted_rows

FRAME = odd_frame()
NESTED = ("item", "mixed")
SORTED = [name for name in FRAME.columns if name not in NESTED]


@pytest.mark.parametrize("descending", [False, True])
def test_every_column_sorts_as_pandas_does_stable_and_missing_last(descending: bool) -> None:
    for name in SORTED:
        check(name, descending)


def check(name: str, descending: bool) -> None:
    column = columns_of(FRAME)[list(FRAME.columns).index(name)]
    values = FRAME[name]
    expected = values.sort_values(
        kind="stable", ascending=not descending, na_position="last"
    ).index.to_numpy()
    assert sorted_rows(column, None, descending=descending).tolist() == expected.tolist()
    some = np.flatnonzero(np.arange(len(FRAME)) % 3 == 0)
    few = values.iloc[some].sort_values(kind="stable", ascending=not descending)
    assert sorted_rows(column, some, descending=descending).tolist() == few.index.tolist()


@pytest.mark.parametrize("descending", [False, True])
def test_the_first_rows_are_those_of_the_whole_order(descending: bool) -> None:
    for column in columns_of(FRAME):
        for rows in (None, np.arange(3, 400, 2)):
            whole = sorted_rows(column, rows, descending=descending)
            for count in (0, 1, 20, 499, 500, 900):
                first = first_rows(column, rows, count, descending=descending)
                assert first.tolist() == whole[:count].tolist(), (column.name, count)


def test_items_and_objects_sort_by_their_text() -> None:
    frame = pd.DataFrame({"object": [{"b": 1}, "a", None, ["c"], 3]})
    (column,) = columns_of(frame)
    assert column.kind == "text"
    order = sorted_rows(column, None, descending=False).tolist()
    assert [frame["object"][each] for each in order] == [3, ["c"], "a", {"b": 1}, None]


def test_an_empty_frame_and_a_column_without_values_sort() -> None:
    for values in ([], [None, None]):
        frame = pd.DataFrame({"a": pd.Series(values, dtype="string")})
        (column,) = columns_of(frame)
        rows = list(range(len(values)))
        assert sorted_rows(column, None, descending=True).tolist() == rows
        assert first_rows(column, None, 5, descending=True).tolist() == rows


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("few", [False, True])
def test_the_first_of_very_many_texts_are_those_of_the_whole_order(
    descending: bool, few: bool
) -> None:
    frame = many_texts(60_000)
    frame["content"] = frame["content"].str.slice(0, 5) if few else frame["content"]
    frame.loc[::7, "content"] = pd.NA
    column = columns_of(frame)[1]
    assert column.is_coded == few
    whole = frame["content"].sort_values(kind="stable", ascending=not descending)
    for rows in (None, np.arange(5, 60_000, 2)):
        expected = whole.index if rows is None else whole.index[whole.index.isin(rows)]
        first = first_rows(column, rows, 20, descending=descending)
        assert first.tolist() == expected[:20].tolist()
