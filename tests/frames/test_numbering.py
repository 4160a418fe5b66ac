from __future__ import annotations

import pytest

from workbench.frames.numbering import number_turns
from workbench.protocols import COMPACTION

U = {"role": "user", "content": "u"}
A = {"role": "assistant", "content": "a"}
S = {"role": "system", "content": "s"}
C = {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}
O = {"type": "function_call_output", "call_id": "c", "output": "o"}  # noqa: E741 - beside U, A, C


@pytest.mark.parametrize(
    ("items", "numbers"),
    [
        ([], []),
        ([U, A, U, A], [1, 1, 2, 2]),
        ([U, U, A], [1, 1, 1]),
        ([U, C, O, A, U], [1, 1, 1, 1, 2]),
        ([S, U, A, U], [1, 1, 1, 2]),
        ([A, U, A], [1, 1, 1]),
        ([A, A], [1, 1]),
        ([{}, U, {}], [1, 1, 1]),
    ],
)
def test_a_user_message_starts_a_turn_where_none_was_recorded(
    items: list[dict[str, str]], numbers: list[int]
) -> None:
    assert number_turns((each, None) for each in items) == numbers


@pytest.mark.parametrize(
    ("labelled", "numbers"),
    [
        ([(U, "x"), (A, "x"), (U, "y"), (A, "y")], [1, 1, 2, 2]),
        ([(U, "x"), (U, "y"), (A, "x"), (A, "y")], [1, 2, 1, 2]),
        ([(U, "x"), (U, None), (A, None)], [1, 2, 2]),
        ([(U, "x"), (C, "x"), (O, None), (A, None)], [1, 1, 1, 1]),
        ([(U, None), (A, None), (U, "x"), (A, "x")], [1, 1, 2, 2]),
        ([(S, None), (U, "x"), (A, "x")], [1, 1, 1]),
        ([(U, None), (U, "x"), (U, None)], [1, 2, 3]),
    ],
)
def test_recorded_turns_count_by_their_id(
    labelled: list[tuple[dict[str, str], str | None]], numbers: list[int]
) -> None:
    assert number_turns(labelled) == numbers


Z = f"{COMPACTION}1"


@pytest.mark.parametrize(
    ("labelled", "numbers"),
    [
        ([(A, Z), (U, "x"), (A, "x"), (U, "y")], [1, 1, 1, 2]),
        ([(S, None), (A, Z), (U, None), (A, None)], [1, 1, 1, 1]),
        ([(U, "x"), (A, Z), (A, "x"), (U, "y")], [1, 1, 1, 2]),
        ([(U, "x"), (A, "x"), (A, Z), (U, "y")], [1, 1, 1, 2]),
        ([(U, Z), (U, Z), (U, "x"), (A, "x")], [1, 1, 1, 1]),
        ([(U, None), (A, Z), (U, None)], [1, 1, 2]),
        ([(A, Z)], [1]),
    ],
)
def test_a_summary_is_no_turn_of_its_own(
    labelled: list[tuple[dict[str, str], str | None]], numbers: list[int]
) -> None:
    assert number_turns(labelled) == numbers
