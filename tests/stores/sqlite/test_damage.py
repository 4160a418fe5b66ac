"""Files that are damaged, in the way, or no databases: a clear error, and nothing lost."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.contract_abilities import record
from tests.stores.files import contents, is_whole, messages, sql
from workbench.errors import CorruptItem, StoreError, StoreUnusable
from workbench.protocols import TurnRecord
from workbench.stores.sqlite import SQLiteStore

CORRUPT: dict[str, object] = {
    "not JSON": "{oops",
    "empty": "",
    "cut off": '{"role": "user", "con',
    "a list": "[1, 2]",
    "a text": '"text"',
    "a number": 7,
    "null": "null",
    "not UTF-8": b'{"role": "\xff\xfe"}',
    "deeply nested": '{"a":' * 200_000,
}

CALLS: dict[str, Callable[[SQLiteStore], Awaitable[object]]] = {
    "read": lambda store: store.read("chat"),
    "read some": lambda store: store.read("chat", 3),
    "rows": lambda store: store.rows("chat"),
    "turns": lambda store: store.turns("chat"),
    "archived": lambda store: store.archived("chat"),
    "list": lambda store: store.list_sessions(),
    "append": lambda store: store.append("chat", messages("a")),
    "pop": lambda store: store.pop("chat"),
    "clear": lambda store: store.clear("chat"),
    "archive": lambda store: store.archive("chat", [1], reason="test"),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chats.db"


async def filled(path: Path) -> SQLiteStore:
    """A store with the items a to e, in rows 1 to 5."""
    store = SQLiteStore(path)
    await store.append("chat", messages(*"abcde"))
    return store


@pytest.mark.parametrize("data", CORRUPT.values(), ids=CORRUPT)
async def test_a_corrupt_item_is_named_by_its_place_and_stays(path: Path, data: object) -> None:
    store = await filled(path)
    await store.append("other", messages("x"))
    sql(path, "UPDATE agent_messages SET message_data = ? WHERE id = 3", data)
    for call in (store.read("chat"), store.read("chat", 3), store.rows("chat", 4)):
        with pytest.raises(CorruptItem, match="item 3 of session 'chat'") as caught:
            await call
        assert (caught.value.session_id, caught.value.position) == ("chat", 3)
    assert contents(await store.read("chat", 2)) == ["d", "e"]
    assert contents(await store.read("other")) == ["x"]
    assert sql(path, "SELECT count(*) FROM agent_messages") == [(6,)]
    await store.close()


@pytest.mark.parametrize("data", CORRUPT.values(), ids=CORRUPT)
async def test_pop_never_takes_a_corrupt_item_nor_the_one_before(path: Path, data: object) -> None:
    store = await filled(path)
    sql(path, "UPDATE agent_messages SET message_data = ? WHERE id = 5", data)
    for _ in range(2):
        with pytest.raises(CorruptItem, match=r"item 5 of session 'chat'.*left as it is"):
            await store.pop("chat")
    assert sql(path, "SELECT count(*) FROM agent_messages") == [(5,)]
    await store.append("chat", messages("f"))
    assert await store.pop("chat") == messages("f")[0]
    await store.close()


async def test_an_error_shows_no_text_of_an_item(path: Path) -> None:
    store = await filled(path)
    sql(path, "UPDATE agent_messages SET message_data = ? WHERE id = 2", '{"private words')
    with pytest.raises(CorruptItem) as caught:
        await store.read("chat")
    assert "private" not in str(caught.value)
    await store.close()


async def test_a_corrupt_item_can_be_moved_out_of_the_way(path: Path) -> None:
    store = await filled(path)
    sql(path, "UPDATE agent_messages SET message_data = 'oops' WHERE id = 2")
    assert await store.archive("chat", [2], reason="damaged") == 1
    assert contents(await store.read("chat")) == ["a", "c", "d", "e"]
    with pytest.raises(CorruptItem, match="archived row 2"):
        await store.archived("chat")
    await store.close()


@pytest.mark.parametrize("data", ["oops", "[]", "{}", '{"started_at": 5, "turn_id": "t"}'])
async def test_a_damaged_turn_names_its_session(path: Path, data: str) -> None:
    store = await filled(path)
    sql(
        path,
        "INSERT INTO workbench_turns (session_id, turn_id, started_at, record) VALUES (?, ?, ?, ?)",
        *("chat", "t1", "2026-01-01", data),
    )
    with pytest.raises(CorruptItem, match=r"'chat'.*turn"):
        await store.turns("chat")
    assert len(await store.read("chat")) == 5
    await store.close()


async def test_what_others_mend_is_seen_at_once_after_an_error(path: Path) -> None:
    store = await filled(path)
    await store.append("chat", messages(*range(2_000)))
    sql(path, "UPDATE agent_messages SET message_data = 'oops' WHERE id = 700")
    for number in range(2):
        await store.save_turn("chat", record(f"t{number}"))
    sql(path, "UPDATE workbench_turns SET record = '{}'")
    errors = []
    for look in (store.turns, store.read):
        with pytest.raises(CorruptItem) as caught:
            await look("chat")
        errors.append(caught.value)  # kept, as a notebook keeps the last one
    sql(path, "DELETE FROM workbench_turns")
    sql(path, "DELETE FROM agent_messages WHERE id = 700")
    assert await store.turns("chat") == []
    assert len(await store.read("chat")) == 2_004
    assert len(errors) == 2
    await store.close()


async def test_a_turn_of_a_later_version_reads_without_its_new_fields(path: Path) -> None:
    store = await filled(path)
    sql(
        path,
        "INSERT INTO workbench_turns (session_id, turn_id, started_at, record) VALUES (?, ?, ?, ?)",
        *("chat", "t1", "2026-01-01"),
        '{"turn_id": "t1", "session_id": "chat", "started_at": "2026-01-01T00:00:00+00:00",'
        ' "seconds": 1.0, "status": "done", "colour": "blue"}',
    )
    (turn,) = await store.turns("chat")
    assert isinstance(turn, TurnRecord)
    assert turn.status == "done"
    await store.close()


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
async def test_a_file_that_is_no_database_is_named_and_left(
    path: Path, call: Callable[[SQLiteStore], Awaitable[object]]
) -> None:
    path.write_bytes(b"# Notes\n" * 500)
    store = SQLiteStore(path)
    with pytest.raises(StoreUnusable, match=r"chats\.db is not an SQLite database") as caught:
        await call(store)
    assert isinstance(caught.value.__cause__, sqlite3.DatabaseError)
    await store.close()
    assert path.read_bytes() == b"# Notes\n" * 500
    path.unlink()
    await store.append("chat", messages("a"))
    assert contents(await store.read("chat")) == ["a"]
    await store.close()


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
async def test_a_folder_in_place_of_the_file_is_named(
    path: Path, call: Callable[[SQLiteStore], Awaitable[object]]
) -> None:
    path.mkdir()
    with pytest.raises(StoreUnusable, match=r"chats\.db can't be opened: it is a folder"):
        await call(SQLiteStore(path))


@pytest.mark.parametrize("private", [True, False])
async def test_a_file_where_a_folder_should_be_is_named(path: Path, private: bool) -> None:
    path.write_text("not a folder")
    for place in (path / "below" / "a.db", path / "a.db"):
        store = SQLiteStore(place, private=private)
        # An empty answer would say that nothing is kept there yet.
        for call in (store.read("chat"), store.append("chat", messages("a"))):
            with pytest.raises(StoreUnusable, match=r"a\.db can't be reached.*is a file"):
                await call
    assert path.read_text() == "not a folder"


@pytest.mark.parametrize("name", ["n" * 300 + ".db", "nul\0.db"], ids=["too long", "nul"])
async def test_a_name_that_no_file_can_have_is_refused(path: Path, name: str) -> None:
    store = SQLiteStore(path.with_name(name))
    with pytest.raises(StoreUnusable, match=r"can't be"):
        await store.read("chat")
    with pytest.raises(StoreUnusable, match=r"can't be"):
        await store.append("chat", messages("a"))


@pytest.mark.parametrize("keep", [10, 100, 5000, 9000])
async def test_a_truncated_file_is_named_and_not_made_worse(path: Path, keep: int) -> None:
    store = SQLiteStore(path)
    await store.append("chat", messages(*("x" * 500 for _ in range(100))))
    await store.close()
    with path.open("r+b") as file:
        file.truncate(keep)
    before = path.read_bytes()
    for call in (store.read("chat"), store.pop("chat"), store.append("chat", messages("a"))):
        with pytest.raises(StoreUnusable, match=r"chats\.db is (damaged|not an SQLite)"):
            await call
    await store.close()
    assert path.read_bytes() == before


async def test_damage_in_the_middle_is_an_error_and_no_shorter_history(path: Path) -> None:
    store = SQLiteStore(path)
    await store.append("chat", messages(*("x" * 500 for _ in range(300))))
    await store.close()
    pages = path.stat().st_size // 4096
    with path.open("r+b") as file:
        for page in range(pages // 2, pages - 2):
            file.seek(page * 4096)
            file.write(b"\xff" * 4096)
    with pytest.raises((StoreError, CorruptItem)):
        await store.read("chat")
    await store.close()


async def test_a_file_of_a_later_version_is_not_written_to(path: Path) -> None:
    store = await filled(path)
    await store.close()
    sql(path, "INSERT INTO workbench_layout (version) VALUES (99)")
    with pytest.raises(StoreUnusable, match=r"chats\.db was written by a later workbench.*99"):
        await store.append("chat", messages("f"))
    assert contents(await store.read("chat")) == list("abcde")
    await store.close()


async def test_an_empty_file_is_a_new_database(path: Path) -> None:
    path.touch()
    store = SQLiteStore(path)
    assert await store.read("chat") == []
    await store.append("chat", messages("a"))
    assert contents(await store.read("chat")) == ["a"]
    await store.close()
    assert is_whole(path)


async def test_a_session_whose_rows_lack_their_session_row_still_reads(path: Path) -> None:
    store = await filled(path)
    sql(path, "DELETE FROM agent_sessions")
    assert len(await store.read("chat")) == 5
    await store.append("chat", messages("f"))
    assert len(await store.read("chat")) == 6
    await store.close()
