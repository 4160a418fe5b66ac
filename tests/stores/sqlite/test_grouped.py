"""Items that come from SQLite many at a time are the same ones as row by row."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.frames.conversations import record
from tests.stores.files import messages, sql
from workbench.errors import CorruptItem
from workbench.protocols import ItemColumns
from workbench.stores.sqlite import SQLiteStore, grouped, parting, turn_columns
from workbench.stores.sqlite.columns import scan
from workbench.stores.sqlite.parting import NotGrouped, decoded, work_beside


class Connection(sqlite3.Connection):
    """One that a weak reference can point to."""


class Taker:
    """Keeps a row of each item it is given."""

    def __init__(self) -> None:
        self.rows: list[tuple[Any, ...]] = []
        self.sizes: list[int] = []

    def add(self, columns: ItemColumns) -> None:
        texts, times = columns.texts.to_pylist(), columns.created_at.to_pylist()
        self.sizes.append(len(texts))
        self.rows += zip(columns.items, texts, times, columns.turn_ids, strict=True)

    def made(self) -> Taker:
        return self


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A group has four texts."""
    for module in (grouped, parting, turn_columns):
        monkeypatch.setattr(module, "AT_ONCE", 4)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    async def fill() -> None:
        store = SQLiteStore(tmp_path / "chats.db")
        for number in range(5):
            turn_id = f"t{number}" if number % 2 else None
            await store.append("chat", messages(f"a{number}", "ä\n,", '"}'), turn_id=turn_id)
            await store.append("other", messages("x"))
            # All but one began at the same moment.
            await store.save_turn("chat", record(f"t{number}", number // 4, agent=f"A{number}"))
        await store.close()

    asyncio.run(fill())
    return tmp_path / "chats.db"


def read(path: Path, limit: int | None = None) -> Taker:
    with closing(sqlite3.connect(path, factory=Connection)) as db:
        made = scan("chat", Taker, None, False, limit, True, db).made
    assert made is not None
    return made


def row_by_row(path: Path, monkeypatch: pytest.MonkeyPatch) -> Taker:
    def refuse(*_given: object) -> None:
        raise NotGrouped

    with monkeypatch.context() as patch:
        patch.setattr("workbench.stores.sqlite.columns.work_beside", refuse)
        return read(path)


@pytest.mark.usefixtures("few")
def test_groups_hold_the_same_as_rows(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = read(path)
    assert found.sizes == [4, 4, 4, 3]
    assert found.rows == row_by_row(path, monkeypatch).rows
    assert [turn_id for *_row, turn_id in found.rows[:4]] == [None, None, None, "t1"]
    assert read(path, 6).sizes == [4, 2]


@pytest.mark.usefixtures("few")
def test_a_file_of_the_sdk_alone_comes_in_groups_too(path: Path) -> None:
    for table in ("items", "turns", "archive", "layout"):
        sql(path, f"DROP TABLE workbench_{table}")
    found = read(path)
    assert found.sizes == [4, 4, 4, 3]
    assert {turn_id for *_row, turn_id in found.rows} == {None}


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize(
    "texts",
    [
        pytest.param(['{"a":"', '"}', "{},{}"], id="a text that goes on in the next one"),
        pytest.param(['{"a":[1', "2]}", "{},{}"], id="a list that does"),
        pytest.param(['{"a":1},5'], id="more than one value"),
        pytest.param(['{"a":1}, "b", {"c":2}'], id="two items in one row"),
        pytest.param([""], id="nothing"),
        pytest.param(["[]"], id="no object"),
        pytest.param(['{"a":\0}'], id="a zero byte"),
        pytest.param([b'{"a":"\xff"}'], id="not UTF-8"),
    ],
)
@pytest.mark.parametrize("first", [0, 5, 12])
def test_what_is_no_item_is_named_by_its_place(path: Path, texts: list[Any], first: int) -> None:
    with closing(sqlite3.connect(path)) as db:
        ids = db.execute("SELECT id FROM agent_messages WHERE session_id = 'chat'").fetchall()
        for (key,), text in zip(ids[first:], texts, strict=False):
            update = "UPDATE agent_messages SET message_data = CAST(? AS TEXT) WHERE id = ?"
            db.execute(update, (text, key))
        db.commit()
    with pytest.raises(CorruptItem) as caught:
        read(path)
    assert caught.value.position == first + 1


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("place", [0, 5, 14])
def test_what_only_a_slow_reader_takes_is_there_once(
    path: Path, place: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = sql(path, "SELECT id FROM agent_messages WHERE session_id = 'chat' ORDER BY id")
    text = r'{"role": "user", "content": "\ud83d", "n": Infinity}'
    sql(path, "UPDATE agent_messages SET message_data = ? WHERE id = ?", text, ids[place][0])
    found = read(path)
    assert found.rows == row_by_row(path, monkeypatch).rows
    assert [row[0]["content"] == "\ud83d" for row in found.rows].index(True) == place
    assert len(found.rows) == 15


@pytest.mark.usefixtures("few")
def test_a_time_that_json_cannot_hold_is_no_time(path: Path) -> None:
    sql(path, "UPDATE agent_messages SET created_at = x'00ff' WHERE id = 9")
    found = read(path)
    assert [row[2] is None for row in found.rows].count(True) == 1
    assert len(found.rows) == 15


def test_long_items_come_a_few_at_a_time(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parting, "ROOM", 40)
    monkeypatch.setattr(grouped, "AT_ONCE", 4)
    found = read(path)
    assert found.sizes[0] == 4
    assert set(found.sizes[1:]) == {1}
    assert len(found.rows) == 15


def test_what_sqlite_cannot_hold_as_one_value_is_read_row_by_row(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = "INSERT INTO agent_messages (session_id, message_data) VALUES ('chat', ?)"
    for _ in range(20):
        sql(path, add, f'{{"role":"user","content":"{"long " * 100}"}}')
    expected = row_by_row(path, monkeypatch).rows
    assert len(expected) == 35
    with closing(sqlite3.connect(path, factory=Connection)) as db:
        db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 8_000)
        made = scan("chat", Taker, None, False, None, True, db).made
    assert made is not None
    assert made.rows == expected


@pytest.mark.usefixtures("few")
def test_all_turns_come_whatever_moment_they_began(path: Path) -> None:
    with closing(sqlite3.connect(path, factory=Connection)) as db:
        scanned = scan("chat", Taker, None, False, None, True, db)
    agents = dict(zip(scanned.turns.turn_ids, scanned.turns.agents, strict=True))
    assert agents == {f"t{number}": f"A{number}" for number in range(5)}
    assert scanned.mark.last_turn == sql(path, "SELECT max(number) FROM workbench_turns")[0][0]


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("damage", ["{", "[]", '{"turn_id": "t3"}'])
def test_a_damaged_turn_among_many_is_an_error(path: Path, damage: str) -> None:
    sql(path, "UPDATE workbench_turns SET record = ? WHERE turn_id = 't3'", damage)
    with pytest.raises(CorruptItem, match="the record of a turn is damaged"):
        read(path)


def test_texts_are_told_apart_or_not_taken() -> None:
    word = f"{parting.PARTING}"
    assert decoded(f'[{{"a":1}}{word}{{}}]'.encode(), 2) == [{"a": 1}, {}]
    for data, count in ((f"[{{}}{word}{{}}]", 1), ("[{},1,{}]", 2), (f"[{{}}{word}{{}},5]", 2)):
        with pytest.raises(NotGrouped):
            decoded(data.encode(), count)


def test_nothing_is_done_after_what_failed() -> None:
    class Numbered:
        def __init__(self, number: int) -> None:
            self.number, self.more = number, number < 4

    done: list[int] = []

    def work(group: Numbered) -> None:
        if group.number == 2:
            raise NotGrouped
        done.append(group.number)

    with pytest.raises(NotGrouped):
        work_beside(work, map(Numbered, range(5)))
    assert done == [0, 1]
