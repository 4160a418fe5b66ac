from __future__ import annotations

from types import ModuleType

import pandas as pd
import pytest

from workbench.frames import (
    CATALOGUE_COLUMNS,
    HISTORY_COLUMNS,
    SESSION_COLUMNS,
    TURN_COLUMNS,
    Column,
    build_frame,
    catalogue,
    columns,
    columns_table,
    turns,
)

EVERY = [
    pytest.param(columns, HISTORY_COLUMNS, id="history"),
    pytest.param(turns, TURN_COLUMNS, id="turns"),
    pytest.param(catalogue, SESSION_COLUMNS, id="sessions"),
    pytest.param(catalogue, CATALOGUE_COLUMNS, id="catalogue"),
]


def test_history_has_the_documented_columns_in_order() -> None:
    assert [each.name for each in HISTORY_COLUMNS] == (
        "session_id order turn role type content tool_call_function tool_call_arguments "
        "tool_call_id tool_call_error agent model input_tokens output_tokens n_chars created_at "
        "item_id hidden item"
    ).split()


@pytest.mark.parametrize(("module", "documented"), EVERY)
def test_the_table_in_the_documentation_is_the_one_of_the_frame(
    module: ModuleType, documented: tuple[Column, ...]
) -> None:
    assert f"\n{columns_table(documented)}\n" in (module.__doc__ or "")


@pytest.mark.parametrize(("module", "documented"), EVERY)
def test_a_frame_without_rows_has_the_same_columns_and_dtypes(
    module: ModuleType, documented: tuple[Column, ...]
) -> None:
    frame = build_frame(documented, [])
    assert list(frame.columns) == [each.name for each in documented]
    assert [str(each) for each in frame.dtypes] == [each.dtype for each in documented]
    assert len(frame) == 0


def test_the_table_is_markdown() -> None:
    first, rule, row = columns_table(HISTORY_COLUMNS[:1]).splitlines()
    assert first == "| column | dtype | meaning |"
    assert rule == "| --- | --- | --- |"
    assert row == "| `session_id` | string | the conversation |"


def test_half_a_surrogate_pair_is_shown_and_not_an_error() -> None:
    column = Column("text", "string", "", lambda row: row)
    frame = build_frame([column], ["ok", "half \ud83d", "\ud83d\ude00", None, 5])
    assert frame["text"].tolist() == ["ok", "half \ufffd", "😀", pd.NA, "5"]
