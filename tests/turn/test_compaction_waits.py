"""Who waits for a compaction after a turn, and on which event loop it is done."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from agents import Agent
from agents.memory import SQLiteSession as SDKSession

from tests.models.conftest import without_key
from tests.sessions.compaction.conversations import shape, turns, user
from workbench import loop
from workbench.binding import Binding, WorkbenchRunner, bind
from workbench.items import Item
from workbench.sessions import CompactionSession, MemorySession
from workbench.stores.memory import MemoryStore
from workbench.turn import scope, take_turn

__all__ = ["without_key"]


def compacting(store: MemoryStore | None = None, **options: Any) -> CompactionSession:
    return CompactionSession(MemorySession("demo", store=store), 4, **options)


class Summary:
    """A summary that is made only when it is let."""

    def __init__(self) -> None:
        self.started, self.go = threading.Event(), threading.Event()

    def __call__(self, items: list[Item]) -> str:
        self.started.set()
        assert self.go.wait(20)
        return "short"


class Told:
    """What the user is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def __call__(self, event: tuple[str, Any]) -> None:
        if event[0] == "notice":
            self.lines.append(event[1])

    def waits(self, part: str) -> bool:
        end = time.monotonic() + 20
        while not (found := any(part in line for line in self.lines)) and time.monotonic() < end:
            time.sleep(0.01)
        return found


async def streamed(runner: WorkbenchRunner, prompt: str) -> None:
    result = runner.run_streamed(Agent(name="Ada"), prompt)
    async for _event in result.stream_events():
        pass


async def test_the_next_turn_begins_when_the_history_is_short() -> None:
    summary, store = Summary(), MemoryStore()
    session = compacting(store, summary_model=summary)
    await session.append(turns(2))
    first = asyncio.create_task(take_turn(session, "one"))
    assert await asyncio.to_thread(summary.started.wait, 20)
    second = asyncio.create_task(take_turn(MemorySession("demo", store=store), "two"))
    await asyncio.sleep(0.1)
    assert not first.done()
    assert not second.done()
    assert (await session.turns())[-1].status == "done"  # recorded before it is compacted
    summary.go.set()
    await asyncio.wait_for(asyncio.gather(first, second), 20)
    assert shape(await session.get_items())[:1] == ["S"]


@pytest.mark.parametrize("slow", [True, False])
async def test_who_waits_for_a_long_summary_is_told_what_for(
    slow: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    summary, told = Summary(), Told()
    monkeypatch.setattr(scope, "SOON", 0.05 if slow else 60.0)
    session = compacting(summary_model=summary)
    await session.append(turns(2))
    taken = asyncio.create_task(take_turn(session, "one", emit=told))
    assert await asyncio.to_thread(summary.started.wait, 20)
    if slow:
        assert await asyncio.to_thread(told.waits, "being compacted")
    summary.go.set()
    turn = await asyncio.wait_for(taken, 20)
    assert told.lines[-1].startswith("Compacted")
    assert any("being compacted" in line for line in told.lines) == slow
    assert not any("being compacted" in line for line in turn.notices)


async def test_a_stop_while_it_compacts_keeps_the_turn_and_the_history() -> None:
    summary = Summary()
    session = compacting(summary_model=summary)
    await session.append(turns(2))
    task = asyncio.create_task(take_turn(session, "My name is John"))
    assert await asyncio.to_thread(summary.started.wait, 20)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 5)
    assert len(await session.get_items()) == 6
    assert [record.status for record in await session.turns()] == ["done"]
    summary.go.set()
    async with asyncio.timeout(20):
        assert (await take_turn(session, "What's my name?")).text == "Your name is John."


async def test_a_bound_stream_ends_before_the_summary_and_the_next_run_waits_for_it() -> None:
    summary, told = Summary(), list[str]()
    session = compacting(summary_model=summary)
    await session.append(turns(2))
    binding = Binding(session, "demo", lambda: False)
    bind(binding)
    runner = WorkbenchRunner(told.append)
    async with asyncio.timeout(20):
        await streamed(runner, "My name is John")
        assert await asyncio.to_thread(summary.started.wait, 20)
        assert not summary.go.is_set()
        assert [turn.status for turn in binding.turns] == ["done"]
        second = asyncio.create_task(streamed(runner, "What's my name?"))
        await asyncio.sleep(0.1)
        assert not second.done()
        summary.go.set()
        await second
        assert await asyncio.to_thread(binding.end) == 0
    assert told[0] == "Compacted 4 items into one summary (a function)."
    assert "Compacted" in binding.turns[0].notices[-1]
    records = await session.turns()
    assert [record.requests for record in records] == [
        turn.usage.requests for turn in binding.turns
    ]


async def test_a_stream_and_then_a_plain_call_in_one_cell_do_not_hold_each_other_up() -> None:
    session = compacting()
    await session.append(turns(2))
    binding = Binding(session, "demo", lambda: False)
    bind(binding)
    runner = WorkbenchRunner(lambda _line: None)
    await streamed(runner, "My name is John")
    # What a cell does whose event loop runs: the loop stands still until it returns.
    result = runner.run_sync(Agent(name="Ada"), "What's my name?")
    assert result.final_output == "Your name is John."
    assert await asyncio.to_thread(binding.end) == 0
    assert [turn.status for turn in binding.turns] == ["done", "done"]


async def test_the_end_of_a_cell_waits_for_the_summary_and_tells_its_cost() -> None:
    session = compacting()
    await session.append(turns(2))
    binding = Binding(session, "demo", lambda: False)
    bind(binding)
    await streamed(WorkbenchRunner(lambda _line: None), "My name is John")
    await asyncio.to_thread(binding.end)
    (turn,) = binding.turns
    assert turn.usage.requests == 2
    assert (await session.turns())[-1].input_tokens == turn.usage.input_tokens
    assert shape(await session.get_items())[0] == "S"


def test_an_interrupt_at_the_end_of_a_cell_ends_the_summary_and_keeps_the_turn() -> None:
    summary = Summary()
    session = compacting(summary_model=summary)
    binding = Binding(session, "demo", lambda: False)

    async def cell() -> None:
        bind(binding)
        await session.append(turns(2))
        await streamed(WorkbenchRunner(lambda _line: None), "My name is John")

    asyncio.run(cell())
    assert summary.started.wait(20)
    main = threading.main_thread().ident
    impatient = threading.Timer(0.1, signal.pthread_kill, [main, signal.SIGINT])
    impatient.start()
    begun = time.monotonic()
    assert binding.end() == 0
    assert time.monotonic() - begun < 10
    impatient.join()
    assert [turn.usage.requests for turn in binding.turns] == [1]
    assert len(asyncio.run(session.get_items())) == 6
    summary.go.set()
    assert loop.run(take_turn(session, "What's my name?")).text == "Your name is John."


@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
async def test_a_session_of_the_sdk_is_compacted_on_its_own_loop(
    stream: bool, tmp_path: Path
) -> None:
    inner = SDKSession("app", tmp_path / "app.db")
    session = CompactionSession(inner, 4)
    for text in ("My name is John", "I prefer dark mode", "Hi"):
        await take_turn(session, text, stream=stream)
    assert shape(await inner.get_items())[0] == "S"
    assert (await take_turn(session, "What's my name?", stream=stream)).text == "Your name is John."
    await session.close()
    inner.close()


async def test_a_bound_stream_on_a_session_of_the_sdk_is_compacted_too(tmp_path: Path) -> None:
    inner = SDKSession("app", tmp_path / "app.db")
    session = CompactionSession(inner, 4)
    await session.append(turns(2))
    binding = Binding(session, "demo", lambda: False)
    bind(binding)
    async with asyncio.timeout(20):
        await streamed(WorkbenchRunner(lambda _line: None), "My name is John")
        second = await WorkbenchRunner(lambda _line: None).run(Agent(name="Ada"), "What's my name?")
    assert second.final_output == "Your name is John."
    assert shape(await session.get_items())[0] == "S"
    assert await asyncio.to_thread(binding.end) == 0
    await session.close()
    inner.close()


def test_plain_calls_compact_as_well() -> None:
    session = compacting()
    for text in ("My name is John", "I prefer dark mode", "Hi"):
        loop.run(take_turn(session, text))
    assert loop.run(take_turn(session, "What's my name?")).text == "Your name is John."
    assert loop.run(session.undo_compaction()) == 3
    assert loop.run(session.undo_compaction()) == 4


class Keeping:
    """A summary that notes the event loop it is made on, as connections do."""

    def __init__(self) -> None:
        self.loops: list[asyncio.AbstractEventLoop] = []

    async def __call__(self, items: list[Item]) -> str:
        self.loops.append(asyncio.get_running_loop())
        await asyncio.sleep(0.01)
        return "short"


async def test_a_model_is_asked_on_the_loop_of_the_run_where_its_connections_are() -> None:
    summary = Keeping()
    session = compacting(summary_model=summary)
    await session.append(turns(3))
    await session.compact()  # by hand
    await session.add_items(turns(3))  # as the SDK's own runner does
    await session.settled()
    binding = Binding(session, "demo", lambda: False)
    bind(binding)
    runner = WorkbenchRunner(lambda _line: None)
    await session.append(turns(3))
    await runner.run(Agent(name="Ada"), "Hi")
    await session.append(turns(3))
    await streamed(runner, "Hi")
    await asyncio.sleep(0)
    await session.get_items()
    assert summary.loops == [asyncio.get_running_loop()] * 4
    await session.append(turns(3))
    await asyncio.to_thread(loop.run, take_turn(session, "Hi"))
    assert summary.loops[4:] == [loop.home().loop]


async def test_a_turn_does_not_wait_for_a_summary_that_waits_for_the_turn() -> None:
    summary = Keeping()
    session = compacting(summary_model=summary)
    await session.add_items([user("My name is John"), *turns(3)[1:]])
    # A cell that asks by a plain call: this loop stands still, and the summary with it.
    turn = loop.run(asyncio.wait_for(take_turn(session, "What's my name?"), 20))
    assert turn.text == "Your name is John."
    await session.settled()
    items = await session.get_items()
    assert (shape(items)[:2], len(items)) == (["S", "What's my name?"], 3)
