"""What `workbench.testing.check` has pytest run: the contract, on stores that it is given."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from workbench.protocols import Store
from workbench.sessions.stored import StoredSession
from workbench.testing.contract import SessionContract


class TestStore(SessionContract):
    """The sessions of one store; the fixture ``make_store`` comes from `check`."""

    @pytest.fixture
    def place(self, make_store: Callable[[Path], Store], tmp_path: Path) -> Store:
        """An empty store, in a folder of this test."""
        return make_store(tmp_path)

    def make_session(self, place: Store, session_id: str, **settings: Any) -> StoredSession:
        """A handle as the workbench makes it."""
        return StoredSession(place, session_id, **settings)
