"""Sessions that share the connection of their place: the last one that is closed closes it."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from workbench.protocols import Store
from workbench.sessions.stored import StoredSession


class SharingSession(StoredSession):
    """A handle that opened its store by being made: `SQLiteSession`, `RedisSession`, ..."""

    def __init__(self, store: Store, session_id: str, *, session_settings: Any = None) -> None:
        super().__init__(store, session_id, session_settings=session_settings)
        _handles.setdefault(store, WeakSet()).add(self)

    async def close(self) -> None:
        """Let go of the store; its connections are closed with its last session."""
        if self._closed:
            return
        await super().close()
        others = _handles.get(self.store, WeakSet())
        others.discard(self)
        if not others:
            await self.store.close()


_handles: WeakKeyDictionary[Store, WeakSet[SharingSession]] = WeakKeyDictionary()
"""The open handles of each store that was opened by making a session."""
