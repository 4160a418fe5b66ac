from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from tests.frames.conversations import TALK
from workbench.frames.item_array import ItemArray, ItemDtype

ODD: list[Any] = [{"a": 1}, [1, 2], [3, 4], "text", 7, None]


def texts(items: list[Any] = TALK) -> ItemArray:
    """Items as a store keeps them, in two chunks."""
    encoded = [None if each is None else json.dumps(each).encode() for each in items]
    kind = pa.large_binary()
    return ItemArray(pa.chunked_array([pa.array(encoded[:2], kind), pa.array(encoded[2:], kind)]))


def objects(items: list[Any] = TALK) -> ItemArray:
    """Items as Python objects."""
    return ItemArray._from_sequence(items)


@pytest.fixture(params=[texts, objects], ids=["texts", "objects"])
def series(request: pytest.FixtureRequest) -> pd.Series[Any]:
    return pd.Series(request.param())


def test_an_item_is_a_dict(series: pd.Series[Any]) -> None:
    assert str(series.dtype) == "item"
    assert series[0] == TALK[0]
    assert series.iloc[-1] == TALK[-1]
    assert type(series[0]) is dict
    assert len(series) == series.size == len(TALK)
    with pytest.raises(IndexError):
        series.iloc[len(TALK)]


def test_all_items_at_once(series: pd.Series[Any]) -> None:
    assert series.tolist() == list(series) == TALK
    assert series.astype(object).tolist() == series.to_numpy().tolist() == TALK
    assert series.to_numpy().dtype == object
    assert series.map(lambda item: item.get("role")).tolist()[0] == "user"
    assert series.apply(len).tolist() == [len(each) for each in TALK]
    assert [item for _, item in series.items()] == TALK


@pytest.mark.parametrize(
    "where",
    [
        *(slice(1, 4), slice(None, None, 2), slice(None, None, -1), slice(4, 1), [], [0, 5, 2]),
        *([-1, 0], [True, False, True, False, False, True], np.array([3, 3]), slice(-2, None)),
    ],
    ids=repr,
)
def test_some_of_the_items(series: pd.Series[Any], where: Any) -> None:
    expected = pd.Series(TALK, dtype=object)
    assert series.iloc[where].tolist() == expected.iloc[where].tolist()
    assert series.array[where].tolist() == expected.iloc[where].tolist()


def test_filters_sorts_and_groups_of_a_frame_carry_the_items_along(series: pd.Series[Any]) -> None:
    frame = pd.DataFrame({"number": range(len(TALK)), "item": series})
    assert frame[frame["number"] > 3]["item"].tolist() == TALK[4:]
    assert frame.sort_values("number", ascending=False)["item"].tolist() == TALK[::-1]
    assert frame.set_index("number").loc[2, "item"] == TALK[2]
    grouped = frame.groupby(frame["number"] % 2)["item"].first()
    assert grouped.tolist() == TALK[:2]
    assert frame.explode("number")["item"].tolist() == TALK


def test_parts_are_put_together_whatever_they_are_made_of(series: pd.Series[Any]) -> None:
    for other in (texts(), objects()):
        both = pd.concat([series, pd.Series(other)], ignore_index=True)
        assert str(both.dtype) == "item"
        assert both.tolist() == TALK * 2
    assert pd.concat([series.iloc[:0], series]).tolist() == TALK


def test_what_is_missing_is_none(series: pd.Series[Any]) -> None:
    wider = series.reindex([0, 99, 1])
    assert str(wider.dtype) == "item"
    assert wider.tolist() == [TALK[0], None, TALK[1]]
    assert wider.isna().tolist() == [False, True, False]
    assert wider.dropna().tolist() == TALK[:2]
    assert wider.notna().sum() == wider.count() == 2
    assert series.shift(1).tolist() == [None, *TALK[:-1]]
    with pytest.raises(ValueError, match="-1"):
        series.array.take([-2], allow_fill=True)
    with pytest.raises(IndexError):
        series.array.take([len(TALK)])


def test_equality_is_that_of_the_items(series: pd.Series[Any]) -> None:
    assert (series == pd.Series(objects())).all()
    assert (series == pd.Series(texts(TALK[::-1]))).tolist() == [
        one == other for one, other in zip(TALK, TALK[::-1], strict=True)
    ]
    assert (series.array == TALK[0]).tolist() == [True] + [False] * 5
    assert (series.array != TALK[0]).tolist() == [False] + [True] * 5
    assert series.equals(pd.Series(texts()))
    with pytest.raises(ValueError, match=r"shorter|longer"):
        _ = series.array == TALK[:2]
    pd.testing.assert_series_equal(series, pd.Series(objects()))


def test_writing_to_a_copy_leaves_the_first_one_as_it_was(series: pd.Series[Any]) -> None:
    copy = series.copy()
    copy.iloc[1] = None
    copy.array[0] = {"role": "user", "content": "another"}
    copy.array[[2, 3]] = [{"a": 1}, {"b": 2}]
    copy.array[4:] = {"c": 3}
    assert copy.tolist() == [
        *({"role": "user", "content": "another"}, None, {"a": 1}, {"b": 2}, {"c": 3}, {"c": 3}),
    ]
    assert series.tolist() == TALK


def test_a_dict_that_is_looked_at_is_the_reader_s_own() -> None:
    series = pd.Series(texts())
    series[0]["content"] = "changed"
    assert series[0] == TALK[0]


def test_it_is_pickled_copied_and_shown(series: pd.Series[Any]) -> None:
    again = pickle.loads(pickle.dumps(series))  # our own bytes
    assert again.tolist() == TALK
    part = pickle.loads(pickle.dumps(series.iloc[2:4]))
    assert part.tolist() == TALK[2:4]
    assert "Use add" in repr(series)
    assert "Use add" in repr(series.array)
    frame = pd.DataFrame({"item": series})
    assert "Use add" in repr(frame)
    assert "Use add" in frame.to_html()
    assert series.nbytes > 0
    assert pd.DataFrame({"item": series}).memory_usage(deep=True)["item"] > 0


def test_parquet_holds_json_and_gives_items_back(series: pd.Series[Any], tmp_path: Path) -> None:
    pd.DataFrame({"item": series}).to_parquet(tmp_path / "items.parquet")
    column = pa.parquet.read_table(tmp_path / "items.parquet")["item"]
    assert [json.loads(str(each)) for each in column.to_pylist()] == TALK
    again = pd.read_parquet(tmp_path / "items.parquet")["item"]
    assert str(again.dtype) == "item"
    assert again.tolist() == TALK
    assert pa.array(series).type == pa.large_string()


def test_json_and_dicts_of_a_frame_have_the_items(series: pd.Series[Any]) -> None:
    frame = pd.DataFrame({"item": series})
    assert frame.to_dict("records")[3]["item"] == TALK[3]
    assert json.loads(frame.to_json(orient="records"))[3]["item"] == TALK[3]


def test_objects_stay_the_very_same_whatever_they_are(tmp_path: Path) -> None:
    series = pd.Series(objects(ODD))
    assert all(found is given for found, given in zip(series, ODD, strict=True))
    assert series.to_numpy().tolist() == ODD
    assert series.isna().tolist() == [False] * 5 + [True]
    assert pd.Series(ODD, dtype="item").tolist() == ODD
    again = pickle.loads(pickle.dumps(series))
    assert again.tolist() == ODD
    pd.DataFrame({"item": series}).to_parquet(tmp_path / "items.parquet")
    table = pa.parquet.read_table(tmp_path / "items.parquet")
    kept = table["item"].to_pylist()
    assert [None if each is None else json.loads(each) for each in kept] == ODD


def test_what_only_a_slow_reader_of_json_takes_is_read() -> None:
    series = pd.Series(texts([{"a": float("inf")}, {"b": "\ud83d"}, {"c": 10**400}]))
    assert series.tolist() == [{"a": float("inf")}, {"b": "\ud83d"}, {"c": 10**400}]


def test_the_dtype_is_found_by_its_name() -> None:
    assert pd.api.types.pandas_dtype("item") == ItemDtype()
    empty = pd.Series([], dtype="item")
    assert empty.tolist() == []
    assert str(empty.dtype) == "item"
    assert pd.api.types.is_object_dtype(pd.Series(texts()).astype(object))
