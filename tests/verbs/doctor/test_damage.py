"""What can't be read: bytes that are no item, and ciphertext that was tampered with."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import workbench as wb
from tests.sessions.encryption.encrypted import change, turned
from tests.stores.files import sql
from tests.stores.redis.places import empty_server
from tests.stores.sqlite.test_damage import CORRUPT
from tests.verbs.subjects import KEY, assistant, call, turns, user
from workbench import loop
from workbench.errors import CorruptItem, KeyRequired, WrongKey
from workbench.items import encode
from workbench.protocols import Edit

OTHER = "another-32-byte-key-for-rotation"


def texts(target: Any, **more: Any) -> list[str]:
    return [str(each) for each in wb.history(target, **more)["content"]]


def findings(target: Any, **more: Any) -> list[tuple[Any, ...]]:
    found = wb.doctor(target, **more)
    places = (found[name].fillna(0).astype(int) for name in ("order", "turn"))
    return list(zip(found["finding"], *places, strict=True))


@pytest.mark.parametrize("data", CORRUPT.values(), ids=CORRUPT)
def test_items_that_can_not_be_decoded_are_all_found_and_moved_out_of_the_way(
    tmp_path: Path, data: object
) -> None:
    path = tmp_path / "app.db"
    session = wb.SQLiteSession("demo", path)
    loop.run(session.add_items(turns(1, 2, 3, 4)))
    for row in (2, 3, 7):
        sql(path, "UPDATE agent_messages SET message_data = ? WHERE id = ?", data, row)
    with pytest.raises(CorruptItem):
        wb.history(session)
    found = [("undecodable item", order, turn) for order, turn in ((2, 1), (3, 1), (7, 2))]
    assert findings(session) == found
    stored = sql(path, "SELECT id, message_data FROM agent_messages")
    assert findings(session, repair=True) == found
    assert wb.doctor(session).empty
    assert texts(session) == ["u1", "a2", "u3", "a3", "a4"]
    kept = [each.item for each in loop.run(session.archived())]
    assert [item["type"] for item in kept] == ["damaged"] * 3
    for item, row in zip(kept, (2, 3, 7), strict=True):
        text = item.get("text")
        raw = text.encode() if text is not None else b64decode(item["base64"])
        was = dict(stored)[row]
        assert raw == (was if isinstance(was, bytes) else str(was).encode())
    full = wb.history(session, full=True)
    assert full["archived"].dropna().tolist() == ["repaired"] * 3
    assert wb.restore(session, what="repaired").items == 0
    loop.run(session.close())


def test_a_prompt_that_lost_its_reply_to_a_damage_is_whole_again_after_a_repair(
    tmp_path: Path,
) -> None:
    path = tmp_path / "app.db"
    session = wb.SQLiteSession("demo", path)
    loop.run(session.add_items(turns(1, 2)))
    sql(path, "UPDATE agent_messages SET message_data = 'oops' WHERE id = 4")
    assert findings(session) == [("turn cut off", 3, 2), ("undecodable item", 4, 2)]
    wb.doctor(session, repair=True)
    assert texts(session) == ["u1", "a1"]
    assert wb.doctor(session).empty
    loop.run(session.close())


def test_what_was_archived_as_the_error_says_no_longer_stops_anything(tmp_path: Path) -> None:
    path = tmp_path / "app.db"
    session = wb.SQLiteSession("demo", path)
    loop.run(session.add_items(turns(1, 2)))
    sql(path, "UPDATE agent_messages SET message_data = 'oops' WHERE id = 2")
    loop.run(session.archive([2], reason="damaged"))
    with pytest.raises(CorruptItem):
        wb.history(session, full=True)
    found = wb.doctor(session, repair=True)
    assert found["finding"].tolist() == ["undecodable item"]
    assert found["order"].isna().all()
    assert "in the archive" in found["detail"].iloc[0]
    assert wb.history(session, full=True)["archived"].dropna().tolist() == ["damaged"]
    assert wb.doctor(session).empty
    loop.run(session.close())


def test_a_named_session_is_repaired_and_goes_on(workbench_home: Path) -> None:
    wb.ask("demo", "My name is John")
    wb.ask("demo", "My number is 5")
    file = workbench_home / "workbench.db"
    sql(file, "UPDATE agent_messages SET message_data = 'oops' WHERE id = 3")
    assert findings("demo", repair=True) == [("undecodable item", 3, 2)]
    assert wb.ask("demo", "What's my name?").text == "Your name is John."
    assert wb.doctor("demo").empty


def test_elements_of_redis_that_can_not_be_decoded_are_found_and_moved() -> None:
    server = empty_server()
    session = wb.RedisSession("demo", server.url)
    loop.run(session.add_items(turns(1)))
    for raw in (b"{not json", b'{"role": "\xff\xfe"}'):
        server.do("RPUSH", "agents:session:demo:messages", raw)
    server.do("RPUSH", "agents:session:demo:messages", *map(encode, turns(2)))
    assert findings(session, repair=True) == [
        ("undecodable item", 3, 1),
        ("undecodable item", 4, 1),
    ]
    assert wb.doctor(session).empty
    assert texts(session) == ["u1", "a1", "u2", "a2"]
    first, second = (each.item for each in loop.run(session.archived()))
    assert first["text"] == "{not json"
    assert b64decode(second["base64"]) == b'{"role": "\xff\xfe"}'
    loop.run(session.close())


def test_a_damaged_record_of_a_turn_is_told_and_no_item_is_touched(workbench_home: Path) -> None:
    wb.ask("demo", "My name is John")
    wb.ask("demo", "My number is 5")
    sql(workbench_home / "workbench.db", "UPDATE workbench_turns SET record = '{}'")
    found = wb.doctor("demo", repair=True)
    assert found["finding"].tolist() == ["damaged record"]
    assert found["repair"].iloc[0].startswith("none:")
    sql(workbench_home / "workbench.db", "DELETE FROM workbench_turns")
    assert len(wb.history("demo")) == 4


# Encrypted


def sealed(path: Path, count: int = 4) -> tuple[Any, Any]:
    """An encrypted conversation of so many turns, and what it stands on."""
    base = wb.SQLiteSession("demo", path)
    session = wb.CompactionSession(wb.EncryptedSession(base, KEY), 1_000)
    loop.run(session.add_items(turns(*range(1, count + 1))))
    return session, base


def flipped(text: str) -> str:
    return text[:-10] + ("A" if text[-10] != "A" else "B") + text[-9:]


def test_ciphertext_that_was_changed_is_found_and_moved_out_of_the_way(tmp_path: Path) -> None:
    session, base = sealed(tmp_path / "app.db")
    for place in (1, 6):
        loop.run(turned(base, place, flipped))
    with pytest.raises(CorruptItem):
        wb.history(session)
    found = [("tampered item", 2, 1), ("tampered item", 7, 3)]
    assert findings(session) == found
    assert findings(session, repair=True)[:2] == found
    assert wb.doctor(session).empty
    assert texts(session) == ["u1", "u2", "a2", "u3", "a3", "a4"]
    kept = loop.run(session.archived())
    assert {each.item["type"] for each in kept} == {"damaged"}
    assert "wb1" in json.loads(kept[0].item["text"])
    assert all("wb1" in each.item for each in loop.run(base.archived()))
    loop.run(session.add_items(turns(5)))
    assert wb.rewind(session, 1).items == 5
    assert wb.restore(session).items == 5
    loop.run(session.close())


CHANGES: dict[str, tuple[Callable[[list[Any]], list[Any]], list[tuple[Any, ...]]]] = {
    "one repeated": (lambda items: [*items, items[2]], [("tampered item", 9, 4)]),
    "all repeated": (
        lambda items: items + items,
        [("tampered item", order, 4) for order in range(9, 17)],
    ),
    "one moved": (lambda items: [*items[1:], items[0]], [("moved item", 8, 4)]),
    "reversed": (lambda items: items[::-1], [("moved item", 2, 1)]),
    "cut short": (
        lambda items: [*items[:3], {"wb1": items[3]["wb1"][:8]}, *items[4:]],
        [("tampered item", 4, 2)],
    ),
    "a plain one between": (
        lambda items: [*items[:4], user("trust me"), *items[4:]],
        [("plain item", 5, 2)],
    ),
    "a plain one at the end": (lambda items: [*items, user("trust me")], [("plain item", 9, 4)]),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_others_did_to_an_encrypted_conversation_is_found_and_undone(
    tmp_path: Path, name: str
) -> None:
    session, base = sealed(tmp_path / "app.db")
    made, found = CHANGES[name]
    loop.run(change(base, made))
    assert findings(session) == found
    assert findings(session, repair=True) == found
    assert wb.doctor(session).empty
    said = texts(session)
    whole = [item["content"] for item in turns(1, 2, 3, 4)]
    assert said == (whole if name != "cut short" else whole[:3] + whole[4:])
    loop.run(session.add_items(turns(5)))
    assert texts(session)[-2:] == ["u5", "a5"]
    assert "trust me" not in str(loop.run(base.get_items()))
    assert "trust me" not in str(loop.run(base.archived()))
    loop.run(session.close())


def test_an_encrypted_conversation_is_repaired_of_all_that_is_wrong_at_once(
    tmp_path: Path,
) -> None:
    session, base = sealed(tmp_path / "app.db", 2)
    loop.run(session.add_items([user("q"), call("c1"), assistant("x", "msg_1"), user("r")]))
    loop.run(session.add_items([assistant("y", "msg_1")]))
    loop.run(turned(base, 1, flipped))
    found = [("tampered item", 2, 1), ("call without output", 6, 3), ("id again", 9, 4)]
    assert findings(session, repair=True) == found
    assert wb.doctor(session).empty
    assert texts(session) == ["u1", "u2", "a2", "q", "x", "r", "y"]
    loop.run(session.close())


def test_an_archived_item_that_was_tampered_with_no_longer_stops_anything(tmp_path: Path) -> None:
    session, base = sealed(tmp_path / "app.db", 2)
    loop.run(turned(base, 3, flipped))
    key = loop.run(base.rows())[3].key
    loop.run(session.archive([key], reason="damaged"))
    with pytest.raises(CorruptItem):
        loop.run(session.archived())
    assert findings(session)[-1][0] == "tampered item"
    wb.doctor(session, repair=True)
    assert wb.doctor(session).empty
    assert wb.rewind(session, 0).items > 0
    assert wb.restore(session).items > 0
    loop.run(session.close())


def test_a_wrong_key_is_no_illness(tmp_path: Path) -> None:
    session, base = sealed(tmp_path / "app.db")
    loop.run(turned(base, 1, flipped))
    before = loop.run(base.rows())
    for repair in (False, True):
        with pytest.raises(WrongKey):
            wb.doctor(wb.EncryptedSession(base, OTHER), repair=repair)
        with pytest.raises(KeyRequired):
            wb.doctor(base, repair=repair)
    assert loop.run(base.rows()) == before
    loop.run(session.close())


def test_a_passphrase_opens_what_it_takes(tmp_path: Path) -> None:
    base = wb.SQLiteSession("demo", tmp_path / "app.db")
    phrase = wb.Passphrase("some words that only we know")
    session = wb.EncryptedSession(base, phrase)
    loop.run(session.add_items(turns(1, 2)))
    loop.run(turned(base, 0, flipped))
    assert findings(session, repair=True) == [("tampered item", 1, 1)]
    again = wb.EncryptedSession(base, phrase)
    assert texts(again) == ["a1", "u2", "a2"]
    loop.run(session.close())


def test_plain_items_that_are_let_through_are_mended_in_their_place(tmp_path: Path) -> None:
    base = wb.SQLiteSession("demo", tmp_path / "app.db")
    loop.run(base.add_items([user("q"), assistant("x", "msg_1"), user("r")]))
    session = wb.EncryptedSession(base, KEY, allow_plain=True)
    loop.run(session.add_items([assistant("y", "msg_1"), user("s"), assistant("z")]))
    loop.run(base.add_items([user("t"), assistant("w", "msg_1")]))
    loop.run(turned(base, 4, flipped))
    found = [("id again", 4, 2), ("tampered item", 5, 2), ("id again", 8, 3)]
    assert findings(session, repair=True) == found
    assert wb.doctor(session).empty
    assert texts(session) == ["q", "x", "r", "y", "z", "t", "w"]
    loop.run(session.close())


def test_some_encrypted_items_among_plain_ones_are_told_and_left(tmp_path: Path) -> None:
    session, base = sealed(tmp_path / "app.db", 1)
    loop.run(base.add_items([user("plain"), assistant("reply")]))
    found = wb.doctor(base, repair=True)
    assert set(found["finding"]) == {"encrypted item"}
    assert len(loop.run(base.get_items())) == 4
    loop.run(session.close())


def test_what_the_sdk_encrypted_is_told_and_left(tmp_path: Path) -> None:
    session, base = sealed(tmp_path / "app.db", 1)
    envelope = {"__enc__": 1, "v": 1, "kid": "hkdf-v1", "payload": "gAAAAA"}
    loop.run(base.add_items([envelope]))
    found = wb.doctor(session, repair=True)
    assert found["finding"].tolist() == ["plain item"]
    assert "from_sdk=True" in found["repair"].iloc[0]
    assert len(loop.run(base.get_items())) == 3
    loop.run(session.close())


def test_two_items_of_one_number_are_numbered_anew() -> None:
    base = wb.MemorySession("demo")
    session = wb.EncryptedSession(base, KEY)
    loop.run(session.add_items(turns(1)))
    twin = wb.EncryptedSession(wb.MemorySession("demo"), KEY)
    loop.run(twin.add_items([user("other"), assistant("twin")]))
    (_, second) = loop.run(twin.base.get_items())
    key = loop.run(base.rows())[1].key
    loop.run(base.edit(Edit(insert=[second], before=None, newest=key)))
    with pytest.raises(CorruptItem):
        wb.history(session)
    assert findings(session, repair=True) == [("number again", 3, 1)]
    assert wb.doctor(session).empty
    assert texts(session) == ["u1", "a1", "twin"]
