"""EncryptedSession passes the contract over our stores, and its base holds nothing readable."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from agents.memory import SQLiteSession as SDKSession

from tests.contract_abilities import AbilitiesContract
from tests.contract_edits import EditsContract
from tests.contract_paging import PagingContract
from tests.contract_runner import RunnerContract
from workbench.sessions import EncryptedSession, MemorySession, SQLiteSession
from workbench.stores.memory import MemoryStore
from workbench.testing import SessionContract

KEY = "your-32-byte-encryption-key-here"


class TestEncryptedInMemory(
    SessionContract, AbilitiesContract, EditsContract, PagingContract, RunnerContract
):
    @pytest.fixture
    def place(self) -> MemoryStore:
        return MemoryStore()

    def make_session(self, place: MemoryStore, session_id: str, **settings: Any) -> Any:
        return EncryptedSession(MemorySession(session_id, store=place, **settings), KEY)


class TestEncryptedSQLite(
    SessionContract, AbilitiesContract, EditsContract, PagingContract, RunnerContract
):
    @pytest.fixture
    def place(self, tmp_path: Path) -> Path:
        return tmp_path / "chats.db"

    def make_session(self, place: Path, session_id: str, **settings: Any) -> Any:
        return EncryptedSession(SQLiteSession(session_id, place, **settings), KEY)


class TestEncryptedOverTheSDK(
    SessionContract, AbilitiesContract, EditsContract, PagingContract, RunnerContract
):
    @pytest.fixture
    def place(self, tmp_path: Path) -> Path:
        return tmp_path / "theirs.db"

    def make_session(self, place: Path, session_id: str, **settings: Any) -> Any:
        return EncryptedSession(SDKSession(session_id, place, **settings), KEY)
