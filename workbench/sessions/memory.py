"""A session in memory: gone with the object."""

from __future__ import annotations

from typing import Any

from workbench.sessions.stored import StoredSession
from workbench.stores.memory import MemoryStore


class MemorySession(StoredSession):
    """A conversation in this process's memory, for a test or a quick try.

    Each object has a store of its own unless ``store`` names one to share. By name:
    ``wb.session("try", store="memory://")``, where all sessions of one URL share a store.

    >>> session = wb.MemorySession("try")
    >>> await session.add_items([{"role": "user", "content": "Hello!"}])
    >>> await session.get_items()
    [{'role': 'user', 'content': 'Hello!'}]

    Layout
        Items are kept as the JSON text that a file would hold: what goes in is checked in the same
        way, and what comes out is a copy.
    Guarantees
        Those of `SQLiteSession` as long as the process lives: a write is all or nothing, changes of
        history too, with turns and archive; safe from any number of threads and event loops.
    Limits
        It ends with the process, or with the last object that holds its store. Another process
        doesn't see it, and a name that means ``memory://`` is empty in the next kernel.
    Costs
        The memory of the texts, and no waiting.
    To leave
        ``wb.copy`` brings it to a store that lasts, ``wb.export`` to a file.
    """

    def __init__(
        self, session_id: str, *, store: MemoryStore | None = None, session_settings: Any = None
    ) -> None:
        super().__init__(store or MemoryStore(), session_id, session_settings=session_settings)
