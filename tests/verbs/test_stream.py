from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from agents.memory import SQLiteSession as SDKSession
from hypothesis import given, settings
from hypothesis import strategies as st

import workbench as wb
from tests.conversations_server import shared_conversations
from tests.frames.conversations import TALK, Handed
from tests.frames.histories import STEPS, TURNS, Step, play, played
from tests.redis_server import shared_cluster, shared_server
from tests.verbs.streams import a_long_one, together
from workbench import loop
from workbench.errors import InvalidValue, UnknownSession
from workbench.sessions import (
    CompactionSession,
    EncryptedSession,
    MemorySession,
    OpenAISession,
    RedisSession,
    SQLiteSession,
)
from workbench.verbs import stream

KEY = "your-32-byte-encryption-key-here"


@settings(deadline=None, max_examples=60)
@given(
    steps=STEPS,
    recorded=st.lists(st.sampled_from([*TURNS, "compaction:c"]), unique=True),
    hidden=st.sets(st.integers(0, 40), max_size=4),
    size=st.integers(1, 9),
    at_once=st.integers(1, 5),
)
def test_the_pages_are_the_history_cell_by_cell(
    steps: list[Step], recorded: list[str], hidden: set[int], size: int, at_once: int
) -> None:
    session = loop.run(played(steps, recorded, hidden))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stream, "_STEP", at_once)
        found = together(session, size)
    pd.testing.assert_frame_equal(found, wb.history(session))


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stream") / "chats.db"


NUMBERS = itertools.count()


@settings(deadline=None, max_examples=30)
@given(
    steps=STEPS,
    recorded=st.lists(st.sampled_from(TURNS), unique=True),
    hidden=st.sets(st.integers(0, 40), max_size=4),
    size=st.integers(1, 9),
)
def test_so_are_those_of_a_file_whose_history_is_made_of_columns(
    file: Path, steps: list[Step], recorded: list[str], hidden: set[int], size: int
) -> None:
    session = SQLiteSession(f"session {next(NUMBERS)}", file)
    loop.run(play(session, steps, recorded, hidden))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stream, "_STEP", 3)
        found = together(session, size)
    pd.testing.assert_frame_equal(found, wb.history(session))


RECORDED = [f"turn {number}" for number in range(0, 9, 2)]


@asynccontextmanager
async def in_memory(_folder: Path) -> AsyncIterator[Any]:
    yield MemorySession("long")


@asynccontextmanager
async def in_sqlite(folder: Path) -> AsyncIterator[Any]:
    yield SQLiteSession("long", folder / "chats.db")


@asynccontextmanager
async def in_redis(_folder: Path) -> AsyncIterator[Any]:
    shared_server().empty()
    yield RedisSession("long", shared_server().url)


@asynccontextmanager
async def in_a_cluster(_folder: Path) -> AsyncIterator[Any]:
    shared_cluster().empty()
    yield RedisSession("long", shared_cluster().url)


@asynccontextmanager
async def at_openai(_folder: Path) -> AsyncIterator[Any]:
    yield OpenAISession("long", base_url=shared_conversations().direct_url)


@asynccontextmanager
async def encrypted(folder: Path) -> AsyncIterator[Any]:
    yield EncryptedSession(SQLiteSession("long", folder / "chats.db"), KEY)


@asynccontextmanager
async def around_both(folder: Path) -> AsyncIterator[Any]:
    base = EncryptedSession(SQLiteSession("long", folder / "chats.db"), KEY)
    yield CompactionSession(base, max_messages=500, summary_model=lambda _items: "A summary.")


@asynccontextmanager
async def around_the_sdk(folder: Path) -> AsyncIterator[Any]:
    inner = SDKSession("long", folder / "sdk.db")
    yield EncryptedSession(inner, KEY)
    inner.close()


PLACES: dict[str, Callable[[Path], Any]] = {
    "memory": in_memory,
    "SQLite": in_sqlite,
    "Redis": in_redis,
    "Redis cluster": in_a_cluster,
    "OpenAI": at_openai,
    "encrypted": encrypted,
    "compaction around encryption": around_both,
    "around the SDK's": around_the_sdk,
}


@pytest.mark.parametrize("place", PLACES)
def test_whatever_keeps_it_the_pages_are_the_history(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def compare() -> None:
        async with PLACES[place](tmp_path) as session:
            await play(session, a_long_one(), RECORDED, {3, 4, 30, 77})
            whole = await asyncio.to_thread(wb.history, session)
            for size in (1, 7, 1000):
                found = await asyncio.to_thread(together, session, size)
                pd.testing.assert_frame_equal(found, whole)

    monkeypatch.setattr(stream, "_STEP", 5)
    loop.run(compare())


def test_the_sdk_s_own_session_and_the_smallest_one_too(tmp_path: Path) -> None:
    session = SDKSession("sdk", tmp_path / "sdk.db", session_settings={"limit": 2})
    loop.run(session.add_items(list(TALK)))
    pd.testing.assert_frame_equal(together(session, 2), wb.history(session))
    handed = Handed(*TALK, "no item", None)
    pd.testing.assert_frame_equal(together(handed, 3), wb.history(handed))
    session.close()


def test_by_name_and_by_the_id_in_a_store(tmp_path: Path) -> None:
    for number in range(3):
        wb.ask("demo", f"My number is {number}")
    pd.testing.assert_frame_equal(together("demo", 4), wb.history("demo"))
    url = f"sqlite:///{tmp_path}/chats.db"
    loop.run(SQLiteSession("one", tmp_path / "chats.db").append(TALK, turn_id="t"))
    found = together("one", 4, store=url)
    pd.testing.assert_frame_equal(found, wb.history("one", store=url))


def test_an_empty_conversation_is_one_empty_page() -> None:
    wb.session("new")
    (page,) = wb.iter_history("new")
    pd.testing.assert_frame_equal(page, wb.history("new"))


def test_a_size_may_be_a_number_of_a_frame_or_larger_than_any_history() -> None:
    wb.ask("demo", "Hi")
    of_a_frame: Any = np.int64(1)
    assert [len(page) for page in wb.iter_history("demo", size=of_a_frame)] == [1, 1]
    assert [len(page) for page in wb.iter_history("demo", size=10**30)] == [2]


@pytest.mark.parametrize("size", [0, -1, True, 2.5, "10", None])
def test_a_size_that_is_none_is_refused_at_once(size: Any) -> None:
    with pytest.raises(InvalidValue, match="size is a number of items from 1"):
        wb.iter_history("demo", size=size)


def test_an_unknown_session_is_refused_at_once_with_the_nearest() -> None:
    wb.session("demo")
    with pytest.raises(UnknownSession, match="did you mean 'demo'"):
        wb.iter_history("dmeo")
