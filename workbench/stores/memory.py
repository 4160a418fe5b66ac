"""The memory store: conversations that live as long as the process.

Items are kept as the JSON text that a file would hold, so that what goes in is checked in the same
way, what comes out is a copy, and a test in memory means something for a store on disk. The page of
``memory://`` and ``memory://NAME`` is that of `workbench.MemorySession`.
"""

from __future__ import annotations

from collections.abc import Iterable

from workbench.stores.documents import Conversation, DocumentStore
from workbench.stores.urls import StoreURL


class MemoryStore(DocumentStore):
    """Many sessions in this process's memory; safe from several threads and loops."""

    def __init__(self, url: str = "memory://") -> None:
        super().__init__(url)
        self._sessions: dict[str, Conversation] = {}

    def load(self, session_id: str) -> Conversation | None:
        """The conversation itself: who changes it holds the lock."""
        return self._sessions.get(session_id)

    def save(self, session_id: str, conversation: Conversation) -> None:
        """Keep a conversation that is new; the others are what was loaded."""
        self._sessions[session_id] = conversation

    def delete(self, session_id: str) -> None:
        """Forget a session."""
        self._sessions.pop(session_id, None)

    def session_ids(self) -> Iterable[str]:
        """The sessions that were written to."""
        return list(self._sessions)


def open_url(url: StoreURL) -> MemoryStore:
    """``memory://`` or ``memory://name``: one store each in a process."""
    url.only()
    return MemoryStore(url.text)
