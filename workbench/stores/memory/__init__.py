"""The memory store. See `workbench.stores.memory.store`."""

from __future__ import annotations

from workbench.stores.memory.store import MemoryStore, open_url

__all__ = ["MemoryStore", "open_url"]
