"""The order and the turn of what was found are those of ``wb.history``."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import pytest
from agents.memory import SQLiteSession as SDKSession
from hypothesis import given, settings
from hypothesis import strategies as st

import workbench as wb
from workbench import loop
from workbench.items import user_message
from workbench.protocols import COMPACTION, HIDDEN, Edit
from workbench.sessions.stored import StoredSession
from workbench.stores.memory import MemoryStore
from workbench.stores.sqlite import SQLiteStore
from workbench.verbs.search import places as module
from workbench.verbs.search.places import places

ITEM = st.sampled_from(
    [
        user_message("tea"),
        {"role": "assistant", "content": "tea"},
        {"role": "us\u0065r", "content": "tea \u00e9"},
        {"type": "function_call_output", "call_id": "c", "output": 'tea "user"'},
        {"role": "system", "content": "tea"},
    ]
)
TURN = st.sampled_from([None, "t1", "t2", "t3", COMPACTION + "x"])
APPENDS = st.lists(st.tuples(TURN, st.lists(ITEM, min_size=1, max_size=4)), min_size=1, max_size=8)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(APPENDS, st.sets(st.integers(0, 30)), st.sets(st.integers(0, 30)))
def test_they_agree_for_any_history(
    appends: list[Any], hidden: set[int], archived: set[int]
) -> None:
    async def fill(store: Any) -> Any:
        session = StoredSession(store, "s")
        keys: list[Any] = []
        for turn_id, items in appends:
            keys += await session.append(items, turn_id=turn_id)
        hide = [keys[at] for at in hidden if at < len(keys)]
        await session.archive(hide, reason=HIDDEN)
        gone = [keys[at] for at in archived if at < len(keys)]
        await session.archive([key for key in gone if key not in hide], reason="old")
        return session

    with tempfile.TemporaryDirectory() as folder:
        for store in (SQLiteStore(Path(folder) / "a.db"), MemoryStore()):
            session = loop.run(fill(store))
            history = wb.history(session)
            found = wb.search("tea", sessions=session, limit=None).sort_values("order")
            assert found["order"].tolist() == history["order"].tolist()
            assert found["turn"].tolist() == history["turn"].tolist()
            assert found["item"].tolist() == history["item"].tolist()
            loop.run(store.close())


def test_they_agree_for_what_the_sdk_wrote_with_escapes(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    sdk = SDKSession("s", path)
    items: list[Any] = [user_message("tea é"), {"role": "assistant", "content": "tea"}] * 3
    asyncio.run(sdk.add_items(items))
    sdk.close()
    found = wb.search("tea", store=f"sqlite:///{path}").sort_values("order")
    assert found["order"].tolist() == [1, 2, 3, 4, 5, 6]
    assert found["turn"].tolist() == [1, 1, 2, 2, 3, 3]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A store in which every session is a long one, read in small steps."""
    monkeypatch.setattr(module, "LONG", 2)
    monkeypatch.setattr(module, "_STEP", 3)
    made = SQLiteStore(tmp_path / "a.db")
    yield made
    loop.run(made.close())


CHANGES = ("append", "pop", "archive", "hide", "restore", "insert", "front", "clear")


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.sampled_from(CHANGES), st.integers(0, 9)), max_size=12))
def test_what_is_remembered_of_a_long_session_is_never_out_of_date(
    changes: list[tuple[str, int]],
) -> None:
    async def check(store: Any) -> None:
        session = StoredSession(store, "s")
        for what, number in changes:
            await change(session, what, number)
            from workbench.verbs.numbered import numbered

            rows = await numbered(session)
            expected = {each.row.key: (each.order, each.turn) for each in rows}
            some = list(expected)[: number + 1]
            if some:
                assert await places(store, "s", some) == {key: expected[key] for key in some}

    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "LONG", 2)
        patched.setattr(module, "_STEP", 3)
        store = SQLiteStore(Path(folder) / "a.db")
        loop.run(check(store))
        loop.run(store.close())


async def change(session: StoredSession, what: str, number: int) -> None:
    rows = await session.rows()
    if what == "append":
        items = [user_message("a"), {"role": "assistant", "content": "b"}] * 2
        await session.append(items, turn_id=None if number % 2 else f"t{number}")
    elif what == "pop":
        await session.pop_item()
    elif what in ("archive", "hide"):
        keys = [row.key for row in rows[number : number + 1]]
        await session.archive(keys, reason=HIDDEN if what == "hide" else "old")
    elif what == "restore":
        await session.restore([each.key for each in (await session.archived())[:1]])
    elif what == "clear":
        await session.clear_session()
    elif rows:
        before = rows[0].key if what == "front" else rows[-1].key
        await session.edit(Edit(insert=[user_message("new")], before=before))


async def test_what_is_gone_has_no_place(store: Any) -> None:
    session = StoredSession(store, "s")
    keys = await session.append([user_message("a"), user_message("b"), user_message("c")])
    await session.pop_item()
    assert await places(store, "s", keys) == {keys[0]: (1, 1), keys[1]: (2, 1)}


async def test_long_ago_ones_are_forgotten(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 10)
    for number in range(5):
        keys = await store.append(f"s{number}", [user_message("a")] * 4)
        await places(store, f"s{number}", keys)
    assert list(module._remembered[store]) == ["s3", "s4"]
