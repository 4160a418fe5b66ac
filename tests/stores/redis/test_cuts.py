"""Connections that are cut in the middle of a write: it is there once, or it is said."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from redis.asyncio import Redis

from tests.redis_server import RedisServer, shared_server, wait_for
from tests.stores.files import contents, messages
from tests.stores.redis.places import empty_server, store_at
from tests.tcp_proxy import TcpProxy, tcp_proxy
from workbench.errors import (
    StoreUnreachable,
)
from workbench.protocols import Edit
from workbench.stores.redis import RedisStore
from workbench.testing.data import batch, check_batches


@pytest.fixture
def server() -> RedisServer:
    return empty_server()


@pytest.fixture
def proxy(server: RedisServer) -> Iterator[TcpProxy]:
    with tcp_proxy((server.host, server.port)) as proxy:
        yield proxy


def through(proxy: TcpProxy, options: str = "timeout=5") -> RedisStore:
    return store_at(f"redis://{proxy.host}:{proxy.port}?{options}")


def holds(count: int) -> bool:
    """Whether session "s" of the shared server has so many items."""
    return bool(shared_server().do("LLEN", "agents:session:s:messages") == count)


@pytest.mark.parametrize("after", [0, 1, 100, 400, 700])
@pytest.mark.parametrize("direction", ["up", "down"])
async def test_a_write_that_is_cut_is_there_once(
    proxy: TcpProxy, direction: Any, after: int
) -> None:
    store = through(proxy)
    await store.append("a", messages("first"))
    for number in range(3):
        proxy.cut(after=after if direction == "up" else after // 100, direction=direction)
        await store.append("a", batch(number))
    assert proxy.cuts_done >= 2
    check_batches((await store.read("a"))[1:], range(3))
    await store.close()


async def test_whatever_write_lost_its_reply_is_done_once(proxy: TcpProxy) -> None:
    store = through(proxy)
    a, b, c, d = await store.append("s", messages("same", "same", "same", "same"))

    async def cut(work: Any) -> Any:
        proxy.cut(after=0, direction="down")
        before = proxy.cuts_done
        result = await work
        assert proxy.cuts_done == before + 1
        return result

    assert await cut(store.archive("s", [a], reason="x")) == 1
    assert await cut(store.restore("s", [a])) == 1
    change = Edit(delete=[b], insert=messages("new"), newest=d)
    inserted = await cut(store.edit("s", change))
    rows = await store.rows("s")
    assert [row.key for row in rows] == [a, c, d, *inserted]
    await store.edit("s", Edit(delete=inserted))
    assert await store.append("s", messages("same"))
    assert len(await store.read("s")) == 4
    await store.close()


async def test_a_pop_that_lost_its_reply_takes_one_of_equal_items(proxy: TcpProxy) -> None:
    store = through(proxy)
    await store.append("s", messages("same", "same", "same"))
    (raw,) = shared_server().do("LRANGE", "agents:session:s:messages", -1, -1)
    # The reply to the look passes, that to the taking does not.
    proxy.cut(after=len(raw) + len(f"*1\r\n${len(raw)}\r\n\r\n"), direction="down")
    assert await store.pop("s") is not None
    assert proxy.cuts_done == 1
    assert len(await store.read("s")) == 2
    await store.close()


async def test_a_clearing_that_lost_its_reply_leaves_what_came_after_it(proxy: TcpProxy) -> None:
    store, other = through(proxy), store_at(shared_server().url)
    await store.append("s", messages("old"))
    proxy.delay = 0.05
    proxy.cut(after=0, direction="down")
    clearing = asyncio.ensure_future(store.clear("s"))
    await asyncio.to_thread(wait_for, partial(holds, 0), "the clearing", pause=0)
    await other.append("s", messages("new"))
    await clearing
    assert contents(await other.read("s")) == ["new"]
    for each in (store, other):
        await each.close()


async def test_many_at_once_over_a_line_that_keeps_breaking_are_there_once_each(
    proxy: TcpProxy,
) -> None:
    store = through(proxy, "timeout=20")
    await store.append("0", messages("first"))
    for number in range(12):
        proxy.cut(after=300 * number, direction="down" if number % 2 else "up")
    await asyncio.gather(*(store.append(str(n % 4), batch(n)) for n in range(120)))
    assert proxy.cuts_done >= 3
    proxy.accept()
    for session in range(4):
        items = await store.read(str(session))
        check_batches(items[session == 0 :], range(session, 120, 4))
    await store.close()


async def test_a_client_that_is_lent_writes_nothing_twice_either(proxy: TcpProxy) -> None:
    async with Redis(host=proxy.host, port=proxy.port) as client:
        store = RedisStore(redis_client=client)
        await store.append("s", messages("first"))
        for number in range(3):
            proxy.cut(after=0, direction="down")
            await store.append("s", batch(number))
        assert proxy.cuts_done == 3
        check_batches((await store.read("s"))[1:], range(3))


async def test_when_it_can_not_be_told_any_more_that_is_said(
    proxy: TcpProxy, server: RedisServer
) -> None:
    store, other = through(proxy), store_at(server.url)
    await store.append("s", messages("first"))
    proxy.delay = 0.3
    proxy.cut(after=0, direction="down")
    appending = asyncio.ensure_future(store.append("s", messages("perhaps")))
    await asyncio.to_thread(wait_for, partial(holds, 2), "the append", pause=0)
    await asyncio.gather(*(other.append("s", messages(n)) for n in range(600)))
    with pytest.raises(StoreUnreachable, match="look at the newest items"):
        await appending
    assert contents(await other.read("s")).count("perhaps") == 1
    for each in (store, other):
        await each.close()


async def test_a_busy_session_is_not_taken_for_one_that_forgot(proxy: TcpProxy) -> None:
    store = through(proxy)
    await asyncio.gather(*(store.append("s", messages(number)) for number in range(600)))
    await asyncio.sleep(1.2)
    proxy.cut(after=10, direction="up")
    await store.append("s", messages("arrives late"))
    proxy.cut(after=0, direction="down")
    await store.append("s", messages("answered late"))
    assert proxy.cuts_done == 2
    assert contents(await store.read("s", 2)) == ["arrives late", "answered late"]
    assert len(await store.read("s")) == 602
    await store.close()


async def test_a_cancelled_write_over_a_slow_line_is_settled_first(proxy: TcpProxy) -> None:
    store = through(proxy)
    await store.append("s", messages("first"))
    proxy.delay = 0.1
    task = asyncio.ensure_future(store.append("s", messages("second")))
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()
    assert shared_server().do("LLEN", "agents:session:s:messages") == 2
    await store.close()
