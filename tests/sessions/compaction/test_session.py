"""CompactionSession passes the contract over the stores, and encrypted."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from tests.contract_abilities import AbilitiesContract
from tests.contract_edits import EditsContract
from tests.contract_paging import PagingContract
from tests.contract_runner import RunnerContract
from tests.models.conftest import without_key
from workbench.sessions import CompactionSession, EncryptedSession, MemorySession, SQLiteSession
from workbench.stores.memory import MemoryStore
from workbench.testing import SessionContract

__all__ = ["without_key"]

KEY = hashlib.sha256(b"for these tests").digest()


class TestCompactingMemory(
    SessionContract, AbilitiesContract, EditsContract, PagingContract, RunnerContract
):
    @pytest.fixture
    def place(self) -> MemoryStore:
        return MemoryStore()

    def make_session(self, place: Any, session_id: str, **settings: Any) -> CompactionSession:
        return CompactionSession(MemorySession(session_id, store=place, **settings))


class TestCompactingSQLite(
    SessionContract, AbilitiesContract, EditsContract, PagingContract, RunnerContract
):
    @pytest.fixture
    def place(self, tmp_path: Path) -> Path:
        return tmp_path / "conversations.db"

    def make_session(self, place: Any, session_id: str, **settings: Any) -> CompactionSession:
        return CompactionSession(SQLiteSession(session_id, place, **settings))


class TestCompactingEncrypted(
    SessionContract, AbilitiesContract, EditsContract, PagingContract, RunnerContract
):
    @pytest.fixture
    def place(self) -> MemoryStore:
        return MemoryStore()

    def make_session(self, place: Any, session_id: str, **settings: Any) -> CompactionSession:
        base = MemorySession(session_id, store=place, **settings)
        return CompactionSession(EncryptedSession(base, KEY))
