from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from agents.extensions.memory import AsyncSQLiteSession, EncryptedSession
from agents.memory import SQLiteSession as SDKSession

from tests.turn.models import FailsAfterTools, Refuses, add, agent, said
from workbench.errors import TurnFailed
from workbench.turn import take_turn
from workbench.turn.foreign import ForeignTurn

KINDS = pytest.mark.parametrize("kind", ["sqlite", "encrypted", "limited"])


def made(kind: str, folder: Path) -> Any:
    """A session of the SDK's own."""
    inner = SDKSession("app", folder / "app.db")
    if kind == "limited":
        from agents.memory import SessionSettings

        inner.session_settings = SessionSettings(limit=1)
    key = "k" * 32
    return EncryptedSession("app", inner, key) if kind == "encrypted" else inner


def close(session: Any) -> None:
    getattr(session, "underlying_session", session).close()


@KINDS
async def test_a_turn_works_on_the_sdks_own_sessions(kind: str, tmp_path: Path) -> None:
    session = made(kind, tmp_path)
    await take_turn(session, "My name is John")
    turn = await take_turn(session, "What's my name?")
    if kind != "limited":
        assert turn.text == "Your name is John."
    assert said(turn.items) == ["user", "assistant"]
    assert len(await session.get_items(100)) == 4
    close(session)


@KINDS
@pytest.mark.parametrize("stream", [True, False])
async def test_a_failed_turn_is_taken_back(kind: str, stream: bool, tmp_path: Path) -> None:
    session = made(kind, tmp_path)
    await take_turn(session, "My name is John")
    before = await session.get_items(100)
    with pytest.raises(TurnFailed):
        await take_turn(session, "Hi", agent=agent(Refuses()), stream=stream)
    asked = agent(FailsAfterTools(), tools=[add])
    with pytest.raises(TurnFailed):
        await take_turn(session, "Call add with a=2 and b=3", agent=asked, stream=stream)
    assert await session.get_items(100) == before
    close(session)


async def test_what_another_program_added_meanwhile_stays(tmp_path: Path) -> None:
    session = made("sqlite", tmp_path)
    other = made("sqlite", tmp_path)
    item: Any = {"role": "user", "content": "from another program"}

    class WritesElsewhere(Refuses):
        async def get_response(self, *args: Any, **kwargs: Any) -> Any:
            await other.add_items([item])
            return await super().get_response(*args, **kwargs)

    await take_turn(session, "My name is John")
    with pytest.raises(TurnFailed):
        await take_turn(session, "Hi", agent=agent(WritesElsewhere()))
    assert item in await session.get_items()
    close(session)
    close(other)


async def test_a_turn_is_taken_out_once_and_nothing_of_an_earlier_one(tmp_path: Path) -> None:
    session = made("sqlite", tmp_path)
    item: Any = {"role": "user", "content": "Hi"}

    async def enter() -> None:
        pass

    await session.add_items([item])
    turn = ForeignTurn(session, enter)
    await turn.add_items([item])
    await turn.take_out("cancelled turn")
    await turn.take_out("cancelled turn")
    assert await session.get_items() == [item]
    close(session)


async def test_turns_on_one_foreign_session_come_one_after_the_other(tmp_path: Path) -> None:
    session = AsyncSQLiteSession("app", tmp_path / "app.db")
    turns = await asyncio.gather(*(take_turn(session, f"My number is {n}") for n in range(3)))
    assert [said(turn.items) for turn in turns] == [["user", "assistant"]] * 3
    assert said(await session.get_items()) == ["user", "assistant"] * 3
    await session.close()
