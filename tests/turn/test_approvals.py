from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from workbench.protocols import Status, TurnRecord
from workbench.sessions import MemorySession
from workbench.turn.approvals import answers_earlier, left_open, settle_answered


def call(identity: str) -> dict[str, Any]:
    return {"type": "function_call", "call_id": identity, "name": "erase", "arguments": "{}"}


def output(identity: str) -> dict[str, Any]:
    return {"type": "function_call_output", "call_id": identity, "output": "erased"}


async def ended(session: MemorySession, turn_id: str, status: Status, *items: Any) -> list[str]:
    """End a turn as its run does; the statuses of all turns after it."""
    await session.append(items, turn_id=turn_id)
    await session.save_turn(TurnRecord(turn_id, session.session_id, datetime.now(UTC), 0.1, status))
    await settle_answered(session, turn_id, items)
    return [record.status for record in await session.turns()]


async def test_a_turn_that_waited_is_done_when_all_its_calls_are_answered() -> None:
    session = MemorySession("demo")
    assert await ended(session, "t1", "pending", call("a"), call("b")) == ["pending"]
    assert await ended(session, "t2", "pending", output("a")) == ["pending", "pending"]
    assert await ended(session, "t3", "done", output("b")) == ["done"] * 3


async def test_a_turn_that_answers_its_own_calls_leaves_the_others_waiting() -> None:
    session = MemorySession("demo")
    await ended(session, "t1", "pending", call("a"))
    assert await ended(session, "t2", "done", call("b"), output("b")) == ["pending", "done"]
    assert await ended(session, "t3", "pending", call("c")) == ["pending", "done", "pending"]


USER = {"role": "user", "content": "x"}
REPLY = {"role": "assistant", "content": "y"}
ASKS = {"type": "mcp_approval_request", "id": "m1", "name": "send", "arguments": "{}"}
ALLOWS = {"type": "mcp_approval_response", "approval_request_id": "m1", "approve": True}
HOSTED = {"type": "web_search_call", "call_id": "w1", "results": [{"text": "found"}]}


@pytest.mark.parametrize(
    ("items", "tools"),
    [
        ([], []),
        ([USER, REPLY], []),
        ([USER, call("a")], ["erase"]),
        ([USER, call("a"), call("b"), output("a")], ["erase"]),
        ([USER, call("a"), output("a")], []),
        ([USER, call("a"), USER, REPLY], []),  # it was said when the conversation went on
        ([USER, ASKS], ["send"]),
        ([USER, ASKS, ALLOWS], []),
        ([USER, HOSTED], []),
        ([call("a")], ["erase"]),
    ],
)
def test_what_the_last_turn_left_open_is_told_by_its_tools(items: Any, tools: list[str]) -> None:
    assert left_open(items) == tools


async def test_a_request_of_a_hosted_tool_waits_until_it_is_answered() -> None:
    session = MemorySession("demo")
    assert await ended(session, "t1", "pending", USER, ASKS) == ["pending"]
    assert await ended(session, "t2", "done", USER, call("a"), output("a")) == ["pending", "done"]
    assert await ended(session, "t3", "done", ALLOWS, REPLY) == ["done"] * 3


async def test_a_turn_that_was_taken_out_waits_on() -> None:
    session = MemorySession("demo")
    await ended(session, "t1", "pending", USER, call("a"))
    await session.archive([row.key for row in await session.rows()], reason="rewound")
    await ended(session, "t2", "pending", USER, call("b"))
    assert await ended(session, "t3", "done", output("b")) == ["pending", "done", "done"]


def test_only_answers_to_earlier_calls_are_kept_of_a_run_that_failed() -> None:
    items = [output("old"), call("new"), output("new"), REPLY]
    assert answers_earlier(items) == [output("old")]
