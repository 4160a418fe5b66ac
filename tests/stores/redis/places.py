"""The shared servers, empty, and stores on them: what the tests of the Redis store begin with."""

from __future__ import annotations

from tests.redis_server import RedisCluster, RedisServer, shared_cluster, shared_server
from workbench.stores.redis import RedisStore
from workbench.stores.redis.place import place_at
from workbench.stores.urls import StoreURL


def empty_server() -> RedisServer:
    """The shared server, with nothing in it."""
    shared_server().empty()
    return shared_server()


def empty_cluster() -> RedisCluster:
    """The shared cluster, with nothing in it."""
    shared_cluster().empty()
    return shared_cluster()


def store_at(url: str) -> RedisStore:
    """A store of its own, with connections of its own."""
    return RedisStore(place_at(StoreURL.parse(url)))
