from __future__ import annotations

import asyncio
import inspect
from typing import Any

import pytest
from agents.memory import OpenAIConversationsSession, Session
from agents.memory import SQLiteSession as SDKSession

from tests.turn.models import Refuses, agent
from workbench.errors import TurnFailed
from workbench.protocols import Archives, EndsTurns, KeepsRows, RecordsTurns
from workbench.sessions import CompactionSession, EncryptedSession, MemorySession
from workbench.turn import take_turn
from workbench.verbs.compare.timing import Seconds, TimedSession, model_hooks

KEY = "4Xk-PFnDqT0yQx3uGQ0mcl2-xD0TTjC0Hq0xZzrKq8s="


class Slow(MemorySession):
    """Takes its time to read, and more to write."""

    async def get_items(self, limit: int | None = None) -> list[Any]:
        await asyncio.sleep(0.05)
        return await super().get_items(limit)

    async def append(self, items: Any, *, turn_id: str | None = None) -> Any:
        await asyncio.sleep(0.1)
        return await super().append(items, turn_id=turn_id)


async def test_a_session_that_is_timed_tells_where_the_time_went() -> None:
    spent = Seconds()
    session: Any = TimedSession(Slow("x"), spent)
    turn = await take_turn(session, "Hi")
    assert 0.05 <= spent.load < 0.1 + spent.save
    assert 0.2 <= spent.save < turn.seconds
    assert len(await session.inner.get_items()) == 2


@pytest.mark.parametrize(
    "inner",
    [
        MemorySession("x"),
        CompactionSession(MemorySession("x")),
        EncryptedSession(MemorySession("x"), KEY),
        SDKSession("x"),
    ],
    ids=lambda inner: f"{type(inner).__module__}.{type(inner).__name__}",
)
def test_a_timed_session_is_taken_for_what_it_is(inner: Any) -> None:
    timed: Any = TimedSession(inner, Seconds())
    for ability in (Session, KeepsRows, Archives, RecordsTurns, EndsTurns, type(inner)):
        assert isinstance(timed, ability) == isinstance(inner, ability), ability
    assert not isinstance(timed, OpenAIConversationsSession)
    assert timed.session_id == "x"
    for name in ("get_items", "add_items"):
        assert inspect.signature(getattr(timed, name)) == inspect.signature(getattr(inner, name))
    if isinstance(inner, SDKSession):
        inner.close()


async def test_a_model_that_fails_was_waited_for_all_the_same() -> None:
    spent = Seconds()
    hooks, stop = model_hooks(spent)

    class Late(Refuses):
        async def get_response(self, *args: Any, **kwargs: Any) -> Any:
            await asyncio.sleep(0.05)
            return await super().get_response(*args, **kwargs)

    with pytest.raises(TurnFailed):
        await take_turn(
            MemorySession("x"),
            "Hi",
            agent=agent(Late()),
            stream=False,
            run_options={"hooks": hooks},
        )
    assert spent.model == 0.0
    stop()
    assert 0.05 <= spent.model < 5
    stop()
    assert 0.05 <= spent.model < 5
