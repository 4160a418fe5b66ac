from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from workbench.protocols import Status, TurnRecord
from workbench.sessions import MemorySession
from workbench.turn.approvals import settle_answered


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
