"""Some turns and some of the archive, found without reading all of it, wherever they are kept."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from agents.memory import SQLiteSession as SDKSession

from tests.frames.conversations import TALK, record
from tests.redis_server import shared_cluster, shared_server
from workbench.errors import CorruptItem, WrongKey
from workbench.protocols import HIDDEN, FindsArchived, FindsTurns
from workbench.sessions import (
    CompactionSession,
    EncryptedSession,
    MemorySession,
    RedisSession,
    SQLiteSession,
)
from workbench.stores.sqlite.finding import _TURNS_OF

KEY = "your-32-byte-encryption-key-here"


@asynccontextmanager
async def in_memory(_folder: Path) -> AsyncIterator[Any]:
    yield MemorySession("demo")


@asynccontextmanager
async def in_sqlite(folder: Path) -> AsyncIterator[Any]:
    async with SQLiteSession("demo", folder / "chats.db") as session:
        yield session


@asynccontextmanager
async def in_redis(_folder: Path) -> AsyncIterator[Any]:
    shared_server().empty()
    async with RedisSession("demo", shared_server().url) as session:
        yield session


@asynccontextmanager
async def in_a_cluster(_folder: Path) -> AsyncIterator[Any]:
    shared_cluster().empty()
    async with RedisSession("demo", shared_cluster().url) as session:
        yield session


@asynccontextmanager
async def wrapped(folder: Path) -> AsyncIterator[Any]:
    base = EncryptedSession(SQLiteSession("demo", folder / "chats.db"), KEY)
    async with CompactionSession(base, max_messages=100) as session:
        yield session


@asynccontextmanager
async def around_the_sdk(folder: Path) -> AsyncIterator[Any]:
    inner = SDKSession("demo", folder / "sdk.db")
    yield CompactionSession(inner, max_messages=100)
    inner.close()


PLACES: dict[str, Callable[[Path], AbstractAsyncContextManager[Any]]] = {
    "memory": in_memory,
    "SQLite": in_sqlite,
    "Redis": in_redis,
    "Redis cluster": in_a_cluster,
    "wrapped": wrapped,
    "around the SDK's": around_the_sdk,
}


@pytest.mark.parametrize("place", PLACES)
async def test_only_the_turns_and_the_archive_that_are_asked_for_are_found(
    place: str, tmp_path: Path
) -> None:
    async with PLACES[place](tmp_path) as session:
        assert [isinstance(session, each) for each in (FindsTurns, FindsArchived)] == [True, True]
        assert await session.turns_of(["t1"]) == []
        assert await session.archived_for(HIDDEN) == []
        keys = await session.append(TALK, turn_id="t1")
        for minute, turn in enumerate(["t2", "t1", "ü'\"", "t4"]):
            await session.save_turn(record(turn, minute, error="late"))
        await session.archive(keys[1:3], reason=HIDDEN)
        await session.archive(keys[4:], reason="replaced:x")
        turns = await session.turns()
        assert await session.turns_of(["t1", "unknown", "t2", "ü'\""]) == turns[:3]
        assert await session.turns_of([]) == []
        archived = await session.archived()
        assert await session.archived_for(HIDDEN) == archived[:2]
        assert [each.item for each in archived[:2]] == TALK[1:3]
        assert await session.archived_for("unknown") == []


async def test_a_wrong_key_finds_nothing_and_says_so(tmp_path: Path) -> None:
    inner = SQLiteSession("demo", tmp_path / "chats.db")
    await EncryptedSession(inner, KEY).append(TALK, turn_id="t1")
    await inner.save_turn(record("t1", 0))
    other = EncryptedSession(inner, KEY[::-1])
    with pytest.raises(WrongKey):
        await other.turns_of(["t1"])
    await inner.close()


async def test_finding_some_turns_in_a_file_does_not_read_all_of_them(tmp_path: Path) -> None:
    async with SQLiteSession("demo", tmp_path / "chats.db") as session:
        await session.save_turn(record("t1", 0))
        found = await session.store.file.write(  # type: ignore[attr-defined]
            lambda db: db.execute(f"EXPLAIN QUERY PLAN {_TURNS_OF}", ('["t1"]', "demo")).fetchall()
        )
    plan = " ".join(each[-1] for each in found)
    assert "SEARCH turn USING INDEX sqlite_autoindex_workbench_turns_1" in plan


async def test_a_damaged_record_of_a_turn_is_told(tmp_path: Path) -> None:
    async with SQLiteSession("demo", tmp_path / "chats.db") as session:
        await session.save_turn(record("t1", 0))
        await session.store.file.write(  # type: ignore[attr-defined]
            lambda db: db.execute("UPDATE workbench_turns SET record = '{'")
        )
        with pytest.raises(CorruptItem, match="the record of a turn is damaged"):
            await session.turns_of(["t1"])
