from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from pydantic import BaseModel

from tests.turn.models import agent, said
from workbench import loop
from workbench.sessions import MemorySession
from workbench.turn import TurnScope, take_turn
from workbench.turn.model import choose
from workbench.turn.wording import as_text, described


def scope(session: Any, **options: Any) -> TurnScope:
    return TurnScope(session, choose(agent()), agent(), **options)


async def writes(session: Any, *texts: str) -> None:
    await session.add_items([{"role": "user", "content": text} for text in texts])


async def test_a_turn_that_is_given_up_takes_its_items_along() -> None:
    session = MemorySession("demo")
    await writes(session, "before")
    given_up = scope(session)
    await writes(given_up.session, "during")
    turn = await asyncio.to_thread(given_up.abandon)
    assert turn.status == "cancelled"
    assert [each["content"] for each in await session.get_items()] == ["before"]
    assert [each.item["content"] for each in await session.archived()] == ["during"]


async def test_a_run_that_was_given_up_can_write_no_more() -> None:
    session = MemorySession("demo")
    given_up = scope(session)
    await writes(given_up.session, "during")
    await asyncio.to_thread(given_up.abandon)
    with pytest.raises(ValueError, match="stopped when its cell ended"):
        await writes(given_up.session, "late")
    assert await session.get_items() == []


async def test_a_run_that_was_given_up_does_not_hold_up_the_next_turn_by_a_late_look() -> None:
    session = MemorySession("demo")
    given_up = scope(session)
    await writes(given_up.session, "during")
    await asyncio.to_thread(given_up.abandon)
    with pytest.raises(ValueError, match="stopped when its cell ended"):
        await given_up.session.get_items()
    async with asyncio.timeout(5):
        assert (await take_turn(session, "Hi")).status == "done"


async def test_what_was_on_its_way_when_the_run_was_given_up_is_taken_out_too() -> None:
    session = MemorySession("demo")
    given_up = scope(session)
    await writes(given_up.session, "during")
    turn = await asyncio.to_thread(given_up.abandon)
    await session.append([{"role": "user", "content": "late"}], turn_id=turn.turn_id)
    assert await given_up.failed(asyncio.CancelledError()) is turn
    assert await session.get_items() == []


async def test_the_first_end_of_a_turn_counts() -> None:
    session = MemorySession("demo")
    ended = scope(session)
    await writes(ended.session, "hi")
    turn = await ended.done(None)
    assert await ended.failed(ValueError("late")) is turn
    assert turn.status == "done"
    assert said(await session.get_items()) == ["user"]


async def test_a_turn_waits_for_the_one_before_even_from_another_loop() -> None:
    session = MemorySession("demo")
    first = scope(session)
    await first.session.get_items()
    done: list[str] = []

    def elsewhere() -> None:
        loop.run(take_turn(session, "My name is Ann"))
        done.append("second")

    thread = threading.Thread(target=elsewhere)
    thread.start()
    await asyncio.sleep(0.1)
    assert done == []
    await writes(first.session, "first")
    await first.done(None)
    await asyncio.to_thread(thread.join, 10)
    assert done == ["second"]
    assert said(await session.get_items()) == ["user", "user", "assistant"]


async def test_two_handles_on_one_conversation_take_turns() -> None:
    one = MemorySession("demo")
    other = MemorySession("demo", store=one.store)  # type: ignore[arg-type]
    first = scope(one)
    await first.session.get_items()
    waiting = asyncio.create_task(take_turn(other, "Hi"))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    await first.done(None)
    assert (await waiting).status == "done"


async def test_a_wait_that_is_cancelled_leaves_the_session_free() -> None:
    session = MemorySession("demo")
    first = scope(session)
    await first.session.get_items()
    waiting = asyncio.create_task(take_turn(session, "Hi"))
    await asyncio.sleep(0.05)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await first.done(None)
    async with asyncio.timeout(5):
        assert (await take_turn(session, "Hi")).status == "done"


async def test_turns_of_different_sessions_do_not_wait_for_each_other() -> None:
    store = MemorySession("a").store
    first = scope(MemorySession("a", store=store))  # type: ignore[arg-type]
    await first.session.get_items()
    async with asyncio.timeout(5):
        turn = await take_turn(MemorySession("b", store=store), "Hi")  # type: ignore[arg-type]
    assert turn.status == "done"
    await first.done(None)


class Point(BaseModel):
    x: int


@pytest.mark.parametrize(
    ("output", "text"),
    [
        (None, ""),
        ("hi", "hi"),
        (Point(x=1), '{"x":1}'),
        ([1, "å"], '[1, "å"]'),
        ({"a": Point(x=1)}, '{"a": {"x": 1}}'),
        (3, "3"),
    ],
)
def test_an_output_is_shown_as_the_json_it_stands_for(output: Any, text: str) -> None:
    assert as_text(output) == text


def test_an_error_is_remembered_in_one_line() -> None:
    assert described(ValueError("one\ntwo")) == "ValueError: one"
    assert described(ValueError()) == "ValueError"
    assert described(asyncio.CancelledError()) == "stopped"
    assert len(described(ValueError("x" * 10_000))) < 400
