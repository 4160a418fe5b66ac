"""Turns on a session that compacts: when it does, and what it costs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.models.conftest import without_key
from tests.sessions.compaction.conversations import turns
from tests.turn.models import Refuses, agent, erase, said
from workbench.binding import Binding, WorkbenchRunner, bind
from workbench.errors import TurnFailed
from workbench.items import Item
from workbench.protocols import Spent
from workbench.sessions import CompactionSession, MemorySession
from workbench.stores.memory import MemoryStore
from workbench.turn import take_turn
from workbench.turn.record import Usage

__all__ = ["without_key"]


def compacting(store: MemoryStore | None = None, **options: Any) -> CompactionSession:
    return CompactionSession(MemorySession("demo", store=store), 4, **options)


@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
async def test_a_turn_that_makes_the_history_too_long_compacts_it(stream: bool) -> None:
    session = compacting()
    told: list[Any] = []
    await take_turn(session, "My name is John", stream=stream)
    await take_turn(session, "I prefer dark mode", stream=stream)
    assert await session.archived() == []
    turn = await take_turn(session, "Set language to Finnish", stream=stream, emit=told.append)
    assert said(await session.get_items()) == ["assistant", "user", "assistant"]
    notice = "Compacted 4 items into one summary (offline)."
    assert ("notice", notice) in told
    assert notice in turn.notices
    after = await take_turn(session, "What's my name?", stream=stream)
    assert after.text == "Your name is John."


async def test_the_cost_of_the_summary_is_part_of_the_turn() -> None:
    plain, session = MemorySession("demo"), compacting()
    for target in (plain, session):
        await take_turn(target, "My name is John")
        await take_turn(target, "I prefer dark mode")
    alone = await take_turn(plain, "Hi")
    turn = await take_turn(session, "Hi")
    for count in ("requests", "input_tokens", "output_tokens"):
        assert getattr(turn.usage, count) > getattr(alone.usage, count)
    assert turn.usage.requests == 2
    record = (await session.turns())[-1]
    assert (record.requests, record.input_tokens, record.output_tokens) == (
        turn.usage.requests,
        turn.usage.input_tokens,
        turn.usage.output_tokens,
    )
    assert f"{turn.usage.input_tokens:,} + " in turn.footer


def test_costs_are_added_and_what_is_not_known_stays_unknown() -> None:
    spent = Spent(1, 10, 2, estimated=True)
    assert Usage(1, 5, 5).plus(spent) == Usage(2, 15, 7, estimated=True)
    assert Usage(1, None, None).plus(spent) == Usage(2, None, None, estimated=True)
    assert Usage().plus(spent).requests == 1


async def test_a_summary_that_fails_leaves_the_turn_as_it_is_and_says_so() -> None:
    def broken(_items: list[Item]) -> str:
        raise ConnectionError("not there")

    session = compacting(summary_model=broken)
    for text in ("one", "two"):
        await take_turn(session, text)
    turn = await take_turn(session, "My name is John")
    assert turn.status == "done"
    assert "was not compacted: the summary failed (ConnectionError)" in turn.notices[-1]
    assert len(await session.get_items()) == 6
    again = await take_turn(session, "What's my name?")
    assert again.text == "Your name is John."
    assert "was not compacted" in again.notices[-1]


async def test_a_turn_that_fails_or_waits_compacts_nothing() -> None:
    session = compacting()
    await session.append(turns(3))
    with pytest.raises(TurnFailed):
        await take_turn(session, "Hi", agent=agent(Refuses()))
    assert await session.get_items() == turns(3)
    careful = agent(tools=[erase])
    turn = await take_turn(session, "Call erase with name='x.txt'", agent=careful)
    assert turn.status == "pending"
    assert len(await session.get_items()) == 8


async def test_a_call_that_waits_for_approval_is_resumed_behind_a_summary() -> None:
    session = compacting()
    await take_turn(session, "My name is John")
    careful = agent(tools=[erase])
    waiting = await take_turn(session, "Call erase with name='x.txt'", agent=careful)
    for number in range(4):
        await session.append(turns(1, first=number), turn_id=f"t{number}")
    assert (await session.compact()).id is not None
    assert "function_call" in said(await session.get_items())
    state = waiting.result.to_state()
    state.approve(waiting.result.interruptions[0])
    bind(Binding(session, "demo", lambda: False))
    result = await WorkbenchRunner(lambda _line: None).run(careful, state)
    assert "erased x.txt" in result.final_output
    assert {record.status for record in await session.turns()} == {"done"}
    assert said(await session.get_items())[-2:] == ["function_call_output", "assistant"]
    told = await take_turn(session, "What's my name?")
    assert told.text == "Your name is John."
