"""The memory store: ``memory://``, or ``memory://NAME`` for one apart. Its page is that of
`workbench.MemorySession`.
"""

from __future__ import annotations

from workbench.stores.memory.store import MemoryStore, open_url

__all__ = ["MemoryStore", "open_url"]
