"""The Conversations store: names, pages, and what there is to say of it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from openai import AsyncOpenAI

from tests.contract_abilities import record
from tests.conversations_server import ConversationsServer, shared_conversations
from tests.stores.conversations.stores import conversation_of, made, numbers, store_at
from workbench.errors import InvalidStoreURL, MissingKey, UnknownSession
from workbench.places import companion_file
from workbench.protocols import Edit
from workbench.stores import open_store
from workbench.stores.conversations import ConversationsStore
from workbench.testing.data import message, texts


@pytest.fixture
def server() -> ConversationsServer:
    shared_conversations().heal()
    return shared_conversations()


# URLs and keys


def test_one_store_serves_all_who_name_the_same_place(server: ConversationsServer) -> None:
    one = open_store(f"openai://?base_url={server.url}")
    assert isinstance(one, ConversationsStore)
    assert open_store(f"openai://?base_url={server.url}") is one
    assert open_store("openai://") is not one
    assert server.url.rpartition(":")[2].partition("/")[0] in one.url


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("openai://key@host", "names no server"),
        ("openai:///file", "names no server"),
        ("openai://?api_key=sk-private", "no option 'api_key'"),
        ("openai://?timeout=soon", "timeout is a number of seconds"),
    ],
)
def test_an_odd_url_is_refused_without_a_secret(url: str, said: str) -> None:
    with pytest.raises(InvalidStoreURL, match=said) as caught:
        open_store(url)
    assert "sk-private" not in str(caught.value)


def test_a_password_in_the_address_is_not_shown() -> None:
    store = ConversationsStore(base_url="https://me:private@host.example/v1")
    assert "private" not in store.url
    assert "private" not in repr(store)


async def test_no_key_is_said_before_anything_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    store = ConversationsStore()
    for call in (store.append("demo", numbers(1)), store.read("conv_1"), store.pop("conv_1")):
        with pytest.raises(MissingKey, match="set OPENAI_API_KEY"):
            await call
    # What is kept beside needs no server.
    await store.save_turn("demo", record("t1"))
    assert [turn.turn_id for turn in await store.turns("demo")] == ["t1"]
    assert await store.archived("demo") == []
    assert await store.list_sessions() == []
    await store.close()


async def test_a_key_that_is_set_later_counts(
    server: ConversationsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setenv("OPENAI_BASE_URL", "https://api.openai.com/v1")
    store = ConversationsStore()
    with pytest.raises(MissingKey):
        await store.append("demo", numbers(1))
    monkeypatch.setenv("OPENAI_API_KEY", "test")
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    await store.append("demo", numbers(1))
    assert texts(await store.read("demo")) == ["0"]
    await store.close()


# Names and ids


async def test_looking_at_an_unknown_name_makes_nothing(server: ConversationsServer) -> None:
    store = store_at(server)
    assert await store.read("nobody") == []
    assert await store.rows("nobody") == []
    assert await store.pop("nobody") is None
    assert await store.archive("nobody", [1], reason="r") == 0
    assert await store.restore("nobody", [1]) == 0
    assert await store.edit("nobody", Edit(delete=[1])) is None
    await store.clear("nobody")
    assert await store.list_sessions() == []
    assert (await store.describe("nobody"))["conversation"].startswith("none yet")
    assert server.requests == []
    await store.close()


async def test_looking_at_an_unknown_id_makes_nothing(server: ConversationsServer) -> None:
    store = store_at(server)
    for call in (store.read, store.rows, store.pop):
        with pytest.raises(UnknownSession, match=r"no conversation 'conv_unknown'.*a wrong id"):
            await call("conv_unknown")
    with pytest.raises(UnknownSession, match="a wrong id"):
        await store.append("conv_unknown", numbers(1))
    await store.clear("conv_unknown")
    assert server.count("POST", "/conversations/") == 0
    assert await store.list_sessions() == []
    await store.close()


async def test_the_server_is_told_the_name(server: ConversationsServer) -> None:
    store = store_at(server)
    for name in ("demo", "käyttäjä 🙂", "n" * 9_000):
        await store.append(name, numbers(1))
        found = server.ask("GET", f"/conversations/{await conversation_of(store, name)}")
        assert found["metadata"] == {"workbench_session": name[:512]}
    await store.close()


async def test_a_name_and_its_id_are_one_session(server: ConversationsServer) -> None:
    store = store_at(server)
    keys = await store.append("demo", numbers(3), turn_id="t1")
    conversation = await conversation_of(store)
    assert await store.rows(conversation) == await store.rows("demo")
    await store.archive(conversation, keys[:1], reason="old")
    assert texts(await store.read("demo")) == ["1", "2"]
    assert await store.archived(conversation) == await store.archived("demo")
    await store.append(conversation, numbers(1, 3))
    assert texts(await store.read("demo")) == ["1", "2", "3"]
    assert [info.session_id for info in await store.list_sessions()] == ["demo"]
    await store.close()


async def test_the_workspace_remembers_the_names(
    server: ConversationsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = store_at(server)
    await store.append("first", numbers(2))
    await store.append("second", numbers(1))
    await store.close()
    store = store_at(server)
    listed = [(info.session_id, info.n_items) for info in await store.list_sessions()]
    assert listed == [("second", 1), ("first", 2)]
    assert texts(await store.read("first")) == ["0", "1"]
    assert companion_file().exists()
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "another"))
    other = store_at(server)
    assert await other.list_sessions() == []
    assert await other.read("first") == []
    for each in (store, other):
        await each.close()


# Pages


async def test_the_newest_items_take_one_request(server: ConversationsServer) -> None:
    store = store_at(server)
    await store.append("demo", numbers(250))
    for limit, requests in ((1, 1), (100, 1), (101, 2), (None, 3), (250, 3), (9_999, 3)):
        server.requests.clear()
        found = texts(await store.read("demo", limit))
        assert found == [str(n) for n in range(max(0, 250 - (limit or 250)), 250)]
        assert len(server.requests) == requests
    server.requests.clear()
    assert await store.read("demo", 0) == []
    assert server.requests == []
    await store.close()


async def test_clearing_goes_through_the_pages_from_the_first_to_what_is_added_meanwhile(
    server: ConversationsServer,
) -> None:
    store = store_at(server)
    conversation = await made(server)
    await store.append(conversation, numbers(150))
    server.requests.clear()
    server.fail_next("GET", "order=asc", after=1, delay=0.4)
    clearing = asyncio.create_task(store.clear(conversation))
    await asyncio.sleep(0.2)
    server.add(conversation, "from elsewhere")
    await clearing
    assert server.contents(conversation) == []
    assert sum("order=asc" in each.path for each in server.requests) == 2
    await store.close()


async def test_an_append_takes_one_request(server: ConversationsServer) -> None:
    store = store_at(server)
    await store.append("demo", numbers(1))
    server.requests.clear()
    await store.append("demo", numbers(20), turn_id="t")
    assert [(each.method, len(each.body["items"])) for each in server.requests] == [("POST", 20)]
    server.requests.clear()
    await store.append("demo", numbers(21), turn_id="t")
    assert [len(each.body["items"]) for each in server.requests] == [20, 1]
    await store.close()


# What there is to say


async def test_it_says_how_long_things_stay_and_what_deleting_leaves(
    server: ConversationsServer,
) -> None:
    store = store_at(server)
    await store.append("demo", numbers(1))
    lines = await store.describe("demo")
    assert lines["server"] == server.url
    assert "never" in lines["expires"]
    assert "30 days" in lines["expires"]
    assert "without them" in lines["deleting"]
    await store.close()


async def test_scrubbing_deletes_what_was_left_and_says_what_may_remain(
    server: ConversationsServer,
) -> None:
    store = store_at(server)
    keys = await store.append("demo", [message("the secret"), message("b")])
    fault = server.fail_next("DELETE", "/items", status=500, times=9999)
    await store.edit("demo", Edit(delete=keys[:1]))
    conversation = await conversation_of(store)
    assert server.contents(conversation) == ["the secret", "b"]
    remaining = await store.scrub("demo")
    assert any("could not be reached" in line for line in remaining)
    fault.times = 0
    remaining = await store.scrub("demo")
    assert not any("could not be reached" in line for line in remaining)
    assert "What the service keeps" in remaining[0]
    assert server.contents(conversation) == ["b"]
    await store.close()


async def test_a_turn_that_is_saved_first_does_not_hinder_an_id(
    server: ConversationsServer,
) -> None:
    store = store_at(server)
    conversation = await made(server, "a", "b")
    await store.save_turn(conversation, record("t1", session_id=conversation))
    first, _second = [row.key for row in await store.rows(conversation)]
    assert await store.archive(conversation, [first], reason="old") == 1
    assert server.contents(conversation) == ["b"]
    assert len(await store.turns(conversation)) == 1
    await store.close()


async def test_a_client_that_is_passed_in_is_used_and_left_open(
    server: ConversationsServer,
) -> None:
    async with AsyncOpenAI(api_key="test", base_url=server.url) as client:
        store = ConversationsStore(openai_client=client)
        await store.append("demo", numbers(2))
        assert texts(await store.read("demo")) == ["0", "1"]
        await store.close()
        assert not client.is_closed()
        assert texts(await store.read("demo")) == ["0", "1"]
