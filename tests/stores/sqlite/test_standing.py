"""An item that is gone is noticed without counting the session's, and without being fooled."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.stores.files import contents, messages, sql
from workbench.protocols import Edit
from workbench.stores.sqlite import SQLiteStore, layout
from workbench.stores.sqlite.standing import Standing


class Taker:
    """Keeps the items it is given."""

    def __init__(self) -> None:
        self.items: list[Any] = []

    def add(self, columns: Any) -> None:
        self.items += columns.items

    def made(self) -> list[Any] | None:
        return self.items or None


async def fill(store: SQLiteStore) -> None:
    await store.append("other", messages("x", "y"))
    await store.append("chat", messages(*"abcdefgh"))


@pytest.fixture
def store(path: Path) -> Iterator[SQLiteStore]:
    store = SQLiteStore(path)
    asyncio.run(fill(store))
    yield store
    asyncio.run(store.close())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chats.db"


async def test_nothing_is_counted_while_everything_stands(
    store: SQLiteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await store.scan("chat", Taker)
    assert isinstance(first.mark.standing, Standing)
    await store.append("other", messages("z"))
    await store.append("chat", messages("i"))
    monkeypatch.setattr(layout, "COUNT_ITEMS_UP_TO", "no such statement")
    second = await store.scan("chat", Taker, first.mark)
    assert contents(second.made or []) == ["i"]
    assert not second.anew


@pytest.mark.parametrize("add", [0, 1, 2])
async def test_an_item_that_any_program_deleted_is_missed(
    store: SQLiteStore, path: Path, add: int
) -> None:
    first = await store.scan("chat", Taker)
    sql(path, "DELETE FROM agent_messages WHERE message_data LIKE '%\"c\"%'")
    for _ in range(add):
        await store.append("other", messages("z"))
    second = await store.scan("chat", Taker, first.mark)
    assert second.anew
    assert contents(second.made or []) == list("abdefgh")


async def test_one_that_another_session_got_back_does_not_stand_in_for_it(
    store: SQLiteStore, path: Path
) -> None:
    keys = [row.key for row in await store.rows("other")]
    assert await store.edit("other", Edit(reason="cleared", archive=keys[:1])) is not None
    kept = [each.key for each in await store.archived("other")]
    first = await store.scan("chat", Taker)
    sql(path, "DELETE FROM agent_messages WHERE message_data LIKE '%\"c\"%'")
    assert await store.edit("other", Edit(restore=kept)) is not None
    assert sql(path, "SELECT count(*) FROM agent_messages") == [(9,)]
    second = await store.scan("chat", Taker, first.mark)
    assert contents(second.made or []) == list("abdefgh")


async def test_what_another_session_lost_changes_nothing(store: SQLiteStore) -> None:
    first = await store.scan("chat", Taker)
    await store.clear("other")
    second = await store.scan("chat", Taker, first.mark)
    assert (second.made, second.anew) == (None, False)


async def test_a_short_session_of_a_big_file_does_not_look_at_the_rest(
    store: SQLiteStore,
) -> None:
    first = await store.scan("other", Taker)
    assert first.mark.standing is None
