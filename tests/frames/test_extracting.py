from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.frames.odd_items import ITEMS, JSON
from workbench import items as of
from workbench.frames.columns import tool_error
from workbench.frames.counting import token_places, turn_numbers
from workbench.frames.extracting import facts
from workbench.frames.numbering import number_turns
from workbench.protocols import COMPACTION


@given(ITEMS)
def test_the_quick_way_finds_what_the_careful_one_does(item: dict[str, Any]) -> None:
    assert facts(item) == (
        of.role(item),
        of.kind(item),
        of.text(item),
        of.call_name(item),
        of.call_arguments(item),
        of.call_id(item),
        tool_error(item),
        item.get("id"),
    )


@given(JSON.filter(lambda value: not isinstance(value, dict)))
def test_what_is_no_item_has_a_row_all_the_same(value: Any) -> None:
    assert facts(value) == (None, "unknown", "", None, None, None, None, None)


ROLES = st.sampled_from(["user", "assistant"])
LABELS = st.sampled_from([None, None, "t1", "t2", "t3", f"{COMPACTION}1", f"{COMPACTION}2"])


@given(st.lists(st.tuples(ROLES, LABELS), max_size=30))
def test_turns_are_numbered_as_verbs_number_them(rows: list[tuple[str, str | None]]) -> None:
    codes = {label: code for code, label in enumerate(("t1", "t2", "t3"))}
    turns = np.array([codes.get(label or "", -1) for _role, label in rows], dtype=np.int64)
    users = np.array([role == "user" for role, _label in rows], dtype=np.bool_)
    summaries = np.array([str(label).startswith(COMPACTION) for _, label in rows], dtype=np.bool_)
    expected = number_turns(({"role": role}, label) for role, label in rows)
    assert turn_numbers(turns, users, summaries).tolist() == expected


@pytest.mark.parametrize(
    ("turns", "assistant", "places"),
    [
        ([0, 0, 1], [False, True, False], [1, 2, -1]),
        ([0, 0, 0], [True, True, False], [1, -1, -1]),
        ([-1, 2, 2], [True, False, False], [-1, -1, 2]),
        ([], [], [-1, -1, -1]),
    ],
)
def test_the_tokens_of_a_turn_lie_on_its_last_assistant_item_or_its_last(
    turns: list[int], assistant: list[bool], places: list[int]
) -> None:
    found = token_places(np.array(turns, dtype=np.int64), np.array(assistant, dtype=np.bool_), 3)
    assert found.tolist() == places
