"""A client of redis-py that is lent to us: used on the loop that it belongs to, never closed."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakKeyDictionary

from workbench.errors import InvalidValue, Unsupported
from workbench.loop import on_loop, standstill
from workbench.stores.redis.errors import translated
from workbench.stores.redis.reading import STEP
from workbench.stores.redis.ticket import Request

if TYPE_CHECKING:
    from redis.asyncio import Redis
    from redis.asyncio.cluster import RedisCluster

T = TypeVar("T")

_WAY_OUT = "give the session a redis_url instead, which works on every event loop"


class Lent:
    """The way through a ``redis.asyncio.Redis`` or ``RedisCluster`` of the caller's.

    It belongs to the loop that runs when it is handed over, or else to the first it is used on.
    """

    first_try = b"-"  # redis-py itself sends again what was lost

    def __init__(self, client: Redis | RedisCluster) -> None:
        from redis.asyncio import Redis
        from redis.asyncio.cluster import RedisCluster

        if not isinstance(client, (Redis, RedisCluster)):
            raise InvalidValue(
                "redis_client is a redis.asyncio.Redis or RedisCluster, not a "
                f"{type(client).__module__}.{type(client).__name__}; or {_WAY_OUT}"
            )
        self.client = client
        self.is_cluster = isinstance(client, RedisCluster)
        self.url = _shown(client)
        self.name = f"Redis at {self.url.partition('://')[2]}"
        self._loop: asyncio.AbstractEventLoop | None = None
        with suppress(RuntimeError):
            self._loop = asyncio.get_running_loop()

    async def do(self, request: Request[T], *, writing: bool = False) -> T:
        """Send ``request`` on the client's own loop; a cancellation waits until it has settled."""
        return await self._there(self._done(request))

    async def _there(self, work: Coroutine[Any, Any, T]) -> T:
        here = asyncio.get_running_loop()
        if self._loop is None:
            self._loop = here
        if self._loop is not here and (why := standstill(self._loop)):
            work.close()
            raise Unsupported(f"the redis_client belongs to an event loop that {why}; {_WAY_OUT}")
        return await on_loop(self._loop, work)

    async def nodes(self) -> list[bytes | None]:
        """A route to each master; to a single server, None."""
        if not self.is_cluster:
            return [None]
        return await self._there(self._masters())

    async def close(self) -> None:
        """The client is its owner's to close."""

    async def _done(self, request: Request[T]) -> T:
        from redis.exceptions import NoScriptError, RedisError

        try:
            await self._ready()
            try:
                reply = await self._reply(request)
            except NoScriptError:
                reply = await self._reply(request.in_full())
        except (RedisError, OSError, RuntimeError) as exc:
            sent = request.again is not None
            raise translated(exc, self.name, sent=sent) from exc
        if isinstance(reply, list) and len(reply) > STEP:
            return await asyncio.to_thread(request.read, reply)
        return request.read(reply)

    async def _reply(self, request: Request[Any]) -> Any:
        client: Any = self.client
        options: dict[str, Any] = {"NEVER_DECODE": True}
        if request.route is not None and request.route.startswith(_NODE):
            name = request.route.removeprefix(_NODE).decode()
            options["target_nodes"] = client.get_node(node_name=name)
        elif self.is_cluster and request.command[0] in (
            "INFO",
            "CONFIG",
            "TIME",
            "BGSAVE",
            "BGREWRITEAOF",
        ):
            options["target_nodes"] = client.get_node_from_key(request.route)
        reply = await client.execute_command(*request.command, **options)
        if isinstance(reply, dict) and "target_nodes" in options and len(reply) == 1:
            (only,) = reply
            return reply[only] if only == options["target_nodes"].name else reply
        return reply

    async def _masters(self) -> list[bytes | None]:
        client: Any = self.client
        await self._ready()
        return [_NODE + node.name.encode() for node in client.get_primaries()]

    async def _ready(self) -> None:
        """A cluster client that many tasks use for the first time at once loses replies."""
        if not self.is_cluster:
            return
        client: Any = self.client
        lock = _initializing.setdefault(client, asyncio.Lock())
        async with lock:
            await client.initialize()


_NODE = b"\0node "
_initializing: WeakKeyDictionary[Any, asyncio.Lock] = WeakKeyDictionary()
"""Asking whether a client is ready and making it so belong together, for each client."""


def _shown(client: Any) -> str:
    """The address of a client, as a store URL without secrets."""
    from redis.asyncio.cluster import RedisCluster

    if isinstance(client, RedisCluster):
        node = next(iter(client.nodes_manager.startup_nodes.values()))
        return f"redis+cluster://{node.host}:{node.port}"
    told = client.connection_pool.connection_kwargs
    if "path" in told:
        return f"redis+unix://{told['path']}"
    return f"redis://{told.get('host', 'localhost')}:{told.get('port', 6379)}/{told.get('db') or 0}"
