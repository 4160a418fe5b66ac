"""Summaries that are no good, and settings that cannot be."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from tests.full_store import FullStore
from tests.models.conftest import without_key
from tests.sessions.compaction.conversations import (
    assistant,
    compacting,
    turns,
)
from workbench.errors import InvalidValue, ModelError, StoreFull
from workbench.protocols import Edit, Key
from workbench.sessions import CompactionSession, MemorySession
from workbench.stores.memory import MemoryStore

__all__ = ["without_key"]


# When the summary is no good


async def fails(_items: list[Any]) -> str:
    raise ConnectionError("secret words of the conversation")


async def slowly(_items: list[Any]) -> str:
    await asyncio.sleep(30)
    return "late"


async def stubborn(_items: list[Any]) -> str:
    for _ in range(3):
        try:
            await asyncio.sleep(0.3)
        except asyncio.CancelledError:
            continue
    return "late"


NO_GOOD: dict[str, tuple[Any, str]] = {
    "failing": (fails, "the summary failed (ConnectionError)"),
    "empty": (lambda _items: " \n", "the summary is empty"),
    "only a title": (lambda _items: "[conversation summary]", "the summary is empty"),
    "too long": (lambda _items: "x" * 100_000, "the summary is too long"),
    "no text": (lambda _items: None, "returned a NoneType"),
    "slow": (slowly, "took longer than 0.05 s"),
    "stubborn": (stubborn, "took longer than 0.05 s"),
}


@pytest.mark.parametrize("kind", NO_GOOD)
async def test_a_summary_that_is_no_good_changes_nothing_and_is_tried_again(
    kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    bad, said = NO_GOOD[kind]
    store = MemoryStore()
    session = compacting(
        MemorySession("demo", store=store),
        summary_model=bad,
        timeout=0.05 if kind in ("slow", "stubborn") else 9.0,
    )
    await session.append(turns(4))
    before = await session.rows()
    with pytest.raises(ModelError) as caught:
        await session.compact()
    assert said in str(caught.value)
    for _ in range(2):  # the next turn tries again
        spent = await session.after_turn("t")
        assert spent is not None
        assert spent.notice is not None
        assert said in spent.notice
        assert "history is as it was" in spent.notice
        assert "secret" not in spent.notice
    with caplog.at_level(logging.WARNING):
        await session.add_items([assistant("more")])
        await session.settled()
    assert said in caplog.text
    assert "secret words" not in caplog.messages[-1]
    assert (await session.rows())[:-1] == before
    assert await session.archived() == []
    good = compacting(MemorySession("demo", store=store))
    assert await good.after_turn("t") is not None
    assert len(await good.get_items()) < 6


async def test_a_store_that_fails_is_told_and_not_raised_after_a_turn() -> None:
    class Full(FullStore):
        async def edit(self, session_id: str, change: Edit) -> list[Key] | None:
            raise StoreFull("the disk is full")

    session = compacting(MemorySession("demo", store=Full()))
    await session.append(turns(4))
    spent = await session.after_turn("t")
    assert spent is not None
    assert "the disk is full" in str(spent.notice)
    assert spent.requests == 1  # the summary was made, and paid for
    assert await session.get_items() == turns(4)


# What is refused


def test_two_compactions_around_one_session_are_refused() -> None:
    with pytest.raises(InvalidValue, match="compacting already"):
        CompactionSession(compacting())


@pytest.mark.parametrize(
    "wrong",
    [
        {"mode": "other"},
        {"timeout": 0},
        {"timeout": -1.0},
        {"timeout": "9"},
        {"timeout": True},
        {"summary_model": ""},
        {"summary_model": 7},
        {"summary_model": None},
        {"mode": "openai", "summary_model": len},
        {"max_messages": 0},
    ],
    ids=repr,
)
def test_settings_that_cannot_be_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue):
        CompactionSession(MemorySession("demo"), **wrong)


def test_what_is_no_session_is_refused() -> None:
    with pytest.raises(InvalidValue, match="stands around a session"):
        CompactionSession("demo")
