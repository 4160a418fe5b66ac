from __future__ import annotations

import asyncio
import gc
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from agents.memory import SQLiteSession as SDKSession

from tests.frames.conversations import (
    SDK_SESSIONS,
    TALK,
    Handed,
    history,
    keeping,
    record,
    recorded,
)
from workbench.errors import InvalidValue
from workbench.frames import HISTORY_COLUMNS, history_frame
from workbench.sessions import MemorySession

DTYPES = [each.dtype for each in HISTORY_COLUMNS]


def dtypes(frame: pd.DataFrame) -> list[str]:
    return [str(each) for each in frame.dtypes]


def column(frame: pd.DataFrame, name: str) -> list[Any]:
    return [None if value is pd.NA else value for value in frame[name].tolist()]


def test_each_item_is_a_row_that_says_what_it_is() -> None:
    frame = history(asyncio.run(recorded()))
    assert dtypes(frame) == DTYPES
    assert column(frame, "session_id") == ["demo"] * 6
    assert column(frame, "order") == [1, 2, 3, 4, 5, 6]
    assert column(frame, "turn") == [1, 1, 1, 1, 2, 2]
    assert column(frame, "role") == ["user", "assistant", "tool", "assistant", "user", "assistant"]
    assert column(frame, "type")[:3] == ["message", "function_call", "function_call_output"]
    assert column(frame, "content")[:4] == ["Use add", 'add({"a": 2})', "5", "It is 5."]
    assert column(frame, "tool_call_function") == [None, "add", "add", None, None, None]
    assert column(frame, "tool_call_arguments") == [None, '{"a": 2}', None, None, None, None]
    assert column(frame, "tool_call_id") == [None, "c1", "c1", None, None, None]
    assert column(frame, "agent") == ["Ada"] * 6
    assert column(frame, "model") == ["offline"] * 6
    assert column(frame, "n_chars") == [len(each) for each in frame["content"]]
    assert column(frame, "item_id") == [None, "fc_1", None, "msg_1", None, None]
    assert frame["item"].tolist() == TALK
    assert frame["created_at"].notna().all()
    assert abs(frame["created_at"].iloc[0] - pd.Timestamp(datetime.now(UTC))).seconds < 60


def test_the_tokens_of_a_turn_are_counted_once() -> None:
    frame = history(asyncio.run(recorded()))
    assert column(frame, "input_tokens") == [None, None, None, 100, None, 10]
    assert frame["input_tokens"].sum() == 110
    assert frame.groupby("turn")["output_tokens"].sum().tolist() == [20, 4]


def test_the_tokens_of_a_turn_that_got_no_reply_are_counted_too() -> None:
    async def build() -> MemorySession:
        session = await keeping(TALK[0], {"role": "user", "content": "and more"}, turn_id="t1")
        await session.save_turn(record("t1", 0, "failed", input_tokens=7))
        return session

    assert column(history(asyncio.run(build())), "input_tokens") == [None, 7]


def test_tokens_that_are_not_known_are_missing_and_not_zero() -> None:
    async def build() -> MemorySession:
        session = await keeping(*TALK[4:], turn_id="t1")
        await session.save_turn(record("t1", 0, input_tokens=None, output_tokens=None))
        return session

    frame = history(asyncio.run(build()))
    assert frame["input_tokens"].isna().all()


@pytest.mark.parametrize("limit", [0, 1, 3, 6, 100])
def test_the_newest_rows_keep_their_places_in_the_whole_history(limit: int) -> None:
    session = asyncio.run(recorded())
    whole = history(session)
    newest = history(session, limit=limit)
    expected = whole.iloc[max(0, 6 - limit) :].reset_index(drop=True)
    pd.testing.assert_frame_equal(newest, expected)


def test_a_limit_may_be_a_number_of_a_frame_or_larger_than_any_history(tmp_path: Path) -> None:
    theirs = SDKSession("app", tmp_path / "app.db")
    asyncio.run(theirs.add_items([{"role": "user", "content": "Hi"}] * 3))
    for session in (theirs, asyncio.run(recorded())):
        assert len(history(session, limit=np.int64(2))) == 2
        assert len(history(session, limit=10**30)) == len(history(session))
    theirs.close()


@pytest.mark.parametrize("limit", [-1, 1.5, True, "3"])
def test_a_limit_that_is_no_count_is_refused(limit: Any) -> None:
    with pytest.raises(InvalidValue, match="limit"):
        history(MemorySession("demo"), limit=limit)


def test_places_are_missing_when_a_session_can_not_tell_them() -> None:
    frame = history(Handed(*TALK), limit=2)
    assert column(frame, "content") == ["Thanks", "You're welcome."]
    assert frame["order"].isna().all()
    assert frame["turn"].isna().all()
    assert column(history(Handed(*TALK), limit=7), "order") == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("name", SDK_SESSIONS)
def test_sessions_of_the_sdk_show_their_whole_history(name: str, tmp_path: Path) -> None:
    async def read() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        async with SDK_SESSIONS[name](tmp_path) as session:
            empty = await history_frame(session)
            await session.add_items(TALK)
            return empty, await history_frame(session), await history_frame(session, limit=1)

    empty, frame, newest = asyncio.run(read())
    assert dtypes(empty) == dtypes(frame) == dtypes(newest) == DTYPES
    assert len(empty) == 0
    assert frame["item"].tolist() == TALK
    assert column(frame, "order") == [1, 2, 3, 4, 5, 6]
    assert column(frame, "turn") == [1, 1, 1, 1, 2, 2]
    assert column(frame, "session_id") == ["demo"] * 6
    unknown = ["agent", "model", "input_tokens", "output_tokens", "created_at", "tool_call_error"]
    assert frame[unknown].isna().all(axis=None)
    assert column(newest, "content") == ["You're welcome."]


@pytest.mark.parametrize(
    ("output", "error"),
    [
        ({"output": "An error occurred while running the tool. Please try again."}, "An error"),
        ({"output": "Tool 'slow' timed out after 2 seconds."}, "Tool 'slow' timed out"),
        ({"output": "Tool execution was not approved."}, "Tool execution was not approved."),
        ({"output": "half an ans", "status": "incomplete"}, "half an ans"),
        ({"output": "", "status": "failed"}, "failed"),
        ({"output": "fine", "status": "completed"}, None),
        ({"output": "Tools that timed out after work are fine"}, None),
        ({"output": None}, None),
    ],
)
def test_a_failed_tool_is_told_from_one_that_answered(
    output: dict[str, Any], error: str | None
) -> None:
    item = {"type": "function_call_output", "call_id": "c1", **output}
    told = column(history(Handed(item)), "tool_call_error")[0]
    assert told is None if error is None else told.startswith(error)


def test_a_hosted_tool_that_failed_says_what_went_wrong() -> None:
    failed = {"type": "mcp_call", "name": "find", "arguments": "{}", "error": {"message": "gone"}}
    silent = {"type": "web_search_call", "status": "failed"}
    assert column(history(Handed(failed, silent)), "tool_call_error") == [
        "gone",
        "web_search_call failed",
    ]


ODD: list[Any] = [
    *(None, "text", 7, [], {}, [1, 2]),
    {"role": None, "content": None},
    {"role": "user", "content": [{"type": "input_image", "image_url": "data:x"}, None, "s", 4]},
    {"role": "user", "content": {"text": 3}},
    {"type": ["list"], "id": 9},
    {"type": "function_call", "name": 4, "arguments": {"a": {1}}, "call_id": 6},
    {"type": "function_call_output", "output": {"type": "input_file", "filename": "a.pdf"}},
    {"type": "reasoning", "encrypted_content": "gAAA"},
    {"type": "item_reference", "id": "x"},
    {"type": "from the future", "content": "?", "role": "user"},
    {"role": "assistant", "content": "half \ud83d"},
]


@pytest.mark.parametrize("item", [*ODD, ODD], ids=lambda item: repr(item)[:40])
def test_odd_items_make_a_row_like_any_other(item: Any) -> None:
    items = item if item is ODD else [item]
    frame = history(Handed(*items))
    assert dtypes(frame) == DTYPES
    assert len(frame) == len(items)
    assert all(shown is given for shown, given in zip(frame["item"], items, strict=True))
    assert frame["n_chars"].notna().all()


def test_a_frame_can_be_read_by_people_and_kept_in_a_file(tmp_path: Path) -> None:
    frame = history(asyncio.run(recorded()))
    assert "Use add" in repr(frame)
    frame.drop(columns="item").to_parquet(tmp_path / "history.parquet")
    again = pd.read_parquet(tmp_path / "history.parquet")
    assert again["content"].tolist() == frame["content"].tolist()


def test_a_hundred_thousand_items_take_about_a_second() -> None:
    session = Handed(*(TALK * 16_667))
    gc.collect()
    start = time.perf_counter()
    frame = history(session)
    assert len(frame) == 100_002
    assert time.perf_counter() - start < 6, "far more than the second it takes on a free machine"
    assert frame["turn"].iloc[-1] == 33_334
