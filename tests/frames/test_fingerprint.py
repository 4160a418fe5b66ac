from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.frames.conversations import START, TALK, record
from tests.frames.histories import STEPS, Step
from workbench.frames.fingerprint import Fingerprint, json_text
from workbench.frames.reading import Read
from workbench.protocols import TurnRecord

READS = [Read(item, item, START, "t1" if number < 4 else "t2") for number, item in enumerate(TALK)]
RECORDS = {"t1": record("t1", 0), "t2": record("t2", 1)}


def digest(
    reads: list[Read], records: dict[str, TurnRecord] | None = None, *, size: int = 100
) -> str:
    fingerprint = Fingerprint()
    for start in range(0, len(reads), size):
        fingerprint.take(reads[start : start + size], RECORDS if records is None else records)
    return fingerprint.digest


def changed(number: int, **changes: Any) -> list[Read]:
    return [replace(each, **changes) if n == number else each for n, each in enumerate(READS)]


@pytest.mark.parametrize(
    "reads",
    [
        READS[:-1],
        [*READS, READS[-1]],
        [READS[1], READS[0], *READS[2:]],
        changed(2, raw={**TALK[2], "output": "6"}),
        changed(2, created_at=START + timedelta(microseconds=1)),
        changed(2, created_at=None),
        changed(2, turn_id="t2"),
        changed(2, turn_id=None),
        changed(2, hidden=True),
    ],
)
def test_any_change_of_what_a_row_shows_is_another_fingerprint(reads: list[Read]) -> None:
    assert digest(reads) != digest(READS)


@pytest.mark.parametrize(
    "changes",
    [{"agent": "Bob"}, {"model": None}, {"input_tokens": 11}, {"output_tokens": None}],
    ids=str,
)
def test_so_is_any_change_of_what_is_recorded_of_a_turn(changes: dict[str, Any]) -> None:
    other = {**RECORDS, "t2": replace(RECORDS["t2"], **changes)}
    assert digest(READS, other) != digest(READS)
    assert digest(READS, {"t1": RECORDS["t1"]}) != digest(READS)


@given(steps=STEPS, size=st.integers(1, 9))
def test_how_it_is_read_does_not_matter(steps: list[Step], size: int) -> None:
    reads = [Read(item, item, None, turn) for items, turn in steps for item in items]
    assert digest(reads, size=size) == digest(reads)


@pytest.mark.parametrize(
    "item",
    [
        {"role": "user", "content": "é\U0001f600"},
        {"content": "\ud800", "null": None},
        {"big": 2**70, "none": None},
        {"infinite": float("inf")},
        {"quoted": 'null "\\'},
        [1, {"nested": [None]}],
        "no item",
        None,
    ],
    ids=repr,
)
def test_an_item_comes_back_from_its_text_as_it_was(item: Any) -> None:
    assert json.loads(json_text(item)) == item


def test_not_a_number_is_not_the_same_as_nothing() -> None:
    assert json_text({"x": float("nan")}) != json_text({"x": None})
    assert json.loads(json_text({"x": float("nan")}))["x"] != 0
