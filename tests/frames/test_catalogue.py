from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pandas as pd

from tests.frames.conversations import TALK
from workbench.frames import CATALOGUE_COLUMNS, SESSION_COLUMNS, catalogue_frame, sessions_frame
from workbench.sessions import MemorySession
from workbench.stores.memory import MemoryStore

NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


def test_a_store_lists_its_sessions() -> None:
    async def read() -> tuple[pd.DataFrame, pd.DataFrame]:
        store = MemoryStore()
        empty = await sessions_frame(store)
        await MemorySession("a", store=store).add_items(TALK)
        await MemorySession("b", store=store).add_items(TALK[:1])
        return empty, await sessions_frame(store)

    empty, frame = asyncio.run(read())
    assert len(empty) == 0
    assert list(empty.dtypes) == list(frame.dtypes)
    assert [str(each) for each in frame.dtypes] == [each.dtype for each in SESSION_COLUMNS]
    assert dict(zip(frame["session_id"], frame["n_items"], strict=True)) == {"a": 6, "b": 1}
    assert frame["updated_at"].notna().all()


def test_the_catalogue_has_a_row_for_each_named_session() -> None:
    frame = catalogue_frame(
        [
            {"name": "demo", "session_id": "demo", "n_items": 6, "last_used": NOW, "tags": "x"},
            {"name": "old", "store": "sqlite:///a.db", "created_at": None},
        ]
    )
    assert list(frame.columns) == [each.name for each in CATALOGUE_COLUMNS]
    assert frame["name"].tolist() == ["demo", "old"]
    assert frame["n_items"].tolist() == [6, pd.NA]
    assert frame["last_used"].iloc[0] == pd.Timestamp(NOW)
    assert frame["created_at"].isna().all()


def test_an_empty_catalogue_has_the_same_dtypes_as_a_full_one() -> None:
    full = catalogue_frame([{"name": "demo", "created_at": NOW, "n_items": 1}])
    assert list(catalogue_frame([]).dtypes) == list(full.dtypes)
    assert [str(each) for each in full.dtypes] == [each.dtype for each in CATALOGUE_COLUMNS]


def test_times_without_a_zone_are_taken_as_utc() -> None:
    frame = catalogue_frame([{"created_at": NOW}, {"created_at": NOW.replace(tzinfo=None)}])
    assert frame["created_at"].nunique() == 1
