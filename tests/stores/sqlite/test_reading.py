"""Reading a long history: the collector is paused in steps, and always back afterwards."""

from __future__ import annotations

import asyncio
import gc
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import pytest

from workbench.errors import CorruptItem
from workbench.items import user_message
from workbench.stores.sqlite import SQLiteStore, reading

LONG = 3 * reading.STEP


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with a conversation of three steps."""
    file = tmp_path / "long.db"

    async def fill() -> None:
        store = SQLiteStore(file)
        await store.append("long", [user_message(str(n)) for n in range(LONG)], turn_id="t")
        await store.close()

    asyncio.run(fill())
    return file


@pytest.fixture
def states(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether the collector was on, noted at each item that is decoded."""
    noted: list[bool] = []
    loads = orjson.loads

    def noting(data: bytes) -> Any:
        noted.append(gc.isenabled())
        return loads(data)

    monkeypatch.setattr(orjson, "loads", noting)
    return noted


def read(path: Path, limit: int | None, *, pause_gc: bool) -> list[Any]:
    with closing(sqlite3.connect(path)) as db:
        return reading.read_items("long", limit, pause_gc, db)


def test_a_long_history_is_decoded_with_the_collector_paused(
    path: Path, states: list[bool]
) -> None:
    assert len(read(path, None, pause_gc=True)) == LONG
    assert states == [False] * LONG
    assert gc.isenabled()


@pytest.mark.parametrize(("limit", "pause_gc"), [(20, True), (None, False)])
def test_a_short_read_and_a_store_told_not_to_never_touch_the_collector(
    path: Path, states: list[bool], limit: int | None, pause_gc: bool
) -> None:
    assert len(read(path, limit, pause_gc=pause_gc)) == (limit or LONG)
    assert all(states)


def test_a_collector_that_was_off_stays_off(path: Path) -> None:
    gc.disable()
    try:
        read(path, None, pause_gc=True)
        assert not gc.isenabled()
    finally:
        gc.enable()


@pytest.mark.parametrize("order", [1, reading.STEP, LONG])
def test_a_corrupt_item_is_named_by_its_place_and_the_collector_is_back(
    path: Path, order: int
) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("UPDATE agent_messages SET message_data = '[1]' WHERE id = ?", (order,))
        db.commit()
        for work in (reading.read_items, reading.read_rows):
            with pytest.raises(CorruptItem) as caught:
                partial(work, "long", None, True)(db)
            assert caught.value.position == order
            assert gc.isenabled()


def test_the_url_turns_the_pauses_off(tmp_path: Path) -> None:
    from workbench.stores import open_store

    assert open_store(f"sqlite:///{tmp_path}/a.db").pause_gc is True  # type: ignore[attr-defined]
    url = f"sqlite:///{tmp_path}/b.db?pause_gc=0"
    assert open_store(url).pause_gc is False  # type: ignore[attr-defined]
