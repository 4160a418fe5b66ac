"""Redis: a server or a cluster keeps many conversations. Their page is that of
`workbench.RedisSession`; the URLs and their options are those of `workbench.stores.redis.place`.
"""

from __future__ import annotations

from workbench.stores.redis.store import RedisStore, open_url, place_of

__all__ = ["CAN_LOOK", "RedisStore", "open_url", "place_of"]

CAN_LOOK = True
"""The option ``read_only`` is known here."""
