"""Items as the texts that a store keeps: what one gives, and another takes as it is."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.contract_turns import turn
from tests.stores.redis.places import empty_cluster, empty_server, store_at
from workbench.errors import InvalidItem
from workbench.protocols import CarriesTexts, StoredItem, Texts
from workbench.stores.sqlite import SQLiteStore
from workbench.stores.texts import rows_of
from workbench.testing.data import message

WHEN = datetime(2026, 3, 4, 5, 6, 7, 890123, tzinfo=UTC)
MICROSECONDS = 1_772_600_767_890_123
ODD = (
    b'{"role": "user",  "content": "caf\\u00e9 \\u2603"}',
    '{"content":"Käse 🙂","role":"user"}'.encode(),
    b'{"n":123456789012345678901234567890,"n":1.50}',
    b' {\n"role" : "user"}\n',
)
"""What no encoder of ours would write in this way."""


@pytest.fixture(params=["sqlite", "redis", "cluster"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    made: Any
    if request.param == "sqlite":
        made = SQLiteStore(tmp_path / "a.db")
    else:
        made = store_at((empty_server() if request.param == "redis" else empty_cluster()).url)
    yield made
    asyncio.run(made.close())


def given(*texts: bytes) -> Texts:
    count = len(texts)
    return Texts([7] * count, texts, [MICROSECONDS] * count, ["t 1:é"] * count)


async def test_texts_are_what_a_page_holds(store: Any) -> None:
    able: Any = store  # or a type checker takes it for nothing but a CarriesTexts
    assert isinstance(able, CarriesTexts)
    assert not await store.texts("demo")
    await store.append("demo", [message(number) for number in range(5)], turn_id="t 1:é")
    await store.append("demo", [message("without a turn")])
    await store.put("demo", [StoredItem(1, message("timeless"))])
    await store.append("other", [message("theirs")])
    rows = await store.rows("demo")
    found = await store.texts("demo")
    assert rows_of(found) == rows == await store.page("demo")
    assert rows_of(await store.texts("demo", rows[1].key, limit=2)) == rows[2:4]
    assert len(await store.texts("demo", rows[-1].key)) == 0


async def test_texts_are_kept_to_the_letter_with_time_and_turn(store: Any) -> None:
    keys = await store.put_texts("demo", given(*ODD))
    found = await store.texts("demo")
    assert list(found.texts) == list(ODD)
    assert list(found.keys) == list(keys) == sorted(keys)
    rows = await store.rows("demo")
    assert {(row.created_at, row.turn_id) for row in rows} == {(WHEN, "t 1:é")}
    assert rows[0].item == message("café ☃")
    assert [row.key for row in rows] == list(keys)


async def test_what_has_no_time_or_turn_gets_none(store: Any) -> None:
    await store.put_texts("demo", Texts([1], [b"{}"], [None], [None]))
    (row,) = await store.rows("demo")
    assert (row.created_at, row.turn_id) == (None, None)


@pytest.mark.parametrize("bad", [b'{"a": NaN}', b"[1]", b"{", b"", b"\xff", b'{"a":"\x1e"}', b"3"])
async def test_what_is_no_json_object_keeps_all_out(bad: bytes, store: Any) -> None:
    with pytest.raises(InvalidItem, match="text 2 is no plain JSON object"):
        await store.put_texts("demo", given(b"{}", bad, b"{}"))
    assert await store.rows("demo") == []


async def test_nothing_is_put_where_others_were_quicker(store: Any) -> None:
    keys = await store.put_texts("demo", given(b"{}", b"{}"), newest=None)
    assert keys is not None
    assert await store.put_texts("demo", given(b"{}"), newest=None) is None
    assert await store.put_texts("demo", given(b"{}"), newest=keys[0]) is None
    done = await asyncio.gather(
        *(store.put_texts("demo", given(b"{}"), newest=keys[-1]) for _ in range(4))
    )
    assert sum(each is not None for each in done) == 1
    assert len(await store.rows("demo")) == 3
    assert list(await store.put_texts("demo", given())) == []


async def test_many_texts_are_put_in_one_step_and_what_follows_comes_behind(store: Any) -> None:
    texts = [b'{"n":%d}' % number for number in range(2_500)]
    keys = await store.put_texts("demo", given(*texts))
    (later,) = await store.append("demo", [message("later")])
    assert later > keys[-1]
    assert list((await store.texts("demo", limit=5_000)).texts)[:-1] == texts


async def test_of_turns_saved_at_once_one_that_can_not_be_keeps_all_out(store: Any) -> None:
    wrong: Any = {1, 2}
    with pytest.raises(TypeError):
        await store.save_turns("demo", [turn(1), turn(2), turn(3, error=wrong)])
    assert await store.turns("demo") == []


async def test_texts_of_a_row_that_holds_the_mark_itself_are_not_given(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "a.db")
    await store.append("demo", [message("a"), message("b")])
    with sqlite3.connect(tmp_path / "a.db") as db:
        db.execute("UPDATE agent_messages SET message_data = '{\x1e}' WHERE id = 1")
    db.close()
    assert await store.texts("demo") is None
    behind = await store.texts("demo", 1)
    assert behind is not None
    assert [b'"b"' in text for text in behind.texts] == [True]
    await store.close()


async def test_texts_of_another_programs_messages_are_given_once_they_have_keys() -> None:
    server = empty_server()
    store = store_at(server.url)
    await store.append("demo", [message("ours")])
    server.do("RPUSH", "agents:session:demo:messages", '{"role": "user", "content": "theirs"}')
    assert await store.texts("demo") is None
    assert len(await store.page("demo")) == 2
    found = await store.texts("demo")
    assert found is not None
    assert found.texts[1] == b'{"role": "user", "content": "theirs"}'
    await store.close()
