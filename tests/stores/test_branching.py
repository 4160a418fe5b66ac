"""Each store that can branch passes the contract, and a kill leaves all of a branch or nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.contract_branching import BranchingContract, letters_of, talked
from tests.redis_server import RedisServer, shared_cluster
from tests.script import finish, start
from tests.stores.redis.places import empty_cluster, empty_server, store_at
from workbench.errors import Unsupported
from workbench.stores.memory import MemoryStore
from workbench.stores.sqlite import SQLiteStore, branching
from workbench.testing.data import message


class TestInMemory(BranchingContract):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()

    @pytest.fixture
    def again(self, store: MemoryStore) -> MemoryStore:
        return store


class TestInSQLite(BranchingContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[SQLiteStore]:
        yield from _closed(SQLiteStore(tmp_path / "chats.db"))

    @pytest.fixture
    def again(self, tmp_path: Path) -> Iterator[SQLiteStore]:
        yield from _closed(SQLiteStore(tmp_path / "chats.db"))


class TestInSQLiteWithNumbersOfItsOwn(TestInSQLite):
    """As where others wrote so much in between that distances are not kept."""

    @pytest.fixture(autouse=True)
    def _never_keeps_distances(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(branching, "_WIDE", 0)


async def test_wide_distances_between_ids_are_not_carried_on(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "chats.db")
    for number in range(20):
        await store.append("origin", [message(number)], turn_id=f"t{number}")
        await store.append("other", [message("noise")] * 9)
    keys: Any = [row.key for row in await store.rows("origin")]
    assert keys[-1] - keys[0] > 100
    assert await store.branch("origin", "new", until=keys[-1]) == 20
    rows = await store.rows("new")
    new: Any = [row.key for row in rows]
    assert new == list(range(new[0], new[0] + 20))
    assert [row.turn_id for row in rows] == [f"t{number}" for number in range(20)]
    (later,) = await store.append("new", [message("later")])
    assert later == new[-1] + 1
    await store.close()


class TestInRedis(BranchingContract):
    @pytest.fixture
    def server(self) -> RedisServer:
        return empty_server()

    @pytest.fixture
    def store(self, server: RedisServer) -> Iterator[Any]:
        yield from _closed(store_at(server.url))

    @pytest.fixture
    def again(self, server: RedisServer) -> Iterator[Any]:
        yield from _closed(store_at(server.url))

    async def test_a_branch_expires_as_its_store_says(self, server: RedisServer) -> None:
        store = store_at(f"{server.url}?ttl=60")
        keys = await talked(store)
        await store.branch("origin", "new", until=keys[-1])
        left = {key: server.do("PTTL", key) for key in server.do("KEYS", "*new*")}
        assert left
        assert all(50_000 < each <= 60_000 for each in left.values())
        await store.close()

    async def test_what_another_program_wrote_is_branched_too(
        self, store: Any, server: RedisServer
    ) -> None:
        await talked(store)
        server.do("RPUSH", "agents:session:origin:messages", json.dumps(message("theirs")))
        last = (await store.rows("origin"))[-1]
        assert await store.branch("origin", "new", until=last.key) == 7
        server.do("RPUSH", "agents:session:origin:messages", json.dumps(message("more")))
        assert await store.branch("origin", "other", until=last.key) == 7
        assert (await letters_of(store, "other")).endswith("theirs")


async def test_a_cluster_says_that_it_can_not_and_how_it_stands() -> None:
    empty_cluster()
    store = store_at(shared_cluster().url)
    keys = await talked(store)
    with pytest.raises(Unsupported, match="cluster"):
        await store.branch("origin", "new", until=keys[0])
    await store.close()


def _closed(store: Any) -> Iterator[Any]:
    yield store
    asyncio.run(store.close())


async def test_what_the_sdk_alone_has_written_is_branched(tmp_path: Path) -> None:
    from agents.memory import SQLiteSession as SDKSession

    theirs = SDKSession("origin", tmp_path / "theirs.db")
    items: list[Any] = [message("a"), message("b")]
    await theirs.add_items(items)
    theirs.close()
    store = SQLiteStore(tmp_path / "theirs.db")
    first = (await store.rows("origin"))[0]
    assert await store.branch("origin", "new", until=first.key) == 1
    again = SDKSession("new", tmp_path / "theirs.db")
    assert await again.get_items() == [message("a")]
    again.close()
    await store.close()


async def test_a_damaged_record_goes_along_as_it_is(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "chats.db")
    keys = await talked(store)
    await store.file.write(
        lambda db: (
            db.execute("UPDATE workbench_turns SET record = '{' WHERE turn_id = 't1'") and None
        )
    )
    assert await store.branch("origin", "new", until=keys[-1]) == 6
    records: list[Any] = await store.file.read(
        lambda db: db.execute(
            "SELECT record FROM workbench_turns WHERE session_id = 'new' ORDER BY started_at"
        ).fetchall(),
        missing=[],
    )
    assert records[0] == ("{",)
    await store.close()


KILLED = """
    import asyncio, sys
    from workbench.stores import open_store
    from workbench.protocols import StoredItem

    url, mode = sys.argv[1:]
    row = StoredItem(1, {"role": "user", "content": "x" * 300}, None, "t1")

    async def main():
        store = open_store(url)
        print("ready", flush=True)
        number = 0
        while True:
            if mode == "put":
                await store.put("put", [row] * 700)
            else:
                last = (await store.rows("origin", 1))[0].key
                await store.branch("origin", f"new-{number}", until=last)
            number += 1

    asyncio.run(main())
"""


@pytest.mark.parametrize("place", ["sqlite", "redis"])
@pytest.mark.parametrize("mode", ["put", "branch"])
def test_killed_in_the_middle_there_is_all_of_a_step_or_nothing(
    mode: str, place: str, tmp_path: Path
) -> None:
    url = empty_server().url if place == "redis" else f"sqlite:///{tmp_path / 'chats.db'}"

    def store() -> Any:
        return store_at(url) if place == "redis" else SQLiteStore(tmp_path / "chats.db")

    async def prepare() -> None:
        made = store()
        await made.append("origin", [message(number) for number in range(700)], turn_id="t1")
        await made.close()

    async def sizes() -> list[int]:
        made = store()
        infos = await made.list_sessions()
        found = [len(await made.rows(info.session_id)) for info in infos]
        await made.close()
        return found

    asyncio.run(prepare())
    for number in range(2):
        process = start(KILLED, url, mode, folder=tmp_path, flags=())
        assert process.stdout is not None
        process.stdout.readline()
        with suppress(Exception):
            process.wait(0.05 + 0.06 * number)
        process.kill()
        finish(process, code=-9)
        found = asyncio.run(sizes())
        assert all(size % 700 == 0 for size in found), found
        if mode == "branch":
            assert all(size == 700 for size in found)
            asyncio.run(_clear(store(), "new-"))


async def _clear(store: Any, prefix: str) -> None:
    for info in await store.list_sessions():
        if info.session_id.startswith(prefix):
            await store.clear(info.session_id)
    await store.close()
