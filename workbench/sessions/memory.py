"""A session in memory: gone with the object."""

from __future__ import annotations

from typing import Any

from workbench.sessions.stored import StoredSession
from workbench.stores.memory import MemoryStore


class MemorySession(StoredSession):
    """A conversation in this process's memory, for a test or a quick try.

    Each object has a store of its own unless ``store`` names one to share.
    """

    def __init__(
        self, session_id: str, *, store: MemoryStore | None = None, session_settings: Any = None
    ) -> None:
        super().__init__(store or MemoryStore(), session_id, session_settings=session_settings)
