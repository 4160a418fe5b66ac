"""What the SDK's RedisSession writes is read here, and the other way round, in turns too."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from agents.extensions.memory import RedisSession as SDKSession

from tests.redis_server import RedisServer
from tests.stores.files import contents, messages
from tests.stores.redis.places import empty_server
from workbench.sessions import RedisSession
from workbench.testing.data import ITEMS


@pytest.fixture
def server() -> RedisServer:
    return empty_server()


@asynccontextmanager
async def both(
    server: RedisServer, session_id: str = "demo", **settings: Any
) -> AsyncIterator[tuple[RedisSession, SDKSession]]:
    """Our session and the SDK's, on the same conversation."""
    ours = RedisSession(session_id, server.url, **settings)
    theirs = SDKSession.from_url(session_id, url=server.url, **settings)
    async with ours:
        yield ours, theirs
    await theirs.close()


@pytest.mark.parametrize("name", [name for name in ITEMS if name != "lone surrogates"])
async def test_each_reads_what_the_other_wrote(server: RedisServer, name: str) -> None:
    async with both(server) as (ours, theirs):
        await ours.add_items([ITEMS[name]])
        await theirs.add_items([ITEMS[name]])  # type: ignore[list-item]
        assert await theirs.get_items() == [ITEMS[name]] * 2
        assert await ours.get_items() == [ITEMS[name]] * 2
        assert await theirs.pop_item() == await ours.pop_item() == ITEMS[name]
        assert await ours.pop_item() is None


async def test_the_keys_of_the_sdk_hold_what_the_sdk_puts_there(server: RedisServer) -> None:
    async with both(server) as (ours, theirs):
        await ours.add_items(messages("a"))
        mine = {key: server.do("TYPE", key) for key in sorted(server.do("KEYS", "agents:*"))}
        fields = server.do("HGETALL", "agents:session:demo")
        await ours.clear_session()
        await theirs.add_items(messages("a"))
        assert mine == {
            key: server.do("TYPE", key) for key in sorted(server.do("KEYS", "agents:*"))
        }
        told = server.do("HGETALL", "agents:session:demo")
        assert fields.keys() == told.keys()
        assert all(fields[name].isdigit() for name in (b"created_at", b"updated_at"))


async def test_another_prefix_is_the_sdks_other_prefix(server: RedisServer) -> None:
    async with both(server, key_prefix="app:chats") as (ours, theirs):
        await theirs.add_items(messages("a"))
        assert contents(await ours.get_items()) == ["a"]
        assert [each.session_id for each in await ours.store.list_sessions()] == ["demo"]


async def test_a_conversation_of_the_sdk_gets_keys_that_stay(server: RedisServer) -> None:
    async with both(server) as (ours, theirs):
        await theirs.add_items(messages("a", "b"))
        rows = await ours.rows()
        assert contents([row.item for row in rows]) == ["a", "b"]
        assert [(row.turn_id, row.created_at) for row in rows] == [(None, None)] * 2
        assert [row.key for row in await ours.rows()] == [row.key for row in rows]
        assert await ours.archive([rows[0].key], reason="old") == 1
        assert contents(await theirs.get_items()) == ["b"]
        assert await ours.restore([rows[0].key]) == 1
        assert contents(await theirs.get_items()) == ["a", "b"]


async def test_what_the_sdk_pops_and_adds_gets_no_label_of_another_item(
    server: RedisServer,
) -> None:
    async with both(server) as (ours, theirs):
        keys = await ours.append(messages("a", "b", "c"), turn_id="t1")
        assert contents([await theirs.pop_item()]) == ["c"]
        await theirs.add_items(messages("d"))
        rows = await ours.rows()
        assert contents([row.item for row in rows]) == ["a", "b", "d"]
        assert [row.turn_id for row in rows] == ["t1", "t1", None]
        assert [row.key for row in rows[:2]] == keys[:2]
        assert int(rows[2].key) > int(keys[2])
        assert await ours.archive([keys[2]], reason="gone") == 0
        assert contents(await theirs.get_items()) == ["a", "b", "d"]


async def test_a_coincidence_at_the_end_does_not_hide_a_change_before_it(
    server: RedisServer,
) -> None:
    async with both(server) as (ours, theirs):
        keys = await ours.append(messages("a", "b", "same"), turn_id="t1")
        for _ in range(2):
            await theirs.pop_item()
        await theirs.add_items(messages("other", "same"))
        await ours.append(messages("c"), turn_id="t2")
        assert await ours.archive([keys[1]], reason="no longer there") == 0
        rows = await ours.rows()
        assert contents([row.item for row in rows]) == ["a", "other", "same", "c"]
        assert rows[0].turn_id == "t1"
        assert rows[1].turn_id is None


async def test_a_session_that_the_sdk_cleared_begins_anew(server: RedisServer) -> None:
    async with both(server) as (ours, theirs):
        keys = await ours.append(messages("hello"), turn_id="t1")
        await theirs.clear_session()
        await theirs.add_items(messages("hello"))
        server.do("HSET", "agents:session:demo", "created_at", 1_700_000_000)
        rows = await ours.rows()
        assert [row.turn_id for row in rows] == [None]
        assert rows[0].key not in keys


async def test_in_any_order_of_steps_both_see_the_same(server: RedisServer) -> None:
    choose = random.Random(7)
    expected: list[str] = []
    turns: dict[str, str] = {}
    async with both(server) as (ours, theirs):
        for number in range(150):
            session: Any = choose.choice([ours, theirs])
            step = choose.choice(["add", "add", "pop", "rows"])
            if step == "add":
                texts = [f"{number}.{part}" for part in range(choose.randint(1, 3))]
                expected += texts
                if session is ours:
                    await ours.append(messages(*texts), turn_id=f"t{number}")
                    turns |= dict.fromkeys(texts, f"t{number}")
                else:
                    await theirs.add_items(messages(*texts))
            elif step == "pop":
                popped = await session.pop_item()
                assert (popped and popped["content"]) == (expected.pop() if expected else None)
            else:
                rows = await ours.rows()
                assert contents([row.item for row in rows]) == expected
                assert [row.turn_id for row in rows] == [turns.get(text) for text in expected]
            assert contents(await session.get_items()) == expected


async def test_both_at_once_lose_nothing(server: RedisServer) -> None:
    async with both(server) as (ours, theirs):
        adds = [
            each.add_items(messages(f"{i}", f"{i}")) for i in range(15) for each in (ours, theirs)
        ]
        await asyncio.gather(*adds)
        texts = contents(await ours.get_items())
        assert texts[::2] == texts[1::2]
        assert sorted(texts, key=int) == sorted([str(i) for i in range(15)] * 4, key=int)
        rows = await ours.rows()
        assert len({row.key for row in rows}) == 60


# Expiry


async def test_all_keys_expire_at_the_same_moment_which_each_write_puts_off(
    server: RedisServer,
) -> None:
    async with both(server, ttl=100) as (ours, theirs):
        (key, _) = await ours.append(messages("a", "b"), turn_id="t")
        await theirs.add_items(messages("c"))
        await ours.archive([key], reason="old")

        def moments() -> set[int]:
            found = {name: server.do("PEXPIRETIME", name) for name in server.do("KEYS", "*")}
            assert len(found) == 6
            return set(found.values())

        (first,) = moments()
        await asyncio.sleep(0.01)
        await ours.pop_item()
        (second,) = moments()
        assert second > first
        await ours.rows()
        assert moments() == {second}
        assert 99_000 < second - server.do("TIME")[0] * 1000 < 101_000


async def test_an_expired_session_is_gone_with_all_that_was_kept_of_it(server: RedisServer) -> None:
    async with RedisSession("demo", server.url, 0.15) as session:
        (key, _) = await session.append(messages("a", "b"), turn_id="t")
        await session.archive([key], reason="old")
        await asyncio.sleep(0.3)
        assert server.do("KEYS", "*") == []
        assert (await session.rows(), await session.archived()) == ([], [])


async def test_what_we_add_expires_with_a_session_that_the_sdk_gave_a_time(
    server: RedisServer,
) -> None:
    async with both(server) as (ours, _theirs):
        theirs = SDKSession.from_url("demo", url=server.url, ttl=500)
        await theirs.add_items(messages("a"))
        await ours.append(messages("b"))
        await ours.rows()
        found = {server.do("PEXPIRETIME", name) for name in server.do("KEYS", "*")}
        assert len(found) == 1
        assert found.pop() > 0
        assert "as another program has set it" in (await ours.describe())["expires"]
        await theirs.close()


async def test_a_session_without_a_time_is_kept_for_good_also_after_clearing(
    server: RedisServer,
) -> None:
    async with RedisSession("demo", server.url) as session:
        for _ in range(2):
            await session.append(messages("a"))
            assert {server.do("TTL", name) for name in server.do("KEYS", "*")} == {-1}
            await session.clear_session()
            assert server.do("KEYS", "agents:*") == []
        assert (await session.describe())["expires"] == "never"
