"""AdoptedSession passes the contract over the SDK's own sessions."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import pytest
from agents.memory import SQLiteSession as SDKSession

from tests.contract_abilities import AbilitiesContract
from tests.contract_edits import EditsContract
from tests.contract_paging import PagingContract
from tests.contract_runner import RunnerContract
from workbench.sessions.adopted import AdoptedSession
from workbench.testing import SessionContract


class Adopted(AdoptedSession):
    """Over the SDK's SQLiteSession, which it closes even when its id is refused."""

    def __init__(self, session_id: str, path: Path, **settings: Any) -> None:
        inner = SDKSession(session_id, path, **settings)
        try:
            super().__init__(inner)
        except BaseException:
            inner.close()
            raise


class TestOverTheSDKsSQLite(
    SessionContract, AbilitiesContract, EditsContract, PagingContract, RunnerContract
):
    tells_when: ClassVar[bool] = False

    @pytest.fixture
    def place(self, tmp_path: Path) -> Path:
        return tmp_path / "chats.db"

    def make_session(self, place: Path, session_id: str, **settings: Any) -> AdoptedSession:
        return Adopted(session_id, place, **settings)
