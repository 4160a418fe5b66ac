"""Edits of a session in Redis: what the memory store does, whatever comes in whatever order."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from typing import Any

import pytest

from tests.redis_server import RedisServer, shared_cluster
from tests.stores.files import contents, messages
from tests.stores.redis.places import empty_server, store_at
from workbench.protocols import Edit, Key
from workbench.stores.memory import MemoryStore
from workbench.stores.redis import RedisStore


@pytest.fixture
def server() -> RedisServer:
    return empty_server()


class Twins:
    """The same steps on a Redis store and on a memory store, their keys side by side.

    A key of one stands for the key of the other that came into being at the same moment.
    """

    def __init__(self, store: RedisStore, seed: int) -> None:
        self.theirs, self.ours = MemoryStore(), store
        self.random = random.Random(seed)
        self.number = 0

    def texts(self, most: int) -> list[Any]:
        size = self.random.randint(0, most)
        self.number += size
        return messages(*range(self.number - size, self.number))

    async def state(self, store: Any) -> tuple[list[Any], list[Any], list[Key], list[Key]]:
        rows, kept = await store.rows("s"), await store.archived("s")
        for each in (rows, kept):
            assert len({row.key for row in each}) == len(each)
        assert [row.key for row in rows] == sorted(row.key for row in rows)
        assert contents(await store.read("s")) == contents([row.item for row in rows])
        shown = [(row.item["content"], row.turn_id, row.created_at is None) for row in rows]
        archive = [(each.item["content"], each.reason, each.turn_id) for each in kept]
        order = sorted([row.key for row in rows] + [each.key for each in kept])
        places = {key: place for place, key in enumerate(order)}
        at = [places[row.key] for row in rows], [places[each.key] for each in kept]
        keys = [row.key for row in rows], [each.key for each in kept]
        return [shown, at[0]], [archive, at[1]], *keys

    async def step(self) -> None:
        """One random step on both, and what both hold afterwards."""
        one, other = await self.state(self.theirs), await self.state(self.ours)
        assert one[:2] == other[:2]
        live, kept = (list(zip(one[i], other[i], strict=True)) for i in (2, 3))
        kind = self.random.choice(["append", "append", "pop", "archive", "restore", "edit", "edit"])
        results = await getattr(self, kind)(live, kept)
        assert results[0] == results[1], kind

    def some(self, pairs: Sequence[Any], most: int = 3) -> tuple[list[Key], list[Key]]:
        chosen = self.random.sample(pairs, min(len(pairs), self.random.randint(0, most)))
        if self.random.random() < 0.05:
            chosen.append((10**17, 10**17))  # nobody's
        return [pair[0] for pair in chosen], [pair[1] for pair in chosen]

    async def append(self, _live: Any, _kept: Any) -> tuple[Any, Any]:
        items, turn = self.texts(4), self.random.choice([None, "t1", "a turn/é", ""])
        found = [await each.append("s", items, turn_id=turn) for each in (self.theirs, self.ours)]
        return len(found[0]), len(found[1])

    async def pop(self, _live: Any, _kept: Any) -> tuple[Any, Any]:
        return await self.theirs.pop("s"), await self.ours.pop("s")

    async def archive(self, live: Any, _kept: Any) -> tuple[Any, Any]:
        one, other = self.some(live)
        reason = self.random.choice(["re wind", "compaction:1", ""])
        return (
            await self.theirs.archive("s", one, reason=reason),
            await self.ours.archive("s", other, reason=reason),
        )

    async def restore(self, _live: Any, kept: Any) -> tuple[Any, Any]:
        one, other = self.some(kept)
        return await self.theirs.restore("s", one), await self.ours.restore("s", other)

    async def edit(self, live: Any, kept: Any) -> tuple[Any, Any]:
        archive, delete, restore = self.some(live), self.some(live, 1), self.some(kept)
        rewrite, before = self.some(live + kept, 2), self.some(live, 1)
        texts, insert = self.texts(2), self.texts(3)
        rewritten = [texts[0] if texts else {"role": "user", "content": "again"}] * 9
        turn = self.random.choice([None, "t2", "compaction:x"])
        newest: Any = self.random.choice([..., ..., "last", None])
        found: list[Any] = []
        for index, store in enumerate((self.theirs, self.ours)):
            last = live[-1][index] if live and newest == "last" else None
            change = Edit(
                reason="edited",
                archive=archive[index],
                delete=delete[index],
                rewrite=dict(zip(rewrite[index], rewritten, strict=False)),
                restore=restore[index],
                insert=insert,
                before=before[index][0] if before[index] else None,
                turn_id=turn,
                newest=... if newest is ... else last,
            )
            keys = await store.edit("s", change)  # type: ignore[attr-defined]
            found.append(None if keys is None else len(keys))
        return found[0], found[1]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("where", ["server", "cluster"])
async def test_random_steps_end_as_in_memory(server: RedisServer, where: str, seed: int) -> None:
    if where == "cluster":
        shared_cluster().empty()
    store = store_at(server.url if where == "server" else shared_cluster().url)
    twins = Twins(store, seed)
    for _ in range(80):
        await twins.step()
    await store.close()


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 130))
async def test_many_random_steps_end_as_in_memory(server: RedisServer, seed: int) -> None:
    store = store_at(server.url)
    twins = Twins(store, seed)
    for _ in range(700):
        await twins.step()
    await store.close()


async def test_an_edit_takes_one_round_trip_and_readers_see_it_whole(server: RedisServer) -> None:
    store = store_at(server.url)
    keys = await store.append("s", messages(*range(200)))
    await store.edit("s", Edit(insert=messages("warm")))
    seen: set[int] = set()

    async def watch() -> None:
        while not editing.done():
            seen.add(len(await store.read("s")))

    change = Edit(
        reason="compaction:1", archive=keys[:150], insert=messages("summary"), before=keys[150]
    )
    editing = asyncio.ensure_future(store.edit("s", change))
    await watch()
    assert seen <= {201, 52}
    assert len(await editing or ()) == 1
    assert contents(await store.read("s", 52))[:2] == ["summary", "150"]
    await store.close()


async def test_of_two_edits_of_the_same_items_one_happens(server: RedisServer) -> None:
    one, two = store_at(server.url), store_at(server.url)
    keys = await one.append("s", messages(*range(10)))
    change = Edit(archive=keys[:5], insert=messages("summary"), before=keys[5])
    done = await asyncio.gather(*(store.edit("s", change) for store in (one, two) * 4))
    assert sum(each is not None for each in done) == 1
    assert contents(await one.read("s")) == ["summary", "5", "6", "7", "8", "9"]
    for store in (one, two):
        await store.close()


async def test_what_is_rewritten_leaves_no_copy_on_the_server(server: RedisServer) -> None:
    store = store_at(server.url)
    a, b = await store.append("s", messages("secret one", "secret two"))
    await store.archive("s", [a], reason="old")
    first, second = messages("x", "y")
    assert await store.edit("s", Edit(rewrite={a: first, b: second})) == []
    held = [server.do("DUMP", key) for key in server.do("KEYS", "*")]
    assert len(held) >= 5
    assert not any(b"secret" in each for each in held)
    assert contents([each.item for each in await store.archived("s")]) == ["x"]
    await store.close()


async def test_ten_thousand_items_are_added_and_moved_in_one_step(server: RedisServer) -> None:
    store = store_at(server.url)
    keys = await store.append("s", messages(*range(10_000)), turn_id="t")
    assert len(set(keys)) == 10_000
    change = Edit(archive=keys[:9_000], insert=messages(*range(8_100)), before=keys[9_000])
    assert len(await store.edit("s", change) or ()) == 8_100
    assert contents(await store.read("s", 1_001))[:2] == ["8099", "9000"]
    assert len(await store.archived("s")) == 9_000
    await store.close()


async def test_what_another_program_wrote_with_other_spaces_is_the_same_item(
    server: RedisServer,
) -> None:
    theirs = server.client()
    texts = [
        '{"role": "user", "content": "h\\u00e9 1.0", "n": [1, {"a": null}]}',
        '{"role":"user"}',
    ]
    theirs.rpush("agents:session:s:messages", *texts)
    store = store_at(server.url)
    first, second = await store.rows("s")
    assert (
        await store.edit("s", Edit(delete=[second.key], given={first.key: {"role": "x"}})) is None
    )
    given = {first.key: first.item, second.key: second.item}
    assert await store.edit("s", Edit(delete=[second.key], given=given)) == []
    assert await store.read("s") == [first.item]
    await store.close()
    theirs.close()
