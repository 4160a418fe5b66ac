"""MemorySession passes the contract."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract_abilities import AbilitiesContract
from tests.contract_edits import EditsContract
from tests.contract_paging import PagingContract
from tests.contract_runner import RunnerContract
from workbench.sessions import MemorySession
from workbench.stores.memory import MemoryStore
from workbench.testing import SessionContract


class TestMemorySession(
    SessionContract, AbilitiesContract, EditsContract, PagingContract, RunnerContract
):
    @pytest.fixture
    def place(self) -> MemoryStore:
        return MemoryStore()

    def make_session(self, place: MemoryStore, session_id: str, **settings: Any) -> MemorySession:
        return MemorySession(session_id, store=place, **settings)
