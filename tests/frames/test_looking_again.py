"""A second look takes only what is new, and shows what any program has changed meanwhile."""

from __future__ import annotations

import asyncio
import gc
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import workbench as wb
from tests.frames.changes import CHANGES, elsewhere, fill
from tests.frames.conversations import TALK, record
from tests.frames.plain import assert_same, plain_history
from tests.notebook_kernel import kernel
from workbench.frames import cache, chunks, history_frame
from workbench.frames.cache import CACHE
from workbench.frames.extracting import facts
from workbench.items import user_message
from workbench.protocols import HIDDEN, Edit, Scanned
from workbench.sessions import CompactionSession, StoredSession
from workbench.stores.sqlite import SQLiteStore


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """Nothing is known of any history."""
    CACHE.clear()
    yield
    CACHE.clear()


@pytest.fixture
def session(tmp_path: Path) -> Iterator[StoredSession]:
    session = StoredSession(SQLiteStore(tmp_path / "chats.db"), "demo")
    asyncio.run(fill(session))
    yield session
    asyncio.run(session.store.close())


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The items whose columns were taken out of them."""
    seen: list[Any] = []

    def spy(item: Any) -> Any:
        seen.append(item)
        return facts(item)

    monkeypatch.setattr(chunks, "facts", spy)
    return seen


async def filled(path: Path) -> StoredSession:
    session = StoredSession(SQLiteStore(path), "demo")
    await fill(session)
    return session


async def check(session: Any) -> None:
    """Fail unless both frames are what they would be at a first look."""
    for full in (False, True):
        assert_same(
            await history_frame(session, full=full), await plain_history(session, full=full)
        )


@pytest.mark.parametrize("name", CHANGES)
async def test_what_this_process_changed_is_shown(session: StoredSession, name: str) -> None:
    await check(session)
    await CHANGES[name](session)
    await check(session)
    await session.append(TALK, turn_id="t9")
    await session.save_turn(record("t9", 9, agent="Cy"))
    await check(session)


async def test_what_another_process_changed_is_shown(tmp_path: Path) -> None:
    files = {name: tmp_path / f"{number}.db" for number, name in enumerate(CHANGES)}
    sessions = [await filled(path) for path in files.values()]
    for session in sessions:
        await check(session)
    await elsewhere(files)
    for session in sessions:
        await check(session)
        await session.store.close()


async def test_only_new_items_are_looked_into(session: StoredSession, taken: list[Any]) -> None:
    await history_frame(session)
    assert len(taken) == 17
    for number in range(3):
        taken.clear()
        await session.append([user_message(f"new {number}")], turn_id=f"n{number}")
        await session.save_turn(record(f"n{number}", 10 + number, agent="Di"))
        frame = await history_frame(session)
        assert taken == [user_message(f"new {number}")]
        assert frame["agent"].iloc[-1] == "Di"
    taken.clear()
    await history_frame(session)
    await history_frame(CompactionSession(session))
    await session.save_turn(record("t1", 1, agent="Bo"))
    assert "Bo" in (await history_frame(session))["agent"].tolist()
    assert taken == []


@pytest.mark.parametrize("name", ["more items", "another session", "SDK: more items"])
async def test_what_others_add_costs_no_second_reading_of_the_rest(
    session: StoredSession, taken: list[Any], name: str
) -> None:
    await history_frame(session)
    taken.clear()
    await CHANGES[name](session)
    await history_frame(session)
    assert len(taken) == (0 if name == "another session" else len(TALK))


async def test_what_is_known_outlives_a_closed_connection(
    session: StoredSession, taken: list[Any]
) -> None:
    await history_frame(session)
    await session.store.close()
    taken.clear()
    await session.append(TALK[:1])
    await check(session)
    assert len(taken) < 2 * 17


async def test_another_file_in_its_place_is_another_history(tmp_path: Path) -> None:
    session = await filled(tmp_path / "chats.db")
    other = await filled(tmp_path / "other.db")
    first = (await other.rows())[0].key  # the same one in both
    await other.edit(Edit(rewrite={first: user_message("from another file")}))
    await check(session)
    await session.store.close()
    await other.store.close()
    shutil.copy(tmp_path / "other.db", tmp_path / "chats.db")
    assert (await history_frame(session))["content"].iloc[0] == "from another file"
    await check(session)
    (tmp_path / "chats.db").unlink()
    assert (await history_frame(session)).empty
    await session.append(TALK)
    await check(session)
    await session.store.close()


async def test_a_frame_that_is_changed_changes_no_other(session: StoredSession) -> None:
    first = await history_frame(session)
    for name in first.columns.drop("item"):
        first.loc[0, name] = first[name].iloc[-1]
    first["item"].iloc[1]["role"] = "nobody"
    first["order"] = 7
    first["item"].array[2] = "replaced"
    await check(session)
    again = await history_frame(session)
    again.loc[:, "n_chars"] = 0
    again.loc[again["role"] == "user", "content"] = "gone"
    await check(session)


async def test_looks_at_the_same_time_do_not_disturb_each_other(session: StoredSession) -> None:
    expected = await plain_history(session)
    for frame in await asyncio.gather(*(history_frame(session) for _ in range(8))):
        assert_same(frame, expected)

    async def write() -> None:
        for number in range(20):
            await session.append([user_message(str(number))])
            await session.archive([(await session.rows())[0].key], reason=HIDDEN)

    async def look() -> None:
        for _ in range(20):
            frame = await history_frame(session)
            assert frame["order"].tolist() == list(range(1, len(frame) + 1))

    await asyncio.gather(write(), look(), look())
    await check(session)


class Restless(StoredSession):
    """Somebody changes its first item whenever a step was read."""

    async def scan(self, *args: Any, **kwargs: Any) -> Scanned[Any] | None:
        found: Scanned[Any] | None = await super().scan(*args, **kwargs)
        await CHANGES["an item rewritten"](self)
        return found


async def test_a_history_that_changes_while_it_is_read_is_one_that_was(
    session: StoredSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbench.frames.scanning.STEP", 4)
    await CHANGES["an item rewritten"](session)
    restless = Restless(session.store, "demo")
    assert_same(await history_frame(restless), await plain_history(session))


async def test_what_is_kept_is_bounded_and_the_oldest_goes_first(
    session: StoredSession, taken: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    others = [StoredSession(session.store, f"other {number}") for number in range(3)]
    for each in others:
        await each.append(TALK)
        await history_frame(each)
    size = CACHE.get(CACHE.key(session.store, "other 2", False)).nbytes
    monkeypatch.setattr(cache, "LIMIT", int(2.5 * size))
    for each in (others[0], others[1], others[0], others[2]):
        await each.append(TALK[:1])
        await history_frame(each)
    taken.clear()
    await history_frame(others[0])
    assert taken == []
    await history_frame(others[1])
    assert len(taken) == len(TALK) + 1
    monkeypatch.setattr(cache, "LIMIT", 10)
    await check(session)
    assert CACHE._kept == {}


async def test_nothing_is_kept_of_a_store_that_is_gone(tmp_path: Path) -> None:
    session = await filled(tmp_path / "chats.db")
    await history_frame(session)
    assert len(CACHE._kept) == 1
    await session.store.close()
    del session
    gc.collect()
    assert CACHE._kept == {}


async def test_small_additions_make_no_crumbs(session: StoredSession) -> None:
    for number in range(30):
        await session.append([user_message(str(number))])
        frame = await history_frame(session)
    assert frame["content"].array._pa_array.num_chunks == 1
    await check(session)


async def test_a_database_in_memory_is_looked_at_again(taken: list[Any]) -> None:
    session = StoredSession(SQLiteStore(None), "demo")
    await session.append(TALK)
    await check(session)
    for name in ("more items", "an item rewritten", "pop", "clear and fill"):
        await CHANGES[name](session)
        await check(session)
    taken.clear()
    await session.append(TALK[:1])
    await history_frame(session)
    assert len(taken) == 1
    await session.store.close()
    assert (await history_frame(session)).empty, "it went with its connection"
    await session.store.close()


def test_two_kernels_see_each_other_s_turns_and_changes(tmp_path: Path) -> None:
    look = "print(wb.history('demo')[['content', 'hidden', 'agent']].to_dict('list'))"
    with kernel(tmp_path) as one, kernel(tmp_path) as two:
        for each in (one, two):
            each.ok("import workbench as wb")
        one.ok("t = wb.ask('demo', 'My name is John')")
        seen = one.ok(look).out
        assert two.ok(look).out == seen
        two.ok("t = wb.ask('demo', 'My number is 7')")
        seen = two.ok(look).out
        assert "My number is 7" in seen
        assert one.ok(look).out == seen
        two.ok("r = wb.rewind('demo', 1); h = wb.hide('demo', 1)")
        seen = two.ok(look).out
        assert "My number is 7" not in seen
        assert "True" in seen
        assert one.ok(look).out == seen
        one.ok("t = wb.ask('demo', 'Hi')")
        assert one.ok(look).out == two.ok(look).out != seen


def test_a_named_session_is_looked_at_again(taken: list[Any]) -> None:
    wb.ask("demo", "My name is John")
    first = wb.history("demo")
    taken.clear()
    wb.ask("demo", "What's my name?")
    again = wb.history("demo")
    assert len(taken) == 2
    pd.testing.assert_frame_equal(again.iloc[:2], first)
    assert wb.history("demo", limit=1)["order"].tolist() == [4]
