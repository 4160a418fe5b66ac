"""Comparing stores: the same conversation in each, and what comes back of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from agents import Agent

import workbench as wb
from tests.conversations_server import ConversationsServer, shared_conversations
from tests.redis_server import RedisServer, shared_cluster, shared_server
from tests.turn.models import add
from tests.verbs.compare.comparing import KEY, ids, nothing_left, replies, rows, talked
from workbench import loop
from workbench.items import Item, is_encrypted
from workbench.models.reading import SUMMARY_HEADER
from workbench.sessions import OpenAISession
from workbench.stores import SCHEMES, register_scheme
from workbench.stores.memory import MemoryStore
from workbench.testing.data import message
from workbench.verbs.compare.journal import PREFIX
from workbench.workspace import handle, workspace

TALK = ("My name is John", "Use add with a=2 and b=3")


@pytest.fixture
def redis() -> RedisServer:
    shared_server().empty()
    return shared_server()


@pytest.fixture
def openai(monkeypatch: pytest.MonkeyPatch) -> ConversationsServer:
    server = shared_conversations()
    server.heal()
    monkeypatch.setenv("OPENAI_API_KEY", "test")
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    return server


def left(server: RedisServer) -> list[bytes]:
    """What a comparison has left on a server for good; the tickets of its last writes expire."""
    keys = [key for key in server.do("KEYS", "*") if PREFIX.encode() in key]
    return [key for key in keys if not 0 < server.do("TTL", key) <= 3600]


def talk(name: str, **settings: Any) -> None:
    """A conversation with a tool in it."""
    ann = Agent(name="Ann", tools=[add])
    wb.session(name, **settings)
    for prompt in TALK:
        wb.ask(name, prompt, agent=ann, model="offline")


def test_one_conversation_reads_back_from_every_store(
    tmp_path: Path, redis: RedisServer, openai: ConversationsServer
) -> None:
    talk("demo")
    cluster = shared_cluster()
    urls = [f"sqlite:///{tmp_path}/a.db", redis.url, cluster.url, "openai://", "memory://compare"]
    made = wb.compare("What's my name?", [*urls, "demo"], session="demo", model="offline")
    found = rows(made)
    assert found["error"].isna().all()
    assert set(found["reply"]) == {"Your name is John."}
    assert found["items_equal"].all()
    assert found["same_history"].all()
    assert set(found["n_history"]) == {6}
    assert (found["bytes_stored"] > 50).all()
    assert found["store"].tolist()[:4] != found["store"].tolist()[2:]
    for url in urls:
        assert nothing_left(url)
    assert left(redis) == []
    assert [key for server in cluster.masters() for key in left(server)] == []


def test_a_copy_at_openai_is_deleted_there_too(openai: ConversationsServer) -> None:
    talk("demo")
    wb.compare("Hi", ["openai://"], session="demo", model="offline")
    assert openai.count("POST", "/conversations") > 0
    assert openai.count("DELETE") >= 8


def test_a_session_at_openai_is_copied_there(openai: ConversationsServer) -> None:
    session = OpenAISession("demo")
    wb.ask(session, "My name is John", model="offline")
    found = rows(wb.compare("What's my name?", [session], model="offline"))
    assert found["error"].isna().all()
    assert found["items_equal"].all()
    assert found["reply"].tolist() == ["Your name is John."]
    assert len(wb.history(session)) == 2


class Forgetful(MemoryStore):
    """Loses a word of what it is given, as a store should not."""

    async def append(self, session_id: str, items: Any, *, turn_id: str | None = None) -> Any:
        changed = [_worse(item) for item in items]
        return await super().append(session_id, changed, turn_id=turn_id)


def _worse(item: Item) -> Item:
    text = item.get("content")
    return {**item, "content": text.replace("?", "")} if isinstance(text, str) else item


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr("workbench.stores.SCHEMES", dict(SCHEMES))
    store = Forgetful("forgetful://")
    register_scheme("forgetful", lambda _url: store)
    return "forgetful://x"


def test_a_store_that_changes_an_item_is_found_out(forgetful: str) -> None:
    found = rows(wb.compare("What's my name?", [forgetful, "memory://right"]))
    assert found["items_equal"].tolist() == [False, True]
    assert found["status"].tolist() == ["done", "done"]


def test_two_sessions_with_another_history_are_told_apart() -> None:
    talked("one", "My name is John")
    talked("two", "My name is John")
    talked("three", "My name is Jane")
    found = rows(wb.compare("Hi", ["one", "two", "three"]))
    assert found["same_history"].to_dict() == {"one": True, "two": True, "three": False}
    assert found["items_equal"].all()


# What stands around a session


class Watched(MemoryStore):
    """Notes all it was ever given."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.given: list[Item] = []

    async def append(self, session_id: str, items: Any, *, turn_id: str | None = None) -> Any:
        self.given += items
        return await super().append(session_id, items, turn_id=turn_id)

    async def edit(self, session_id: str, change: Any) -> Any:
        self.given += change.insert
        return await super().edit(session_id, change)

    async def put(self, session_id: str, given: Any, **more: Any) -> Any:
        self.given += [row.item for row in given]
        return await super().put(session_id, given, **more)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Watched:
    monkeypatch.setattr("workbench.stores.SCHEMES", dict(SCHEMES))
    store = Watched("watched://")
    register_scheme("watched", lambda _url: store)
    return store


def test_copies_of_an_encrypted_session_are_encrypted(watched: Watched) -> None:
    talk("demo", encrypt=True, key=KEY)
    talked("plain", "My name is John")
    made = wb.compare("What's my name?", ["demo", "watched://x"], session="demo")
    found = rows(made)
    assert set(found["reply"]) == {"Your name is John."}
    assert found["items_equal"].all()
    assert len(watched.given) == 8
    assert all(map(is_encrypted, watched.given))
    plain = rows(wb.compare("What's my name?", ["plain"])).iloc[0]
    assert found["bytes_stored"].tolist()[0] > 1.3 * plain["bytes_stored"]


def test_a_copy_is_compacted_as_its_origin_is() -> None:
    talked("demo", *(f"My number is {number}" for number in range(3)), max_messages=6)
    before = wb.history("demo")
    made = wb.compare(["My name is John", "What's my name?"], "demo")
    frame = made.frame
    assert frame["reply"].tolist()[-1] == "Your name is John."
    assert frame["n_history"].tolist()[0] == 6
    assert frame["n_history"].tolist()[1] < 8
    assert frame["items_equal"].all()
    assert frame["requests"].tolist()[0] == 2
    assert wb.history("demo").equals(before)
    assert not any(text.startswith(SUMMARY_HEADER) for text in wb.history("demo")["content"])


def test_a_summary_and_hidden_items_stay_as_they_are_in_a_copy() -> None:
    talked("demo", *(f"My number is {number}" for number in range(3)))
    wb.compact("demo", keep_last=2)
    entry = loop.run(workspace().get("demo"))
    session = workspace().base(entry)
    sent = loop.run(session.get_items())
    found = rows(wb.compare("Hi", {"a": "demo", "b": "memory://hidden"}, session="demo"))
    assert found["n_history"].tolist() == [len(sent)] * 2
    assert found["same_history"].all()


def test_a_session_of_another_ids_store_is_not_touched(redis: RedisServer) -> None:
    talked("demo", "My name is John", store=redis.url)
    before = {key: redis.do("DUMP", key) for key in redis.do("KEYS", "*")}
    assert replies(wb.compare("What's my name?", "demo")) == {"demo": "Your name is John."}
    assert {key: redis.do("DUMP", key) for key in before} == before
    assert left(redis) == []
    assert ids(redis.url) == ["demo"]


def test_what_was_opened_to_be_read_is_compared_on_a_copy_in_memory(
    redis: RedisServer, tmp_path: Path
) -> None:
    path, kept = tmp_path / "app.db", "memory://kept"
    for url in (f"sqlite:///{path}", redis.url, kept):
        loop.run(workspace().store_at(url).append("theirs", [message("My name is John")]))
    loop.run(workspace().store_at(f"sqlite:///{path}").close())
    before = path.read_bytes()
    theirs = [wb.open(url).session("theirs") for url in (f"sqlite:///{path}", redis.url, kept)]
    made = wb.compare("What's my name?", theirs)
    assert list(made.frame["reply"]) == ["Your name is John."] * 3
    assert path.read_bytes() == before
    assert left(redis) == []
    assert nothing_left()


def test_a_long_history_is_copied_in_pages(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/long.db"
    store = workspace().store_at(url)
    items = [{"role": "user", "content": f"line {number}"} for number in range(2_500)]
    loop.run(store.append("long", items))
    found = rows(wb.compare("Hi", {"long": handle(store, "long"), "other": "memory://long"}))
    assert found["n_history"].tolist() == [2_500, 0]
    assert found["items_equal"].all()
    assert ids(url) == ["long"]
