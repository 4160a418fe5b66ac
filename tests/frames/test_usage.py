from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from workbench.frames import usage as module
from workbench.frames.columns import columns_table
from workbench.frames.usage import GROUPS, USAGE_COLUMNS, Spending, usage_frame
from workbench.protocols import TurnRecord

LATE = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)


def turn(session: str = "demo", cost: float | None = 0.5, **known: Any) -> Spending:
    record: dict[str, Any] = {
        "turn_id": "t",
        "session_id": session,
        "started_at": LATE,
        "seconds": 2.0,
        "status": "done",
        "agent": "Ann",
        "model": "gpt-x",
        "requests": 1,
        "input_tokens": 10,
        "output_tokens": 5,
    }
    return Spending(session, TurnRecord(**{**record, **known}), cost)


def frame(*turns: Spending, by: list[str] | None = None, zone: Any = UTC) -> pd.DataFrame:
    return usage_frame(turns, ["session"] if by is None else by, zone=zone)


def test_turns_are_added_up_in_their_group() -> None:
    row = frame(turn(), turn(), turn("other")).iloc[0]
    assert (row["session"], row["turns"], row["requests"]) == ("demo", 2, 2)
    assert (row["input_tokens"], row["output_tokens"], row["total_tokens"]) == (20, 10, 30)
    assert (row["seconds"], row["cost"], row["estimated"], row["unknown"]) == (4.0, 1.0, False, 0)


@pytest.mark.parametrize("by", [list(GROUPS), [], ["day", "model"]])
def test_the_dtypes_are_the_same_when_there_is_nothing(by: list[str]) -> None:
    full, empty = frame(turn(), by=by), frame(by=by)
    assert list(full.columns) == [*by, *(each.name for each in USAGE_COLUMNS)]
    assert full.dtypes.astype(str).to_dict() == empty.dtypes.astype(str).to_dict()
    expected = {each.name: each.dtype for each in USAGE_COLUMNS}
    assert empty.dtypes.astype(str).to_dict() == {**dict.fromkeys(by, "string"), **expected}
    assert empty.empty


def test_for_no_group_there_is_one_row() -> None:
    assert frame(turn(), turn("other"), by=[])["turns"].tolist() == [2]


def test_a_price_that_is_not_known_makes_the_cost_na_and_never_zero() -> None:
    found = frame(turn(), turn(cost=None), turn("other")).set_index("session")
    assert found.loc["demo", "cost"] is pd.NA
    assert found.loc["demo", "total_tokens"] == 30
    assert found.loc["other", "cost"] == 0.5


def test_tokens_that_nobody_told_are_counted_as_unknown_and_are_in_no_sum() -> None:
    silent = turn(cost=None, input_tokens=None, output_tokens=None, requests=None, estimated=True)
    row = frame(turn(), silent).iloc[0]
    assert (row["turns"], row["unknown"], row["total_tokens"], row["cost"]) == (2, 1, 15, 0.5)
    assert (row["seconds"], row["requests"], row["estimated"]) == (4.0, 1, False)
    alone = frame(silent).iloc[0]
    for name in ("requests", "input_tokens", "output_tokens", "total_tokens", "cost"):
        assert alone[name] is pd.NA


def test_half_known_tokens_are_no_total() -> None:
    row = frame(turn(output_tokens=None)).iloc[0]
    assert (row["input_tokens"], row["unknown"]) == (10, 1)
    assert row["total_tokens"] is pd.NA


def test_an_estimate_is_marked() -> None:
    assert frame(turn(), turn(estimated=True))["estimated"].tolist() == [True]


def test_groups_are_in_order_and_what_is_not_known_is_last() -> None:
    turns = [turn(model=None), turn(model="b"), turn(model="a", agent=None), turn(model="a")]
    found = frame(*turns, by=["model", "agent"])
    pairs = [tuple(pair) for pair in found[["model", "agent"]].fillna("-").to_numpy()]
    assert pairs == [("a", "Ann"), ("a", "-"), ("b", "Ann"), ("-", "Ann")]


def test_a_day_begins_at_midnight_of_the_zone() -> None:
    turns = [turn(), turn(started_at=LATE + timedelta(hours=1))]
    assert frame(*turns, by=["day"])["day"].tolist() == ["2026-11-22", "2026-11-23"]
    helsinki = frame(*turns, by=["day"], zone=ZoneInfo("Europe/Helsinki"))
    assert helsinki["day"].tolist() == ["2026-11-23"]


def test_sums_of_costs_are_exact_enough_to_add_up() -> None:
    assert frame(*[turn(cost=0.1)] * 10)["cost"].tolist() == [1.0]


def test_the_columns_are_documented() -> None:
    assert columns_table(USAGE_COLUMNS) in (module.__doc__ or "")
