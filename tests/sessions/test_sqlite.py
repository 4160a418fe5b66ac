"""SQLiteSession passes the contract, on a file and in memory."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from agents.memory import Session
from agents.memory import SQLiteSession as SDKSession

from tests.contract_abilities import AbilitiesContract
from tests.contract_edits import EditsContract
from tests.contract_paging import PagingContract
from tests.contract_runner import RunnerContract
from workbench import protocols
from workbench.sessions import MemorySession, SQLiteSession, StoredSession
from workbench.stores.sqlite import SQLiteStore
from workbench.testing import SessionContract


class TestSQLiteSession(
    SessionContract, AbilitiesContract, EditsContract, PagingContract, RunnerContract
):
    @pytest.fixture
    def place(self, tmp_path: Path) -> Path:
        return tmp_path / "new folder" / "conversations.db"

    def make_session(self, place: Path, session_id: str, **settings: Any) -> SQLiteSession:
        return SQLiteSession(session_id, place, **settings)


class TestSQLiteInMemory(
    SessionContract, AbilitiesContract, EditsContract, PagingContract, RunnerContract
):
    @pytest.fixture
    def place(self) -> SQLiteStore:
        return SQLiteStore(None)

    def make_session(self, place: SQLiteStore, session_id: str, **settings: Any) -> StoredSession:
        return StoredSession(place, session_id, **settings)


def test_a_type_checker_takes_each_for_the_others_session(tmp_path: Path) -> None:
    theirs: list[Session] = [SQLiteSession("chat", tmp_path / "chats.db"), MemorySession("chat")]
    sdk = SDKSession("chat")
    ours: list[protocols.Session] = [*theirs, sdk]
    sdk.close()
    for each in ours:
        assert isinstance(each, Session)
        assert isinstance(each, protocols.Session)
    assert ours[0].session_id == "chat"


def test_the_last_session_that_is_closed_closes_the_file(tmp_path: Path) -> None:
    async def main() -> None:
        first = SQLiteSession("a", tmp_path / "chats.db")
        second = SQLiteSession("b", tmp_path / "chats.db")
        for session in (first, second):
            await session.add_items([{"role": "user", "content": "hello"}])
        assert first.store is second.store
        await first.close()
        assert log.exists()
        assert len(await second.get_items()) == 1
        await second.close()
        assert not log.exists()

    log = tmp_path / "chats.db-wal"
    asyncio.run(main())


def test_a_path_may_start_with_a_tilde(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    session = SQLiteSession("a", "~/data/chats.db")
    asyncio.run(session.add_items([{"role": "user", "content": "hello"}]))
    assert (tmp_path / "data" / "chats.db").exists()
    asyncio.run(session.close())
