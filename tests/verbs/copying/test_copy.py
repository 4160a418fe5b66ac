"""``wb.copy``: what a copy carries between any two places, and what it says of the rest."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from agents.memory import SQLiteSession as SDKSession

import workbench as wb
from tests.conversations_server import shared_conversations
from tests.redis_server import shared_cluster, shared_server
from tests.sessions.four_methods import ListSession, ServiceSession
from tests.verbs.copying.conversations import base, full, readable, told
from workbench import loop
from workbench.errors import (
    InvalidItem,
    InvalidValue,
    KeyRequired,
    SessionChanged,
    UnknownSession,
    WrongKey,
)
from workbench.items import is_encrypted
from workbench.protocols import ArchivedItem
from workbench.sessions import EncryptedSession, MemorySession, RedisSession, SQLiteSession
from workbench.sessions.adopted import AdoptedSession
from workbench.testing.data import message
from workbench.workspace import workspace

KEY = "4Xk-PFnDqT0yQx3uGQ0mcl2-xD0TTjC0Hq0xZzrKq8s="


def place_at(kind: str, folder: Path) -> str:
    """The URL of a store of this kind with nothing in it."""
    if kind == "redis":
        shared_server().empty()
        return shared_server().url
    if kind == "cluster":
        shared_cluster().empty()
        return shared_cluster().url
    if kind == "memory":
        return f"memory://{folder.name}-{kind}"
    return f"sqlite:///{folder / kind}.db"


KINDS = ("sqlite", "redis", "cluster", "memory")


@pytest.mark.parametrize("to", KINDS)
@pytest.mark.parametrize("source", ["sqlite", "redis", "memory"])
def test_all_there_is_goes_from_any_store_to_any_other(
    source: str, to: str, tmp_path: Path
) -> None:
    if source == to:
        with pytest.raises(InvalidValue, match=r"wb\.fork"):
            _copy_within(source, tmp_path)
        return
    full(store=place_at(source, tmp_path))
    before = told(base("demo"))
    made = wb.copy("demo", place_at(to, tmp_path), name="copy")
    assert (made.items, made.archived, made.turns) == (7, 5, 6)
    assert (made.name, made.notes, made.resumed) == ("copy", (), False)
    assert told(base("copy")) == before
    assert told(base("demo")) == before
    assert base("copy").session_id == "demo"


def _copy_within(kind: str, folder: Path) -> None:
    url = place_at(kind, folder)
    full(store=url)
    wb.copy("demo", url)


def test_tags_settings_and_agent_go_along(tmp_path: Path) -> None:
    full(max_messages=40)
    wb.copy("demo", f"sqlite:///{tmp_path / 'b.db'}", name="copy")
    one, other = (loop.run(workspace().get(name)) for name in ("demo", "copy"))
    assert (other.wrappers, other.about) == (one.wrappers, one.about)
    assert (other.agent, other.model, other.about.title) == ("ada", "offline", "A title")


def test_a_copy_goes_on_by_itself(tmp_path: Path) -> None:
    wb.ask("demo", "My name is John")
    wb.copy("demo", f"sqlite:///{tmp_path / 'b.db'}")
    assert wb.ask("demo-sqlite", "What's my name?").text == "Your name is John."
    assert (len(wb.history("demo")), len(wb.history("demo-sqlite"))) == (2, 4)
    wb.rewind("demo-sqlite", 1)
    wb.restore("demo-sqlite")
    assert len(wb.history("demo-sqlite")) == 4


def test_without_a_name_it_has_that_of_the_store_with_it(tmp_path: Path) -> None:
    wb.session("demo")
    names = [wb.copy("demo", f"sqlite:///{tmp_path / name}.db").name for name in "ab"]
    assert names == ["demo-sqlite", "demo-sqlite-2"]
    assert wb.copy("demo", place_at("redis", tmp_path)).name == "demo-redis"
    assert wb.copy("demo", place_at("cluster", tmp_path), name="x").name == "x"


def test_what_the_archive_held_last_is_restored_first_in_a_copy(tmp_path: Path) -> None:
    for number in range(4):
        wb.ask("demo", f"My number is {number}")
    wb.rewind("demo", 3)
    wb.rewind("demo", 1)
    wb.copy("demo", place_at("redis", tmp_path), name="copy")
    for name in ("demo", "copy"):
        wb.restore(name)
        assert len(wb.history(name)) == 6
        wb.restore(name)
        assert len(wb.history(name)) == 8


# Refused


@pytest.mark.parametrize("what", ["items", "archive", "turns"])
def test_a_target_with_anything_in_it_is_left_as_it_is(what: str, tmp_path: Path) -> None:
    full()
    url = place_at("redis", tmp_path)
    target = RedisSession("demo", url)
    if what == "turns":
        loop.run(target.save_turn(loop.run(base("demo").turns())[0]))
    else:
        (key,) = loop.run(target.append([message("theirs")])) or []
        if what == "archive":
            loop.run(target.archive([key], reason="old"))
    before = told(target)
    with pytest.raises(InvalidValue, match="no unfinished copy of session 'demo'"):
        wb.copy("demo", url)
    with pytest.raises(InvalidValue, match="no unfinished copy"):
        wb.copy("demo", url, restart=True)
    assert told(target) == before
    assert list(wb.list_sessions()["name"]) == ["demo"]
    loop.run(target.close())


def test_a_copy_that_is_whole_is_not_made_again(tmp_path: Path) -> None:
    full()
    url = place_at("redis", tmp_path)
    wb.copy("demo", url)
    with pytest.raises(InvalidValue, match="no unfinished copy"):
        wb.copy("demo", url)
    with pytest.raises(InvalidValue, match="no unfinished copy"):
        wb.copy("demo", url, restart=True)


def test_wrong_arguments_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    full()
    wb.session("other")
    url = place_at("redis", tmp_path)
    with pytest.raises(InvalidValue, match="there is a session 'other' already"):
        wb.copy("demo", url, name="other")
    with pytest.raises(InvalidValue, match="leave name= out"):
        wb.copy("demo", MemorySession("x"), name="new")
    with pytest.raises(InvalidValue, match=r"wb\.fork"):
        wb.copy("demo", base("demo").store.url)
    with pytest.raises(InvalidValue, match=r"wb\.fork"):
        wb.copy(session := MemorySession("x"), session)
    with pytest.raises(InvalidValue, match="leave key= out"):
        wb.copy(MemorySession("x"), url, key=KEY)
    wb.ask("plain", "Hi")
    with pytest.raises(InvalidValue, match="'plain' is not encrypted, so key= opens nothing"):
        wb.copy("plain", url, key=KEY)
    with pytest.raises(InvalidValue, match="given as a URL"):
        wb.copy("demo", 7)  # type: ignore[arg-type]
    with pytest.raises(UnknownSession, match="demo"):
        wb.copy("dmeo", url)
    assert shared_server().do("KEYS", "*") == []


# Encrypted


def test_an_encrypted_session_is_encrypted_again_by_the_same_key(tmp_path: Path) -> None:
    full(encrypt=True, key=KEY)
    url = place_at("redis", tmp_path)
    made = wb.copy("demo", url, name="copy")
    assert (made.items, made.archived, made.turns) == (7, 5, 6)
    stored = base("copy")
    items = [*loop.run(stored.rows()), *loop.run(stored.archived())]
    assert all(is_encrypted(each.item) for each in items)
    assert {each.error[:7] for each in loop.run(stored.turns())} == {'{"wb1":'}
    assert told(readable("copy")) == told(readable("demo"))
    assert items[0].item not in [row.item for row in loop.run(base("demo").rows())]
    assert wb.history("copy")["content"].tolist() == wb.history("demo")["content"].tolist()


def test_a_key_can_be_given(tmp_path: Path) -> None:
    full(encrypt=True, key=KEY)
    workspace().secrets.forget("demo")
    url = place_at("redis", tmp_path)
    with pytest.raises(WrongKey):
        wb.copy("demo", url, key="another-32-byte-key-for-rotation")
    with pytest.raises(KeyRequired):
        wb.copy("demo", url)
    assert wb.copy("demo", url, key=KEY).items == 7


def test_what_is_encrypted_and_has_no_name_is_copied_as_it_lies_or_by_its_key(
    tmp_path: Path,
) -> None:
    full(encrypt=True, key=KEY)
    workspace().secrets.forget("demo")
    source = base("demo").store.url
    made = wb.copy("demo", place_at("memory", tmp_path), store=source, name="sealed")
    assert made.items == 7
    raw = [row.item for row in loop.run(base("demo").rows())]
    assert [row.item for row in loop.run(base("sealed").rows())] == raw
    assert loop.run(workspace().get("sealed")).wrappers.encryption == "yes"
    with pytest.raises(KeyRequired, match="its key is not known"):
        wb.copy("demo", MemorySession("another id"), store=source)
    made = wb.copy("demo", place_at("redis", tmp_path), store=source, name="opened", key=KEY)
    again = [row.item for row in loop.run(base("opened").rows())]
    assert all(map(is_encrypted, again))
    assert again != raw
    assert len(wb.history("opened")) == 8


def test_plain_text_of_an_encrypted_session_is_written_nowhere_unasked() -> None:
    full(encrypt=True, key=KEY)
    target = MemorySession("x")
    with pytest.raises(InvalidValue, match="as plain text"):
        wb.copy("demo", target)
    assert told(target) == ([], [], [])
    wb.copy("demo", EncryptedSession(target, KEY))
    assert told(EncryptedSession(target, KEY)) == told(readable("demo"))


# Session objects, the SDK's own too


def test_session_objects_can_be_source_and_target(tmp_path: Path) -> None:
    full()
    target = SQLiteSession("kept", tmp_path / "kept.db")
    made = wb.copy("demo", target)
    assert made.name is None
    assert told(target) == told(base("demo"))
    assert "title, tags and metadata, agent and model" in " ".join(made.notes)
    third = MemorySession("third")
    assert wb.copy(target, third).notes == ()
    assert told(third) == told(target)
    assert list(wb.list_sessions()["name"]) == ["demo"]
    loop.run(target.close())


def test_a_session_of_the_sdk_is_a_source(tmp_path: Path) -> None:
    theirs = SDKSession("theirs", tmp_path / "theirs.db")
    items: list[Any] = [message(number) for number in range(25)]
    asyncio.run(theirs.add_items(items))
    made = wb.copy(theirs, place_at("redis", tmp_path))
    assert (made.name, made.items) == ("theirs-redis", 25)
    assert loop.run(base("theirs-redis").get_items()) == items
    theirs.close()


def test_a_session_of_the_sdk_is_a_target_and_the_rest_is_kept_beside(tmp_path: Path) -> None:
    full()
    theirs = SDKSession("theirs", tmp_path / "theirs.db")
    made = wb.copy("demo", theirs)
    assert "kept beside it" in " ".join(made.notes)
    assert asyncio.run(theirs.get_items()) == loop.run(base("demo").get_items())
    assert told(AdoptedSession(theirs)) == told(base("demo"))
    theirs.close()


def test_a_service_that_gives_items_another_form_is_said_to() -> None:
    full()
    target = ServiceSession("service")
    made = wb.copy("demo", target)
    assert "7 items are kept in a form of the target's own" in " ".join(made.notes)
    assert len(target.items) == 7


def test_a_session_that_keeps_something_else_is_noticed() -> None:
    wb.ask("demo", "Hi")

    class Careless(ListSession):
        async def add_items(self, items: list[Any]) -> None:
            await super().add_items([{**item, "content": "x"} for item in items])

    with pytest.raises(SessionChanged, match="does not give back what was written"):
        wb.copy("demo", Careless("x"))


# At OpenAI


def test_a_copy_at_openai_says_what_that_can_not_hold() -> None:
    shared_conversations().heal()
    url = f"openai://?base_url={shared_conversations().direct_url}"
    wb.session("demo")
    items = [message("a"), {"type": "reasoning", "summary": []}, message("b")]
    keys = loop.run(base("demo").append(items, turn_id="t1"))
    loop.run(base("demo").archive(keys[2:], reason="rewound"))
    made = wb.copy("demo", url, name="copy")
    notes = " ".join(made.notes)
    assert (made.items, made.archived) == (1, 1)
    assert "1 item is left out. The Conversations API can't keep reasoning" in notes
    assert "kept in this workspace" in notes
    assert "does not stay" not in notes
    assert loop.run(base("copy").get_items()) == [message("a")]
    (kept,) = loop.run(base("copy").archived())
    assert isinstance(kept, ArchivedItem)
    assert (kept.item, kept.reason) == (message("b"), "rewound")
    assert [row.created_at for row in loop.run(base("copy").rows())] == [
        row.created_at for row in loop.run(base("demo").rows())[:1]
    ]


def test_an_item_that_openai_refuses_is_told_before_anything_is_written() -> None:
    shared_conversations().heal()
    url = f"openai://?base_url={shared_conversations().direct_url}"
    wb.session("demo")
    loop.run(base("demo").append([message("a"), {"type": "strange", "content": "private"}]))
    with pytest.raises(InvalidItem, match="item 2 of session 'demo' can't be copied") as caught:
        wb.copy("demo", url)
    assert "private" not in str(caught.value)
    assert loop.run(wb.open_store(url).rows("demo")) == []


# How it shows itself, and a copy that expires


def test_a_report_shows_itself_and_nothing_in_a_name_is_markup(tmp_path: Path) -> None:
    wb.session("<b>x</b>")
    made = wb.copy("<b>x</b>", f"sqlite:///{tmp_path / 'b.db'}")
    shown = made._repr_mimebundle_()
    assert "every item read back and compared" in shown["text/plain"]
    assert "<b>" not in shown["text/html"]


def test_a_copy_that_expires_is_said_to(tmp_path: Path) -> None:
    wb.ask("demo", "Hi")
    made = wb.copy("demo", place_at("redis", tmp_path) + "?ttl=3600")
    assert any("does not stay for ever" in note and "60 min" in note for note in made.notes)
