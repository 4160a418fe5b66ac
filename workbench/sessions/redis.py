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
    """A conversation on a Redis server, laid out as by the SDK's ``RedisSession``, or in a cluster.

    ``redis_url``: ``redis://[user:password@]host:6379/0``, ``rediss://``, ``redis+cluster://``,
    ``redis+unix:///path``, and its options (`workbench.stores.redis.place`). ``ttl``: seconds after
    the last write when the session expires with all that is kept of it; None (and no ``?ttl=`` in
    the URL) never. Sessions of one place share its connections; the last one that is closed closes
    them. ``redis_client`` (``redis.asyncio``, a cluster's too) is used instead of a URL, on the
    event loop that it belongs to, and never closed. ``key_prefix`` as in the SDK.

    >>> session = wb.RedisSession("user_456_chat", "redis://localhost:6379/0", ttl=3600)
    >>> await session.add_items([{"role": "user", "content": "I prefer dark mode"}])
    >>> await session.get_items()
    [{'role': 'user', 'content': 'I prefer dark mode'}]

    Layout
        The SDK's three keys: the hash ``agents:session:ID``, the list ``...:messages`` of items as
        JSON, the string ``...:counter``. On one server the SDK reads what is written here and the
        other way round. Beside them five keys of the workbench's own, the SDK's name behind each:
        ``workbench:rows:`` (a label for each item: key, time, turn), ``workbench:turns:``,
        ``workbench:archive:`` and its labels ``workbench:shelf:``, ``workbench:writes:`` (the
        latest writes, so that none is done twice). In a cluster the SDK's part is put in braces, so
        that a session's keys lie in one slot; the SDK can't write there.
    Guarantees
        Each write is one script: all of it, in order, or nothing, changes of history too. Sent
        again after a lost reply, a restart or a failover, it is not done twice. All keys of a
        session expire at the same moment. Any number of programs on any number of machines may use
        one session, the SDK's own among them. A damaged item raises CorruptItem with its place.
    Limits
        A session is as durable as the server is set up to be, which ``%session info`` tells:
        with ``appendfsync always`` every write that returned is kept; in memory only, a restart
        loses all. A failover may lose the last writes that the replica had not got yet. Times are
        the server's. An id that ends in ``:messages`` or ``:counter`` raises InvalidValue, as its
        keys would be another session's.
    Costs
        One round trip for an append (the SDK: 4, with a ttl 6), shared by sessions that append at
        once, and one for a read. Time divided by that of the SDK's class: 0.14 for the append of a
        turn, 0.10 with a ttl, 0.15 for 16 sessions at once, 0.24 for reading 100,000 items
        (``python -m tests.bench redis`` measures it). In the server's memory some 90 bytes more for
        an item, and up to 30 kB of latest writes for a session.
    To leave
        Give the server to the SDK's ``RedisSession``; encrypted items come first through
        ``wb.decrypt``. Keys that begin with ``workbench:`` may be deleted; hidden and summarised
        items are lost with the archive. ``wb.copy`` brings a conversation to another store,
        ``wb.export`` to a file.
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
