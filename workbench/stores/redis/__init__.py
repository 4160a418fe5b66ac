"""Redis: a server or a cluster keeps them. See `workbench.stores.redis.store`."""

from __future__ import annotations

from workbench.stores.redis.store import RedisStore, open_url, place_of

__all__ = ["CAN_LOOK", "RedisStore", "open_url", "place_of"]

CAN_LOOK = True
"""The option ``read_only`` is known here."""
