"""When a compaction starts, who waits for it, and what happens meanwhile."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from agents import Agent, RunConfig, Runner
from agents.memory import Session, is_openai_responses_compaction_aware_session
from agents.memory import SQLiteSession as SDKSession
from agents.testing import ScriptedModel

from tests.contract_runner import says
from tests.models.conftest import without_key
from tests.sessions.compaction.conversations import (
    Slow,
    assistant,
    call,
    compacted_keys,
    compacting,
    output,
    shape,
    turns,
    user,
)
from workbench import items as of
from workbench.errors import ModelError
from workbench.protocols import EndsTurns, Spent
from workbench.sessions import MemorySession
from workbench.stores.memory import MemoryStore

__all__ = ["without_key"]

QUIET = RunConfig(tracing_disabled=True)

# When it starts, and who waits for it


async def test_only_the_end_of_a_turn_starts_it() -> None:
    session = compacting()
    await session.add_items([*turns(4), user("next")])
    await session.add_items([call("a")])
    await session.settled()
    assert await session.archived() == []
    await session.add_items([output("a")])
    await session.settled()
    assert await session.archived() == []
    await session.add_items([assistant("done")])
    await session.settled()
    found = shape(await session.get_items())
    assert found == ["S", "next", "function_call:a", "function_call_output:a", "done"]


def test_the_sdk_leaves_it_to_itself() -> None:
    session: Any = compacting()
    assert isinstance(session, Session)
    assert not is_openai_responses_compaction_aware_session(session)


async def test_who_appends_by_turn_says_himself_when_the_turn_is_over() -> None:
    session = compacting()
    await session.append(turns(4), turn_id="t1")
    await session.settled()
    assert await session.archived() == []
    assert isinstance(session, EndsTurns)
    spent = await session.after_turn("t1")
    assert isinstance(spent, Spent)
    assert spent.notice == "Compacted 5 items into one summary (offline)."
    assert (spent.requests, spent.estimated) == (1, True)
    assert spent.input_tokens == 10
    assert await session.after_turn("t1") is None


async def test_a_stream_ends_without_waiting_for_the_summary() -> None:
    slow = Slow()
    session = compacting(summary_model=slow)
    await session.add_items(turns(3))
    agent = Agent(name="A", model=ScriptedModel([says("one"), says("two")]))
    async with asyncio.timeout(20):
        result = Runner.run_streamed(agent, "go", session=session, run_config=QUIET)
        async for _event in result.stream_events():
            pass
        await slow.under_way()
        assert not slow.go.is_set()
        waiting = asyncio.create_task(session.get_items())
        await asyncio.sleep(0.05)
        assert not waiting.done()  # the next turn reads the history when it is short
        slow.go.set()
        assert shape(await waiting)[0] == "S"


@pytest.mark.parametrize("reader", ["get_items", "rows", "settled", "close", "other handle"])
async def test_who_reads_or_closes_waits_for_one_that_is_under_way(reader: str) -> None:
    slow, store = Slow(), MemoryStore()
    session = compacting(MemorySession("demo", store=store), summary_model=slow)
    other = compacting(MemorySession("demo", store=store))
    await session.add_items(turns(4))
    await slow.under_way()
    work = {"other handle": other.get_items}.get(reader) or getattr(session, reader)
    task = asyncio.create_task(work())
    await asyncio.sleep(0.15)
    assert not task.done()
    slow.go.set()
    await asyncio.wait_for(task, 20)
    assert len(await other.rows()) == 4


async def test_what_is_appended_meanwhile_is_kept_behind_the_summary() -> None:
    slow = Slow()
    session = compacting(summary_model=slow)
    await session.add_items(turns(4))
    await slow.under_way()
    await session.add_items([user("meanwhile")])
    slow.go.set()
    await session.settled()
    found = shape(await session.get_items())
    assert found == ["S", "answer 2", "question 3", "answer 3", "meanwhile"]


async def test_what_is_popped_meanwhile_is_seen_before_anything_is_changed() -> None:
    slow = Slow()
    session = compacting(summary_model=slow, keep_last=0)
    await session.add_items(turns(4))
    await slow.under_way()
    assert await session.pop_item() == assistant("answer 3")  # it is part of what is summarised
    slow.go.set()
    await session.settled()
    assert shape(await session.get_items()) == ["S", "question 3"]
    assert [len(items) for items in slow.given] == [7, 6]


async def test_what_is_cleared_meanwhile_does_not_come_back() -> None:
    slow = Slow()
    session = compacting(summary_model=slow)
    await session.add_items(turns(4))
    await slow.under_way()
    await session.clear_session()
    slow.go.set()
    await session.settled()
    assert await session.get_items() == []
    assert await session.archived() == []


async def test_many_handles_at_once_end_with_one_compaction() -> None:
    store, made = MemoryStore(), []

    def summary(items: list[Any]) -> str:
        made.append(len(items))
        return "short"

    sessions = [
        compacting(MemorySession("demo", store=store), summary_model=summary) for _ in range(8)
    ]
    await sessions[0].append(turns(4))
    reports = await asyncio.gather(*(session.compact() for session in sessions))
    assert sum(report.id is not None for report in reports) == 1
    assert made == [5]
    assert len(await compacted_keys(sessions[0])) == 1


async def test_it_may_be_stopped_and_nothing_has_happened() -> None:
    slow = Slow()
    session = compacting(summary_model=slow, max_messages=20, keep_last=2)
    await session.append(turns(4))
    task = asyncio.create_task(session.compact())
    await slow.under_way()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await session.get_items() == turns(4)
    slow.go.set()
    assert (await session.compact()).id is not None


async def test_a_cancelled_wait_does_not_stop_it() -> None:
    slow = Slow()
    session = compacting(summary_model=slow)
    await session.add_items(turns(4))
    await slow.under_way()
    waiting = asyncio.create_task(session.get_items())
    await asyncio.sleep(0.05)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    slow.go.set()
    await session.settled()
    assert len(await session.get_items()) == 4


def test_an_event_loop_that_ends_meanwhile_holds_nothing_up(tmp_path: Path) -> None:
    inner = SDKSession("app", tmp_path / "app.db")
    session = compacting(inner, summary_model=never)
    asyncio.run(session.add_items(turns(4)))
    assert asyncio.run(asyncio.wait_for(session.get_items(), 20)) == turns(4)
    asyncio.run(session.close())
    inner.close()


async def never(_items: list[Any]) -> str:
    """A summary that is never made."""
    await asyncio.Event().wait()
    raise AssertionError


async def test_who_makes_the_summary_may_look_at_the_session() -> None:
    async def curious(_items: list[Any]) -> str:
        return f"{len(await session.get_items())} items"

    session = compacting(summary_model=curious)
    await session.add_items(turns(4))
    await asyncio.wait_for(session.settled(), 20)
    items = await session.get_items()
    assert of.text(items[0]).endswith("8 items")

    async def greedy(_items: list[Any]) -> str:
        return (await again.compact()).summary

    again = compacting(summary_model=greedy)
    await again.append(turns(4))
    with pytest.raises(ModelError, match="can't compact as well") as caught:
        await asyncio.wait_for(again.compact(), 20)
    assert await again.get_items() == turns(4)
    assert caught.value is not None
