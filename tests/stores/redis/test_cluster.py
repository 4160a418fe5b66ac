"""A cluster: where keys lie, what happens when a master fails, and when slots move."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest
from redis.crc import key_slot

from tests.redis_server import RedisCluster, redis_cluster, wait_for
from tests.stores.files import contents, messages
from tests.stores.redis.places import empty_cluster, store_at
from workbench.errors import StoreUnreachable
from workbench.stores.redis.layout import keys_of
from workbench.testing.data import NAMES, batch, check_batches, texts


@pytest.fixture
def cluster() -> RedisCluster:
    return empty_cluster()


@pytest.mark.parametrize("name", [*NAMES.values(), "}", "{", "{}", "a}b{c", "{a}{b}", "}{"])
def test_all_keys_of_a_session_lie_in_one_slot_and_sessions_never_share_keys(name: str) -> None:
    keys = keys_of(name, "agents:session", is_cluster=True)
    assert len({key_slot(key) for key in keys.all}) == 1
    others = {key for other in NAMES.values() if other != name for key in _keys(other)}
    assert not others & set(keys.all)


def _keys(name: str) -> tuple[bytes, ...]:
    return keys_of(name, "agents:session", is_cluster=True).all


async def test_sessions_are_spread_over_the_masters_and_all_are_listed(
    cluster: RedisCluster,
) -> None:
    store = store_at(cluster.url)
    names = [f"s{number}" for number in range(60)]
    await asyncio.gather(*(store.append(name, messages(name)) for name in names))
    held = Counter(len(master.do("KEYS", "*:messages")) for master in cluster.masters())
    assert len(cluster.masters()) == 3
    assert 0 not in held
    listed = await store.list_sessions()
    assert sorted(each.session_id for each in listed) == sorted(names)
    assert {each.n_items for each in listed} == {1}
    await store.close()


async def test_any_node_is_the_way_in(cluster: RedisCluster) -> None:
    for server in cluster.servers:
        store = store_at(f"redis+cluster://{server.host}:{server.port}")
        await asyncio.gather(*(store.append(f"s{n}", messages(n)) for n in range(9)))
        await store.close()
    store = store_at(cluster.url)
    for number in range(9):
        assert contents(await store.read(f"s{number}")) == [str(number)] * 3
    await store.close()


async def test_a_slot_that_moves_is_followed(cluster: RedisCluster) -> None:
    store = store_at(cluster.url)
    await store.append("demo", messages("before"))
    key = "{agents:session:demo}"
    slot = key_slot(key.encode())
    source = cluster.master_of(key)
    target = next(each for each in cluster.masters() if each is not source)
    node = {each: each.raw("CLUSTER", "MYID").decode() for each in (source, target)}
    target.do("CLUSTER", "SETSLOT", slot, "IMPORTING", node[source])
    source.do("CLUSTER", "SETSLOT", slot, "MIGRATING", node[target])
    held = source.raw("CLUSTER", "GETKEYSINSLOT", slot, 100)

    def move() -> None:
        # The last key goes a moment later: until then nobody can answer for all of them.
        for name in held:
            source.do("MIGRATE", target.host, target.port, name, 0, 5000)
        for server in (target, source):
            server.do("CLUSTER", "SETSLOT", slot, "NODE", node[target])

    source.do("MIGRATE", target.host, target.port, held.pop(), 0, 5000)
    appending = asyncio.ensure_future(store.append("demo", messages("meanwhile")))
    await asyncio.sleep(0.2)
    assert not appending.done()
    move()
    await appending
    await store.append("demo", messages("after"))
    assert contents(await store.read("demo")) == ["before", "meanwhile", "after"]
    assert cluster.master_of(key) is target
    await store.close()


async def test_a_slot_on_its_way_is_asked_for_where_it_goes(cluster: RedisCluster) -> None:
    store = store_at(cluster.url)
    await store.append("fresh", messages("a"))
    key = "{agents:session:fresh}"
    slot = key_slot(key.encode())
    source = cluster.master_of(key)
    target = next(each for each in cluster.masters() if each is not source)
    node = {each: each.raw("CLUSTER", "MYID").decode() for each in (source, target)}
    target.do("CLUSTER", "SETSLOT", slot, "IMPORTING", node[source])
    source.do("CLUSTER", "SETSLOT", slot, "MIGRATING", node[target])
    for name in source.raw("CLUSTER", "GETKEYSINSLOT", slot, 100):
        source.do("MIGRATE", target.host, target.port, name, 0, 5000)
    assert contents(await store.read("fresh")) == ["a"]  # answered by ASK
    assert await store.turns("fresh") == []
    for server in (target, source):
        server.do("CLUSTER", "SETSLOT", slot, "NODE", node[target])
    await store.append("fresh", messages("b"))
    assert contents(await store.read("fresh")) == ["a", "b"]
    await store.close()


async def test_when_a_master_fails_in_the_middle_nothing_is_torn_or_twice() -> None:
    with redis_cluster(replicas=1, node_timeout=800) as cluster:
        store = store_at(f"{cluster.url}?timeout=30")
        done: dict[str, list[int]] = {f"s{number}": [] for number in range(12)}
        stop = asyncio.Event()

        async def talk(name: str) -> None:
            number = 0
            while not stop.is_set():
                await store.append(name, batch(number), turn_id=f"t{number}")
                done[name].append(number)
                number += 1
                await asyncio.sleep(0.01)

        talking = [asyncio.ensure_future(talk(name)) for name in done]
        await asyncio.sleep(0.4)
        # The master that the URL names, too: the others know the way.
        victim = cluster.servers[0]
        held = victim.do("KEYS", "*:messages")
        before = {name: len(numbers) for name, numbers in done.items()}
        victim.kill()
        await asyncio.to_thread(wait_for, lambda: len(cluster.masters()) == 3, "the failover")
        await asyncio.sleep(1.0)
        stop.set()
        await asyncio.gather(*talking)
        assert held
        for name, numbers in done.items():
            assert len(numbers) > before[name]
            found = texts(await store.read(name))
            numbers_found = [int(text.partition(":")[0]) for text in found[::3]]
            check_batches(await store.read(name), set(numbers_found))
            # A replica may have missed what its master acknowledged in its last moments, no more.
            assert numbers_found == sorted(set(numbers_found))
            missing = set(numbers) - set(numbers_found)
            assert len(missing) <= 3, (name, missing)
            rows = await store.rows(name)
            assert [row.turn_id for row in rows] == [f"t{n}" for n in numbers_found for _ in "123"]
        await store.close()


async def test_a_cluster_with_a_hole_in_it_says_so() -> None:
    with redis_cluster(node_timeout=500) as cluster:
        store = store_at(f"{cluster.url}?timeout=1")
        await store.append("demo", messages("a"))
        cluster.master_of("{agents:session:demo}").kill()
        with pytest.raises(StoreUnreachable):
            await store.append("demo", messages("b"))
        with pytest.raises(StoreUnreachable):
            await store.read("demo")
        await store.close()


async def test_an_append_is_one_script_call_on_one_node(cluster: RedisCluster) -> None:
    store = store_at(cluster.url)
    await store.append("demo", messages("warm"))

    def calls() -> Any:
        return sum(m.calls().get("evalsha", 0) for m in cluster.masters())

    before = calls()
    for number in range(10):
        await store.append("demo", messages(number))
    assert calls() - before == 10
    await store.close()
