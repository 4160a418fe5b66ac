"""A session on a Redis server or cluster, in the layout of the SDK's own ``RedisSession``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from workbench.errors import InvalidValue
from workbench.protocols import Store
from workbench.sessions.sharing import SharingSession
from workbench.sessions.stored import checked_id
from workbench.stores import open_store
from workbench.stores.redis import RedisStore
from workbench.stores.redis.place import PREFIX, Place, checked_prefix, checked_ttl

if TYPE_CHECKING:
    from redis.asyncio import Redis
    from redis.asyncio.cluster import RedisCluster


class RedisSession(SharingSession):
    """A conversation in Redis; see `workbench.stores.redis` for what the store guarantees.

    ``redis_url``: ``redis://[user:password@]host:6379/0``, ``rediss://``, ``redis+cluster://``,
    ``redis+unix:///path``, and its options (`workbench.stores.redis.place`). ``ttl``: seconds after
    the last write when the session expires with all that is kept of it; None (and no ``?ttl=`` in
    the URL) never. Sessions of one place share its connections; the last one that is closed closes
    them. ``redis_client`` (``redis.asyncio``, a cluster's too) is used instead of a URL, on the
    event loop that it belongs to, and never closed. ``key_prefix`` as in the SDK.

    Raises InvalidValue for an id whose keys would be another session's (``...:messages``).
    """

    def __init__(
        self,
        session_id: str,
        redis_url: str = "redis://localhost:6379",
        ttl: float | None = None,
        *,
        redis_client: Redis | RedisCluster | None = None,
        key_prefix: str = PREFIX,
        session_settings: Any = None,
    ) -> None:
        checked_id(session_id)
        checked_ttl(ttl)
        checked_prefix(key_prefix)
        store: Store
        if redis_client is not None:
            place = Place(ttl=ttl, prefix=key_prefix)
            store = RedisStore(place, redis_client=redis_client)
        elif not isinstance(redis_url, str):
            raise InvalidValue(
                "redis_url is text such as redis://localhost:6379, not a "
                f"{type(redis_url).__name__}; a client of yours is given as redis_client="
            )
        else:
            store = open_store(_with_options(redis_url, ttl, key_prefix))
        if isinstance(store, RedisStore):
            store.keys(session_id)
        super().__init__(store, session_id, session_settings=session_settings)


def _with_options(url: str, ttl: float | None, prefix: str) -> str:
    """``url`` with what was given beside it; that counts where the URL says something else."""
    head, _mark, query = url.partition("?")
    options = dict(parse_qsl(query, keep_blank_values=True))
    if ttl is not None:
        options["ttl"] = repr(ttl)
    if prefix != PREFIX:
        options["prefix"] = prefix
    return head + (f"?{urlencode(options)}" if options else "")
