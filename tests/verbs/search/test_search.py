"""``wb.search``: what is found, where, and what is said of what could not be looked at."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from agents.memory import SQLiteSession as SDKSession

import workbench as wb
from tests.conversations_server import conversations_server
from tests.redis_server import redis_server, shared_cluster, shared_server
from tests.stores.files import sql
from workbench import loop
from workbench.errors import (
    InvalidValue,
    PasswordRequired,
    StoreUnreachable,
    StoreUnusable,
    UnknownSession,
)
from workbench.frames.found import FOUND_COLUMNS, found_frame
from workbench.items import user_message
from workbench.sessions import (
    CompactionSession,
    EncryptedSession,
    MemorySession,
    RedisSession,
    SQLiteSession,
)
from workbench.stores import close_all, open_store
from workbench.workspace import workspace

KEY = "4Xk-PFnDqT0yQx3uGQ0mcl2-xD0TTjC0Hq0xZzrKq8s="


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder of its own, where files have short names."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """What the user was told since it was last asked."""
    caplog.set_level(logging.WARNING, logger="workbench")

    def told() -> list[str]:
        lines = list(caplog.messages)
        caplog.clear()
        return lines

    return told


def add(name: str, *texts: str, **options: Any) -> Any:
    """A named session with a user item for each text."""
    session = wb.session(name, **options)
    loop.run(session.add_items([user_message(text) for text in texts]))
    return session


def names(frame: pd.DataFrame) -> list[str]:
    """The sessions of the hits, in the order of their names."""
    return sorted(frame["session"])


def test_all_named_sessions_are_searched_wherever_they_are_kept() -> None:
    add("a", "dark mode")
    add("b", "Dark Mode too", store="sqlite:///b.db")
    add("c", "the darkest mode", store="memory://search-test")
    server = shared_server()
    server.empty()
    add("d", "mode: dark", store=server.url)
    assert names(wb.search("dark mode")) == ["a", "b", "d"]
    assert names(wb.search("dark* mode")) == ["a", "b", "c", "d"]
    assert names(wb.search('"dark mode"')) == ["a", "b"]
    frame = wb.search("dark").set_index("session")
    assert frame.loc["b", "store"] == "sqlite:///b.db"
    assert frame.loc["d", "store"] == open_store(server.url).url
    assert frame["snippet"].to_dict()["d"] == "mode: **dark**"
    assert frame["score"].is_monotonic_decreasing


def test_a_cluster_is_read_through() -> None:
    cluster = shared_cluster()
    cluster.empty()
    for number in range(5):
        loop.run(open_store(cluster.url).append(f"s{number}", [user_message(f"tea {number}")]))
    frame = wb.search("tea", store=cluster.url)
    assert sorted(frame["session_id"]) == [f"s{number}" for number in range(5)]
    assert frame["session"].isna().all()


def test_conversations_at_openai_are_read_through() -> None:
    with conversations_server() as server:
        url = f"openai://?base_url={server.url}"
        add("a", "dark mode", "light", "the dark side", store=url)
        add("b", "daylight", store=url)
        wb.hide("a", 1)
        for how in ({"store": url}, {"sessions": ["a", "b"]}, {}):
            frame = wb.search("dark", **how).sort_values("order")
            assert frame["order"].tolist() == [1, 3], how
            assert frame["session"].tolist() == ["a", "a"]
            assert set(frame["store"]) == {open_store(url).url}
        loop.run(close_all())


def test_a_store_is_searched_named_or_not() -> None:
    add("a", "dark", store="sqlite:///app.db")
    loop.run(SQLiteSession("b", "app.db").add_items([user_message("dark tea")]))
    frame = wb.search("dark", store="sqlite:///app.db").sort_values("session_id")
    assert frame["session_id"].tolist() == ["a", "b"]
    assert frame["session"].tolist() == ["a", pd.NA]
    only = wb.search("dark", store="sqlite:///app.db", sessions="b")
    assert only["session_id"].tolist() == ["b"]
    with pytest.raises(UnknownSession, match=r"no session 'bb' in sqlite:///app.db; did you"):
        wb.search("dark", store="sqlite:///app.db", sessions=["a", "bb"])


def test_what_an_application_wrote_is_found_and_its_file_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "app.db"
    session = SDKSession("theirs", path)
    items: list[Any] = [user_message("tea"), user_message("dark mode")]
    asyncio.run(session.add_items(items))
    session.close()
    before = path.read_bytes()
    frame = wb.search("dark", store="sqlite:///app.db")
    assert frame[["session_id", "order", "turn"]].values.tolist() == [["theirs", 2, 1]]
    loop.run(close_all())
    assert path.read_bytes() == before


def test_sessions_are_names_and_objects_of_any_kind(tmp_path: Path) -> None:
    add("a", "dark a")
    add("b", "dark b")
    inner = MemorySession("m")
    sdk = SDKSession("sdk", tmp_path / "sdk.db")
    encrypted = EncryptedSession(MemorySession("e"), KEY)
    objects: list[Any] = [inner, sdk, encrypted, CompactionSession(SQLiteSession("c", "c.db"))]
    for session in objects:
        loop.run(session.add_items([user_message(f"dark {session.session_id}")]))
    sdk_read = wb.search("dark", sessions=sdk)
    assert sdk_read["store"].isna().all()
    assert wb.search("dark", sessions="a")["session"].tolist() == ["a"]
    frame = wb.search("dark", sessions=["a", *objects])
    assert sorted(frame["session_id"]) == ["a", "c", "e", "m", "sdk"]
    sdk.close()


def test_the_same_session_asked_for_twice_is_found_once() -> None:
    session = add("a", "dark")
    assert len(wb.search("dark", sessions=["a", "a", session])) == 1
    memory = MemorySession("m")
    secret = EncryptedSession(MemorySession("e"), KEY)
    for each in (memory, secret):
        loop.run(each.add_items([user_message("dark")]))
    again: list[Any] = [memory, secret, CompactionSession(memory), memory, secret]
    assert sorted(wb.search("dark", sessions=again)["session_id"]) == ["e", "m"]
    assert len(wb.search("dark", sessions=[])) == 0


def test_tags_choose_among_the_named_sessions() -> None:
    for name, tags in (("a", ["red", "big"]), ("b", ["red"]), ("c", [])):
        add(name, "dark")
        wb.tag(name, *tags)
    assert names(wb.search("dark", tag="red")) == ["a", "b"]
    assert names(wb.search("dark", tag=["red", "big"])) == ["a"]
    assert wb.search("dark", tag="blue").empty
    with pytest.raises(InvalidValue, match="leave store and sessions out"):
        wb.search("dark", tag="red", sessions="a")


def test_titles_and_metadata_choose_among_the_named_sessions() -> None:
    for name, title, customer in (("a", "Oulu in March", 7), ("b", "Oulu", 8), ("c", "Turku", 7)):
        add(name, "dark")
        wb.tag(name, title=title, metadata={"customer": customer})
    assert names(wb.search("dark", title="oulu")) == ["a", "b"]
    assert names(wb.search("dark", metadata={"customer": 7})) == ["a", "c"]
    assert names(wb.search("dark", title="Oulu", metadata={"customer": 7})) == ["a"]
    for noted in ({"title": "Oulu"}, {"metadata": {"customer": 7}}):
        with pytest.raises(InvalidValue, match="leave store and sessions out"):
            wb.search("dark", sessions="a", **noted)


def test_roles_and_times_choose_among_the_items() -> None:
    wb.ask("a", "I prefer dark mode")
    assert set(wb.search("dark")["role"]) == {"user", "assistant"}
    assert wb.search("dark", role="user")["order"].tolist() == [1]
    for key, day in ((1, "2026-01-01 12:00:00"), (2, "2026-01-02 12:00:00.5")):
        query = "UPDATE agent_messages SET created_at = ? WHERE id = ?"
        sql(workspace().file, query, day, key)
    for since in ("2026-01-02", "2026-01-02T12:00", date(2026, 1, 2)):
        assert wb.search("dark", since=since)["order"].tolist() == [2]
    for until in ("2026-01-01", date(2026, 1, 1), datetime(2026, 1, 2, tzinfo=UTC)):
        assert wb.search("dark", until=until)["order"].tolist() == [1]
    assert wb.search("dark", since="2026-01-01", until="2026-01-02")["order"].nunique() == 2
    long = datetime.now(UTC) - datetime(2026, 1, 2, tzinfo=UTC)
    assert wb.search("dark", since=long)["order"].tolist() == [2]
    for ago in ("30min", "12h", "7d", "2 w", timedelta(hours=1)):
        assert wb.search("dark", until=ago).shape[0] >= 0
        assert wb.search("dark", since="400000d").shape[0] == 2
    assert wb.search("dark", limit=1).shape[0] == 1
    assert wb.search("dark", limit=None).shape[0] == 2


def test_an_item_of_no_known_time_is_left_out_when_times_are_asked_for(tmp_path: Path) -> None:
    sdk = SDKSession("sdk", tmp_path / "sdk.db")
    items: list[Any] = [user_message("dark")]
    asyncio.run(sdk.add_items(items))
    assert len(wb.search("dark", sessions=sdk)) == 1
    assert len(wb.search("dark", sessions=sdk, since="7d")) == 0
    sdk.close()


def test_tools_and_what_they_answered_are_searched(tmp_path: Path) -> None:
    session = SQLiteSession("a", "a.db")
    items: list[Any] = [
        {
            "type": "function_call",
            "name": "get_weather",
            "arguments": '{"city":"Z\\u00fcrich","note":"a\\nsecond line"}',
            "call_id": "c",
        },
        {"type": "function_call_output", "call_id": "c", "output": '["sunny\\nwarm"]'},
        {"type": "web_search_call", "action": {"query": "alps"}, "results": [{"text": "snow"}]},
    ]
    loop.run(session.add_items(items))
    expected = {
        "zurich": 1,
        "get_weather": 1,
        '"second line"': 1,
        "warm": 2,
        "alps": 3,
        "snow": 3,
        "city": 1,
    }
    for typed, order in expected.items():
        frame = wb.search(typed, store="sqlite:///a.db")
        assert frame["order"].tolist() == [order], typed
    assert wb.search("warm", store="sqlite:///a.db")["role"].tolist() == ["tool"]
    for scanned in (MemorySession("m"),):
        loop.run(scanned.add_items(items))
        for typed, order in expected.items():
            assert wb.search(typed, sessions=scanned)["order"].tolist() == [order], typed


def test_encrypted_sessions_are_searched_with_their_key(
    monkeypatch: pytest.MonkeyPatch, said: Callable[[], list[str]]
) -> None:
    monkeypatch.setenv("WORKBENCH_KEY", KEY)
    add("plain", "dark tea")
    add("secret", "dark chocolate", encrypt=True)
    add("secret-redis", "dark rum", encrypt=True, store=shared_server().url)
    add("memory", "dark", encrypt=True, store="memory://search-encrypted")
    assert names(wb.search("dark")) == ["memory", "plain", "secret", "secret-redis"]
    assert wb.search("chocolate", sessions="secret")["snippet"][0] == "dark **chocolate**"
    here = f"sqlite:///{workspace().file}"
    assert sorted(wb.search("dark", store=here)["session_id"]) == ["plain", "secret"]
    assert said() == []
    monkeypatch.delenv("WORKBENCH_KEY")
    workspace().secrets.forget("secret")
    workspace().secrets.forget("secret-redis")
    workspace().secrets.forget("memory")
    assert names(wb.search("dark")) == ["plain"]
    (line,) = said()
    assert line.startswith("not searched, as encrypted and no key is known: ")
    assert all(name in line for name in ("'secret'", "'secret-redis'", "'memory'"))
    assert names(wb.search("dark", store=here)) == ["plain"]
    assert said() == ["not searched, as encrypted and no key is known: 'secret'; set WORKBENCH_KEY"]
    assert wb.search("dark", sessions="secret").empty
    assert "'secret'" in said()[0]


def test_a_wrong_key_is_told_and_the_others_are_searched(
    monkeypatch: pytest.MonkeyPatch, said: Callable[[], list[str]]
) -> None:
    monkeypatch.setenv("WORKBENCH_KEY", KEY)
    add("plain", "dark tea")
    add("secret", "dark chocolate", encrypt=True)
    workspace().secrets.forget("secret")
    monkeypatch.setenv("WORKBENCH_KEY", "n7mB1f0PUbPb0Q5oHq3uUEBqkW1d0S9L7sJvYx2tR4c=")
    assert names(wb.search("dark")) == ["plain"]
    (line,) = said()
    assert "session 'secret' was encrypted with key" in line


def test_a_store_that_can_not_be_reached_is_told_and_the_others_are_searched(
    said: Callable[[], list[str]],
) -> None:
    add("a", "dark")
    with redis_server() as server:
        url = server.url + "?timeout=0.2"
        add("gone", "dark", store=url)
        loop.run(open_store(url).close())
    locked = """INSERT INTO workbench_names (name, store, session_id, created_at, used_at)
        VALUES ('locked', 'redis://:@127.0.0.1:1', 'locked', '2026-01-01', '2026-01-01')"""
    sql(workspace().file, locked)
    assert names(wb.search("dark")) == ["a"]
    assert len(said()) == 2
    with pytest.raises(StoreUnreachable, match=r"127\.0\.0\.1"):
        wb.search("dark", sessions="gone")
    with pytest.raises(PasswordRequired):
        wb.search("dark", sessions="locked")
    with pytest.raises(StoreUnreachable):
        wb.search("dark", store=url)
    assert said() == []


def test_damaged_items_are_told_and_the_others_are_found(said: Callable[[], list[str]]) -> None:
    add("a", "dark", "secret text", "dark too")
    add("b", "dark", store="sqlite:///b.db")
    damage = "UPDATE agent_messages SET message_data = '{ secret' WHERE id = 2"
    sql(workspace().file, damage)
    assert names(wb.search("dark")) == ["a", "a", "b"]
    (line,) = said()
    assert line.startswith(
        "session 'a' in sqlite:///home/workbench.db has items that can't be read"
    )
    assert "secret" not in line


def test_hidden_items_are_found_and_archived_ones_are_not() -> None:
    for store in ("sqlite:///a.db", "memory://search-hidden", shared_server().url):
        add("demo", "dark one", "dark two", "dark three", store=store)
        wb.hide("demo", 1)
        base = workspace().base(loop.run(workspace().get("demo")))
        newest = loop.run(base.rows(1))[0].key
        loop.run(base.archive([newest], reason="old"))
        frame = wb.search("dark", sessions="demo").sort_values("order")
        assert frame["order"].tolist() == [1, 2], store
        loop.run(base.clear_session())
        loop.run(workspace().forget("demo"))


def test_what_is_hidden_in_a_session_of_the_sdk_is_found_in_its_place(tmp_path: Path) -> None:
    sdk = SDKSession("sdk", tmp_path / "sdk.db")
    items: list[Any] = [user_message(text) for text in ("dark one", "two", "dark three")]
    asyncio.run(sdk.add_items(items))
    wb.hide(sdk, 1)
    frame = wb.search("dark", sessions=[sdk, sdk]).sort_values("order")
    assert frame["order"].tolist() == [1, 3]
    assert frame["snippet"].tolist() == ["**dark** one", "**dark** three"]
    sdk.close()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"text": ""}, "no word in ''"),
        ({"text": "!!! …"}, "no word in '!!! …'"),
        ({"text": "🦊" * 1000}, r"no word in .*\(1000 characters\)"),
        ({"text": None}, "text, not a NoneType"),
        ({"text": "a", "role": "usr"}, "no role 'usr'; did you mean 'user'"),
        ({"text": "a", "role": ["user"]}, "no role"),
        ({"text": "a", "since": "yesterday"}, "since is a datetime, a day"),
        ({"text": "a", "until": 7}, "until is a datetime, a day"),
        ({"text": "a", "limit": 0}, "limit is a number of items from 1"),
        ({"text": "a", "limit": True}, "limit is a number of items from 1"),
        ({"text": "a", "sessions": 7}, "not a int"),
        ({"text": "a", "sessions": [7]}, "not a int"),
        ({"text": "a", "sessions": {"a": 1}}, "not a dict"),
        ({"text": "a", "store": "nowhere://x"}, "no store has the scheme"),
        ({"text": " ".join(f"w{n}" for n in range(300))}, "up to 200 words, not 300"),
    ],
)
def test_what_can_not_be_meant_is_refused(words: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidValue, match=message):
        wb.search(**words)


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    add("demo", "dark")
    with pytest.raises(UnknownSession, match="did you mean 'demo'"):
        wb.search("dark", sessions=["dmeo"])


def test_nothing_found_has_the_same_columns_and_dtypes() -> None:
    empty = wb.search("dark")
    add("demo", "dark")
    full = wb.search("dark")
    assert empty.dtypes.to_dict() == full.dtypes.to_dict() == found_frame([]).dtypes.to_dict()
    assert list(full) == [column.name for column in FOUND_COLUMNS]
    assert full.dtypes.astype(str).to_dict() == {each.name: each.dtype for each in FOUND_COLUMNS}


def test_looking_makes_no_workspace(tmp_path: Path) -> None:
    assert wb.search("dark").empty
    assert not (tmp_path / "home").exists()


def test_hits_of_all_places_are_compared_by_all_that_was_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WORKBENCH_KEY", KEY)
    add("plain", *["nothing at all"] * 100, "zebra " + "and more " * 20)
    add("secret", "zebra zebra", encrypt=True)
    add("memory", "a zebra", store="memory://search-compared")
    frame = wb.search("zebra")
    assert frame["session"].tolist() == ["secret", "memory", "plain"]
    assert frame["score"].is_monotonic_decreasing
    assert frame["score"].min() > 0.1


def test_a_redis_session_that_the_sdk_wrote_is_found() -> None:
    server = shared_server()
    server.empty()
    session = RedisSession("theirs", server.url)
    loop.run(session.add_items([user_message("dark mode")]))
    frame = wb.search("dark", store=server.url)
    assert frame[["session_id", "order", "turn"]].values.tolist() == [["theirs", 1, 1]]
    assert wb.search("dark", sessions=session)["session_id"].tolist() == ["theirs"]


def test_a_store_that_is_opened_to_be_read_is_left_as_it_is(tmp_path: Path) -> None:
    add("a", "dark", store="sqlite:///app.db")
    loop.run(close_all())
    before = (tmp_path / "app.db").read_bytes(), sorted(path.name for path in tmp_path.iterdir())
    opened = wb.open("sqlite:///app.db")
    frame = opened.search("dark")
    assert frame[["session", "session_id", "order"]].values.tolist() == [["a", "a", 1]]
    assert wb.search("dark", sessions=opened.session("a"))["order"].tolist() == [1]
    loop.run(close_all())
    after = (tmp_path / "app.db").read_bytes(), sorted(path.name for path in tmp_path.iterdir())
    assert after == before
    memory = open_store("memory://search-read-only")
    loop.run(memory.append("m", [user_message("dark")]))
    assert wb.open("memory://search-read-only").search("dark")["order"].tolist() == [1]


def test_a_workspace_that_can_not_be_read_is_no_matter_for_other_places(tmp_path: Path) -> None:
    add("a", "dark", store="sqlite:///app.db")
    loop.run(close_all())
    workspace().file.write_text("no database at all " * 100)
    assert wb.search("dark", store="sqlite:///app.db")["session"].isna().all()
    with pytest.raises(StoreUnusable):
        wb.search("dark")
    loop.run(close_all())
