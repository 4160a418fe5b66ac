"""Ends that go wrong themselves: a stop at the last moment, a store that fails meanwhile."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.full_store import FullStore
from tests.turn.models import Refuses, agent, said
from workbench.errors import StoreFull, TurnFailed
from workbench.models.resolve import WorkbenchProvider
from workbench.sessions import MemorySession
from workbench.turn import take_turn


async def test_a_stop_while_connections_are_closed_leaves_the_session_free(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    closing = asyncio.Event()

    async def slowly(_provider: Any) -> None:
        closing.set()
        await asyncio.sleep(30)

    session = MemorySession("demo")
    with monkeypatch.context() as patch:
        patch.setattr(WorkbenchProvider, "aclose", slowly)
        task = asyncio.create_task(take_turn(session, "My name is John"))
        await closing.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert [record.status for record in await session.turns()] == ["done"]
    async with asyncio.timeout(5):
        assert (await take_turn(session, "What's my name?")).text == "Your name is John."


async def test_a_failure_that_cannot_be_recorded_is_still_told() -> None:
    session = MemorySession("demo", store=FullStore("save_turn"))
    with pytest.raises(TurnFailed, match="the model is not there") as caught:
        await take_turn(session, "Hi", agent=agent(Refuses()))
    assert await session.get_items() == []
    cause = caught.value.__cause__
    assert isinstance(cause, ConnectionError)
    assert cause.__notes__ == ["The turn itself could not be recorded: the disk is full."]


async def test_a_turn_that_cannot_be_taken_back_is_not_said_to_be() -> None:
    store = FullStore("archive")
    session = MemorySession("demo", store=store)
    with pytest.raises(StoreFull) as caught:
        await take_turn(session, "Hi", agent=agent(Refuses()))
    (note,) = caught.value.__notes__
    assert "'demo' was taken back" in note
    assert "ConnectionError: the model is not there" in note
    assert "may still be in the history" in note
    assert said(await session.get_items()) == ["user"]
    store.full.clear()
    async with asyncio.timeout(5):
        assert (await take_turn(session, "Hi")).status == "done"


async def test_a_turn_that_cannot_be_recorded_keeps_its_items_and_frees_the_session() -> None:
    store = FullStore("save_turn")
    session = MemorySession("demo", store=store)
    with pytest.raises(StoreFull):
        await take_turn(session, "My name is John")
    store.full.clear()
    async with asyncio.timeout(5):
        assert (await take_turn(session, "What's my name?")).text == "Your name is John."
