from __future__ import annotations

from typing import Any

from agents.memory import Session

from workbench.sessions import MemorySession
from workbench.turn.session import TurnSession, rows_of


async def enter() -> None:
    """Nothing to wait for."""


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


async def test_the_sdk_takes_it_for_a_session() -> None:
    settings: Any = {"limit": 1}
    inner = MemorySession("demo", session_settings=settings)
    watched: Any = TurnSession(inner, "t1", enter)
    sdk: Any = Session
    assert isinstance(watched, sdk)
    assert watched.session_id == "demo"
    assert watched.session_settings is settings
    await watched.add_items([user("a"), user("b")])
    assert await watched.get_items() == [user("b")]
    assert await watched.get_items(5) == [user("a"), user("b")]


async def test_it_notes_what_the_turn_adds_and_takes_away() -> None:
    inner = MemorySession("demo")
    await inner.add_items([user("old")])
    watched = TurnSession(inner, "t1", enter)
    await watched.add_items([user("a"), user("b")])
    assert await watched.pop_item() == user("b")
    assert watched.items == [user("a")]
    assert [row.turn_id for row in await inner.rows()] == [None, "t1"]


async def test_only_the_turns_own_items_are_taken_out() -> None:
    inner = MemorySession("demo")
    one, two = TurnSession(inner, "t1", enter), TurnSession(inner, "t2", enter)
    await one.add_items([user("a")])
    await two.add_items([user("x")])
    await one.add_items([user("b")])
    await one.take_out("failed turn")
    assert await inner.get_items() == [user("x")]
    assert [each.item for each in await inner.archived()] == [user("a"), user("b")]


async def test_a_long_turn_is_found_whole() -> None:
    session = MemorySession("demo")
    await session.append([user("before")])
    await session.append([user(str(n)) for n in range(900)], turn_id="t1")
    assert len(await rows_of(session, {"t1"}, at_least=1)) == 900


async def test_a_turn_far_back_in_the_history_is_found() -> None:
    session = MemorySession("demo")
    await session.append([user("mine")], turn_id="t1")
    await session.append([user(str(n)) for n in range(900)])
    assert [row.item for row in await rows_of(session, {"t1"}, at_least=1)] == [user("mine")]
