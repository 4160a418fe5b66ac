"""The Redis store: conversations on a server or in a cluster, as the SDK's ``RedisSession`` does.

What it keeps and guarantees is said on the page of `workbench.RedisSession`; the keys are those of
`workbench.stores.redis.layout`. Keys of items ascend even when the server's clock is set back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from types import EllipsisType
from typing import TYPE_CHECKING, Any, TypeVar

from workbench.errors import StoreReadOnly, StoreUnusable, Unsupported
from workbench.items import Item, encode
from workbench.protocols import (
    PAGE,
    ArchivedItem,
    Edit,
    Key,
    RawItem,
    SessionInfo,
    StoredItem,
)
from workbench.stores.keys import checked_after
from workbench.stores.redis.branching import branch
from workbench.stores.redis.calls import Calls
from workbench.stores.redis.care import described, scrubbed
from workbench.stores.redis.carrying import Carries
from workbench.stores.redis.changing import change_words
from workbench.stores.redis.layout import Keys, token
from workbench.stores.redis.lines import Lines, Way
from workbench.stores.redis.listing import listed
from workbench.stores.redis.paging import part_of, put, read_page
from workbench.stores.redis.place import Place, checked_prefix, checked_ttl, place_at
from workbench.stores.redis.raw import read_raw
from workbench.stores.redis.reading import Look, archived_of, item_of, items_of, rows_of
from workbench.stores.redis.ticket import Request
from workbench.stores.redis.turns import KeepsTurns
from workbench.stores.urls import StoreURL

if TYPE_CHECKING:
    from redis.asyncio import Redis
    from redis.asyncio.cluster import RedisCluster

T = TypeVar("T")


class RedisStore(KeepsTurns, Carries):
    """Many sessions on one Redis server or cluster. Connected at the first use.

    ``redis_client`` is used on the event loop that it belongs to and never closed.
    Raises StoreUnreachable, StoreUnusable, StoreReadOnly, StoreFull, StoreLocked, CorruptItem,
    InvalidItem.
    """

    def __init__(
        self, place: Place | None = None, *, redis_client: Redis | RedisCluster | None = None
    ) -> None:
        self.place = place = place or Place()
        self.read_only = place.read_only
        checked_ttl(place.ttl)
        checked_prefix(place.prefix)
        self.way: Way
        if redis_client is None:
            self.way, self.url = Lines(place), place.url
        else:
            from workbench.stores.redis.lent import Lent

            self.way = lent = Lent(redis_client)
            self.url = lent.url
        self._calls = Calls(place, self.way)
        self._ask, self._write = self._calls.ask, self._calls.write

    def __repr__(self) -> str:
        return f"RedisStore({self.url!r})"

    def keys(self, session_id: str) -> Keys:
        """The keys of a session. Raises InvalidValue for an id that can't be one here."""
        return self._calls.keys(session_id)

    async def read(self, session_id: str, limit: int | None = None) -> list[Item]:
        """The newest ``limit`` items of a session, oldest first; all of them for None."""
        if limit == 0:
            return []
        keys, pause_gc = self.keys(session_id), self.place.pause_gc
        first = 0 if limit is None else -limit
        items = await self.way.do(
            Request(
                ("LRANGE", keys.messages, first, -1),
                lambda raw: items_of(raw, pause_gc),
                keys.session,
            )
        )
        if items is not None:
            return items
        # Read again, slowly: what only orjson refuses is decoded, the rest gets its place.
        return [row.item for row in await self.rows(session_id, limit)]

    async def rows(self, session_id: str, limit: int | None = None) -> list[StoredItem]:
        """As `read`, with each item's key, time and turn.

        Messages of other programs get their labels here; where nothing may be written, their keys
        hold for this look only.
        """
        if limit == 0:
            return []
        pause_gc = self.place.pause_gc

        def read(reply: list[Any]) -> Look | list[StoredItem]:
            look = Look(reply)
            return rows_of(session_id, look, look.labels, pause_gc) if look.is_labelled else look

        while True:
            size = -1 if limit is None else limit
            seen = await self._ask(session_id, "look", read, size)
            if isinstance(seen, list):
                return seen
            try:
                await self._write(session_id, "label")
            except (StoreReadOnly, StoreUnusable):
                return rows_of(session_id, seen, seen.stand_ins(), pause_gc)

    async def page(
        self, session_id: str, after: Key | None = None, *, limit: int = PAGE
    ) -> list[StoredItem]:
        """The next ``limit`` items behind the key ``after``, oldest first; from the start: None.

        What another program puts in the place of items comes again, as new items.
        """
        last = checked_after(after)
        page = await read_page(self._calls, session_id, last, limit, self.place.pause_gc)
        return part_of(await self.rows(session_id), last, limit) if page is None else page

    async def put(
        self,
        session_id: str,
        rows: Sequence[StoredItem | ArchivedItem],
        *,
        newest: Key | EllipsisType | None = ...,
    ) -> list[Key] | None:
        """Append ``rows`` as another session kept them; None when ``newest`` is not the newest."""
        return await put(self._calls, session_id, rows, newest)

    async def branch(self, session_id: str, target: str, *, until: Key | None) -> int | None:
        """Copy items up to ``until`` to ``target``; how many, None when that has any already.

        Raises Unsupported in a cluster, where the two may lie on different servers.
        """
        if self.way.is_cluster:
            raise Unsupported(f"{self.url} is a cluster, which can't copy a session in one step")
        records = await self.turns(session_id)
        return await branch(self._calls, session_id, target, checked_after(until), records)

    async def append(
        self, session_id: str, items: Sequence[Item], *, turn_id: str | None = None
    ) -> list[Key]:
        """Append all of ``items`` or none; returns their keys."""
        texts = [encode(item) for item in items]
        if not texts:
            return []
        _done, first = await self._write(session_id, "append", token(turn_id), *texts)
        return list(range(first, first + len(texts)))

    async def pop(self, session_id: str) -> Item | None:
        """Delete the newest item and return it; a corrupt one is left and raises CorruptItem."""
        keys = self.keys(session_id)
        (newest,) = await self.way.do(
            Request(("LRANGE", keys.messages, -1, -1), lambda raw: raw or [None], keys.session)
        )
        while newest is not None:
            try:
                item = item_of(session_id, newest, 1, None)
            except Exception:
                await self.rows(session_id, 1)  # raises the same with its position and key
                raise
            sha = hashlib.sha1(newest).hexdigest()  # noqa: S324 - names what was looked at
            status, *more = await self._write(session_id, "pop", sha)
            if status == 1:
                return item
            newest = more[0] if more else None  # somebody else was quicker
        return None

    async def clear(self, session_id: str) -> None:
        """Delete all that is kept of a session: items, turns, archive."""
        await self._write(session_id, "clear")

    async def archive(self, session_id: str, keys: Sequence[Key], *, reason: str) -> int:
        """Move items to the archive in one step; keys that are not there are passed over."""
        known = [key for key in keys if isinstance(key, int)]
        change = Edit(archive=known, reason=reason)
        return await self._change(session_id, change, strict=False) if known else 0

    async def archived(self, session_id: str) -> list[ArchivedItem]:
        """What the archive holds of a session, in the order it was archived."""
        return await self._ask(session_id, "archived", lambda told: archived_of(session_id, *told))

    async def raw(self, session_id: str) -> list[RawItem]:
        """The conversation, oldest first, then the archive, each item as the bytes it is."""
        return await read_raw(self._calls, session_id)

    async def restore(self, session_id: str, keys: Sequence[Key]) -> int:
        """Move archived items back to their places in one step; unknown keys are passed over."""
        known = [key for key in keys if isinstance(key, int)]
        return await self._change(session_id, Edit(restore=known), strict=False) if known else 0

    async def edit(self, session_id: str, change: Edit) -> list[Key] | None:
        """Make one atomic change; the keys of what it inserted, or None when it did not apply."""
        named = (
            *(*change.archive, *change.delete),
            *(*change.rewrite, *change.relabel, *change.restore),
        )
        handles = (
            *named,
            *(key for key in (change.before, change.newest) if key not in (None, ...)),
            *change.given,
        )
        if not all(isinstance(key, int) for key in handles):
            for item in (*change.insert, *change.rewrite.values()):
                encode(item)
            return None
        first = await self._change(session_id, change, strict=True)
        return None if first is None else list(range(first, first + len(change.insert)))

    async def list_sessions(self) -> list[SessionInfo]:
        """Every session of the place, the last used first; asked for in pages."""
        return await listed(self.way, self.place.prefix, self._ask)

    async def describe(self, session_id: str) -> dict[str, str]:
        """When the session expires, and what the server does to keep it, by label."""
        return await described(self.way, self.keys(session_id), self.place.ttl)

    async def scrub(self, session_id: str) -> list[str]:
        """Have the server write its files anew, without what was deleted.

        Returns, in sentences, what it did not allow or what lies beyond it.
        """
        self._calls.check()
        return await scrubbed(self.way, self.keys(session_id))

    async def close(self) -> None:
        """Close the connections; the store opens them again when it is used again."""
        await self.way.close()

    async def _change(self, session_id: str, change: Edit, *, strict: bool) -> Any:
        """The first new key (strict) or the number of items moved; None when it did not apply."""
        words = change_words(change, strict=strict)
        status, *more = await self._write(session_id, "change", *words)
        return more[0] if status == 1 else None


def open_url(url: StoreURL) -> RedisStore:
    """``redis://``, ``rediss://``, ``redis+cluster://``, ``redis+unix://``."""
    return RedisStore(place_at(url))


def place_of(url: StoreURL) -> str:
    """The server, the database, the user and how sessions are kept, by whatever spelling."""
    place = place_at(url)
    return repr((place, place.password, place.tls))
