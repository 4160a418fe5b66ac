"""A search finds what was written before it, by whomever, and nothing that is gone."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from agents.memory import SQLiteSession as SDKSession

from tests.stores.files import messages, sql
from tests.stores.sqlite.search.files import asked, found, has, indexed, waiting
from workbench.errors import StoreFull
from workbench.protocols import HIDDEN, ArchivedItem, Edit, Found, StoredItem
from workbench.stores.sqlite import SQLiteStore
from workbench.stores.sqlite.search import finding, upkeep

NOW = datetime(2026, 5, 6, 7, 8, 9, tzinfo=UTC)


async def test_the_first_search_makes_an_index_and_the_next_ones_ask_it(
    store: SQLiteStore, path: Path
) -> None:
    keys = await store.append("a", messages("I like dark mode", "me too"))
    assert await found(store, "dark") == ["I like dark mode"]
    assert indexed(path) == set(keys)
    before = store.file.commits
    assert await found(store, "too") == ["me too"]
    assert store.file.commits == before


async def test_nothing_is_made_where_nothing_is(store: SQLiteStore, path: Path) -> None:
    assert await store.search(asked("dark")) == Found([])
    assert not path.exists()
    await store.clear("a")
    await store.append("a", [])
    assert not path.exists()


async def test_what_was_written_before_is_found_by_whomever_it_was_written(
    store: SQLiteStore, path: Path
) -> None:
    await store.append("a", messages("ours tea"))
    await found(store, "tea")
    sdk = SDKSession("b", path)
    await sdk.add_items(messages("theirs tea"))
    other = SQLiteStore(path)
    await other.append("c", messages("another tea"))
    assert await found(store, "tea") == ["ours tea", "theirs tea", "another tea"]
    assert await found(other, "tea", sessions=["b"]) == ["theirs tea"]
    await sdk.pop_item()
    assert await found(store, "tea") == ["ours tea", "another tea"]
    sdk.close()
    await other.close()


@pytest.mark.parametrize("made", [False, True], ids=["not searched before", "searched before"])
async def test_every_change_shows(store: SQLiteStore, made: bool) -> None:
    async def tea() -> list[str]:
        return [each.removesuffix(" tea") for each in await found(store, "tea")] if made else []

    keys = await store.append("s", messages(*(f"{letter} tea" for letter in "abcdef")))
    await tea()
    await store.pop("s")
    assert await tea() == list("abcde") * made
    await store.archive("s", [keys[0], keys[1]], reason="old")
    assert await tea() == list("cde") * made
    await store.restore("s", [keys[0]])
    assert await tea() == list("acde") * made
    await store.archive("s", [keys[2]], reason=HIDDEN)
    assert await tea() == list("acde") * made, "what is hidden is found"
    await store.edit("s", Edit(rewrite={keys[3]: messages("D tea")[0], keys[1]: messages("B")[0]}))
    assert await tea() == list("acDe") * made
    await store.edit("s", Edit(delete=[keys[4]], restore=[keys[1]]))
    assert await tea() == list("acD") * made
    await store.edit("s", Edit(insert=messages("0 tea"), before=keys[0]))
    assert await tea() == list("0acD") * made
    await store.edit("s", Edit(relabel={(await store.archived("s"))[0].key: "old"}))
    assert await tea() == list("0aD") * made
    await store.edit("s", Edit(relabel={(await store.archived("s"))[0].key: HIDDEN}))
    assert await tea() == list("0acD") * made
    await store.clear("s")
    assert await tea() == []
    assert await found(store, "tea") == []


async def test_what_was_archived_before_it_was_known_is_found_when_it_is_back(
    store: SQLiteStore,
) -> None:
    await store.append("s", messages("first"))
    await found(store, "tea")
    keys = await store.append("s", messages("green tea", "black tea"))
    await store.archive("s", keys, reason="old")
    assert await found(store, "tea") == []
    await store.restore("s", [keys[0]])
    await store.edit("s", Edit(relabel={keys[1]: HIDDEN}))
    assert await found(store, "tea") == ["green tea", "black tea"]


async def test_what_was_put_or_branched_is_found(store: SQLiteStore) -> None:
    await store.append("s", messages("x"))
    await found(store, "tea")
    rows: list[StoredItem | ArchivedItem] = [
        StoredItem(1, messages("put tea")[0], NOW, "t"),
        ArchivedItem(2, messages("archived tea")[0], "old", NOW, NOW, "t"),
        ArchivedItem(3, messages("hidden tea")[0], HIDDEN, NOW, NOW, "t"),
    ]
    keys = await store.put("p", rows)
    assert keys is not None
    assert await found(store, "tea") == ["put tea", "hidden tea"]
    assert await store.branch("p", "q", until=keys[2]) is not None
    assert await found(store, "tea", sessions=["q"]) == ["put tea", "hidden tea"]
    assert len(await found(store, "tea")) == 4


async def test_roles_times_sessions_and_limits_are_kept_to(store: SQLiteStore, path: Path) -> None:
    for number in range(4):
        await store.append(f"s{number}", messages(f"tea {number}"))
        await store.append(f"s{number}", [{"role": "assistant", "content": f"tea, too {number}"}])
    for key in range(1, 9):
        day = f"2026-01-0{key} 12:00:00" + (".500" if key % 2 else "")
        sql(path, "UPDATE agent_messages SET created_at = ? WHERE id = ?", day, key)
    assert await found(store, "tea", role="user") == [f"tea {number}" for number in range(4)]
    assert await found(store, "tea", role="tool") == []
    assert await found(store, "tea", sessions=["s1", "s3"], role="user") == ["tea 1", "tea 3"]
    assert await found(store, "tea", sessions=[]) == []
    noon = datetime(2026, 1, 3, 12, tzinfo=UTC)
    assert len(await found(store, "tea", since=noon)) == 6
    assert len(await found(store, "tea", since=noon + timedelta(seconds=0.5))) == 6
    assert len(await found(store, "tea", since=noon + timedelta(seconds=0.6))) == 5
    assert len(await found(store, "tea", until=noon + timedelta(seconds=0.5))) == 2
    assert await found(store, "tea", since=noon, until=noon + timedelta(1)) == ["tea 1"]
    assert len(await found(store, "tea", limit=3)) == 3


async def test_many_sessions_and_many_gone_leave_no_hit_out(store: SQLiteStore) -> None:
    keys = []
    for number in range(150):
        keys += await store.append(f"s{number}", messages(*["tea"] * 6))
    await found(store, "tea")
    for number in range(150):
        own = keys[6 * number : 6 * number + 5]
        await store.archive(f"s{number}", own, reason="old")
    assert len(await found(store, "tea")) == 150
    assert len(await found(store, "tea", limit=20)) == 20
    some = [f"s{number}" for number in range(0, 150, 2)]
    hits = (await store.search(asked("tea", sessions=some, limit=70))).hits
    assert len({hit.session_id for hit in hits} & set(some)) == 70
    late = datetime.now(UTC) + timedelta(days=1)
    assert await found(store, "tea", since=late) == []
    assert len(await found(store, "tea", until=late, limit=10)) == 10


@pytest.mark.parametrize(
    "written",
    ["2026-01-02 12:00:00", "2026-01-02 12:00:00.0", "2026-01-02T14:00:00+02:00", "2026-01-02"],
)
async def test_times_are_understood_however_they_are_written(
    store: SQLiteStore, path: Path, written: str
) -> None:
    keys = await store.append("s", messages(*["tea"] * 300))
    await store.append("s", messages("tea at noon"))
    sql(path, "UPDATE agent_messages SET created_at = '2026-01-01 00:00:00.25'")
    sql(path, "UPDATE agent_messages SET created_at = ? WHERE id > ?", written, keys[-1])
    noon = datetime(2026, 1, 2, 0 if len(written) == 10 else 12, tzinfo=UTC)
    almost, quarter = timedelta(seconds=0.001), datetime(2026, 1, 1, 0, 0, 0, 250_000, tzinfo=UTC)
    assert await found(store, "tea", since=noon, limit=5) == ["tea at noon"]
    assert await found(store, "tea", since=noon + almost, limit=5) == []
    assert len(await found(store, "tea", until=noon + almost)) == 301
    assert len(await found(store, "tea", until=noon)) == 300
    assert await found(store, "tea", until=quarter) == []
    assert len(await found(store, "tea", since=quarter, until=quarter + almost)) == 300


async def test_few_of_many_are_read_when_times_and_sessions_leave_most_out(
    store: SQLiteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"s{number}" for number in range(100)]
    for name in [*names, "a\0b"]:
        await store.append(name, messages(*["tea"] * 20))
    await store.append("common", messages(*["tea tea"] * 5_000))
    await found(store, "tea")
    read: list[int] = []
    rows = finding._rows

    def counted(keys: Any, wanted: Any, db: Any) -> Any:
        read.append(len(keys))
        return rows(keys, wanted, db)

    monkeypatch.setattr(finding, "_rows", counted)
    later = datetime.now(UTC) + timedelta(seconds=1)
    assert await found(store, "tea", since=later, limit=10) == []
    assert await found(store, "tea", sessions=names, limit=10) == ["tea"] * 10
    asked_for = [*names, "a\0b"]
    hits = (await store.search(asked("tea", sessions=asked_for, limit=5_000))).hits
    assert {hit.session_id for hit in hits} == set(asked_for)
    assert sum(read) < 8_000


async def test_appends_take_in_what_waits_some_at_a_time(store: SQLiteStore, path: Path) -> None:
    await store.append("s", messages("first"))
    await found(store, "first")
    for number in range(400):
        await store.append("s", messages(f"tea {number}", "and so on"))
    assert waiting(path) < upkeep.LAG + upkeep.APPENDING.rows
    assert len(indexed(path)) >= 801 - upkeep.LAG - upkeep.APPENDING.rows
    assert len(await found(store, "tea")) == 400


async def test_appends_to_a_file_that_nobody_searches_make_no_index(
    store: SQLiteStore, path: Path
) -> None:
    for _ in range(10):
        await store.append("s", messages(*["tea"] * 100))
    assert not sql(path, "SELECT 1 FROM sqlite_master WHERE name LIKE 'workbench_search%'")


async def test_a_large_item_does_not_hold_an_append_up(store: SQLiteStore, path: Path) -> None:
    await store.append("s", messages("first"))
    await found(store, "first")
    large = "huge " + "x " * (upkeep.APPENDING.size // 2)
    await store.append("s", messages(*["small"] * 100, large))
    for _ in range(10):
        await store.append("s", messages(*["small"] * 64))
    assert not has(path, "huge")
    assert len(await found(store, "huge")) == 1
    assert waiting(path) == 0


async def test_an_item_larger_than_all_that_is_taken_in_at_once_is_found(
    store: SQLiteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny = upkeep.Budget(rows=3, size=10, seconds=0.0, whole=True)
    monkeypatch.setattr("workbench.stores.sqlite.search.searching.SEARCHING", tiny)
    await store.append("s", messages(*(f"tea {number}" for number in range(10))))
    assert len(await found(store, "tea")) == 10


async def test_a_search_says_how_far_it_has_come(store: SQLiteStore) -> None:
    await store.append("s", messages(*["tea"] * 5_000))
    told: list[tuple[int, int]] = []
    await store.search(asked("tea"), lambda done, total: told.append((done, total)))
    assert told[-1] == (5_000, 5_000)
    assert told == sorted(told)


async def test_a_long_session_is_cleared_in_steps_and_nothing_is_lost_when_it_is_not(
    store: SQLiteStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.append("s", messages(*(f"tea {number}" for number in range(2_500))))
    await found(store, "tea")
    before = store.file.commits
    with monkeypatch.context() as broken:
        broken.setattr("workbench.stores.sqlite.writing.clear", full)
        with pytest.raises(StoreFull):
            await store.clear("s")
    assert store.file.commits - before >= 3
    assert not indexed(path)
    assert len(await found(store, "tea", limit=5_000)) == 2_500
    await store.clear("s")
    assert not indexed(path)
    assert await found(store, "tea") == []


def full(*_args: Any) -> None:
    raise StoreFull("no room")


async def test_two_searches_and_a_writer_at_the_same_time(store: SQLiteStore, path: Path) -> None:
    other = SQLiteStore(path)
    await store.append("s", messages(*["tea"] * 3_000))

    async def write() -> None:
        for _ in range(50):
            await other.append("s", messages("coffee"))

    async def look(where: SQLiteStore) -> int:
        return len(await found(where, "tea", limit=5_000))

    counts = await asyncio.gather(look(store), look(other), look(store), write(), look(other))
    assert [each for each in counts if each is not None] == [3_000] * 4
    assert len(await found(store, "coffee")) == 50
    assert len(indexed(path)) == 3_050
    await other.close()


async def test_a_database_in_memory_is_searched() -> None:
    store = SQLiteStore(None)
    await store.append("s", messages("dark mode"))
    assert await found(store, "mode") == ["dark mode"]
    await store.close()
