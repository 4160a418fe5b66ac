"""The contract of `Branches`: a conversation copied within its store, in one step.

A store that has it joins with a fixture ``store`` and, where it is not kept in this process alone,
``again``: another handle on the same place, as another program has.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.contract_abilities import BEGIN, record
from workbench.protocols import COMPACTION, HIDDEN, Branches
from workbench.sessions.stored import StoredSession
from workbench.testing.data import message, texts


async def talked(store: Any, name: str = "origin") -> list[Any]:
    """A conversation of three turns, ``aAbBcC``, with records; the keys of its items."""
    session = StoredSession(store, name)
    keys: list[Any] = []
    for number, letter in enumerate("abc", start=1):
        items = [message(letter), {"role": "assistant", "content": letter.upper()}]
        keys += await session.append(items, turn_id=f"t{number}")
        told = record(f"t{number}", minutes=number, session_id=name, cell="c", execution="e")
        await session.save_turn(told)
    return keys


async def letters_of(store: Any, name: str) -> str:
    return "".join(texts(await store.read(name)))


class BranchingContract:
    """What every store does that can branch."""

    @pytest.fixture
    def store(self) -> Any:
        raise NotImplementedError

    def test_it_can_branch(self, store: Any) -> None:
        assert isinstance(store, Branches)

    async def test_a_branch_holds_what_comes_up_to_the_key(self, store: Any) -> None:
        keys = await talked(store)
        assert await store.branch("origin", "new", until=keys[3]) == 4
        assert await letters_of(store, "new") == "aAbB"
        assert await letters_of(store, "origin") == "aAbBcC"

    async def test_a_branch_keeps_times_and_turns_but_no_cell(self, store: Any) -> None:
        keys = await talked(store)
        await store.branch("origin", "new", until=keys[3])
        rows, mine = await store.rows("origin"), await store.rows("new")
        assert [(r.created_at, r.turn_id) for r in mine] == [
            (r.created_at, r.turn_id) for r in rows[:4]
        ]
        assert await store.turns("new") == [
            record(f"t{number}", minutes=number, session_id="new") for number in (1, 2)
        ]
        assert [turn.cell for turn in await store.turns("origin")] == ["c"] * 3

    async def test_hidden_items_stay_hidden_and_what_is_archived_stays_behind(
        self, store: Any
    ) -> None:
        keys = await talked(store)
        await store.archive("origin", [keys[1]], reason=HIDDEN)
        await store.archive("origin", [keys[2]], reason="rewound")
        await store.archive("origin", [keys[5]], reason=HIDDEN)
        assert await store.branch("origin", "new", until=keys[4]) == 3
        (kept,) = await store.archived("new")
        assert (kept.item["content"], kept.reason, kept.turn_id) == ("A", HIDDEN, "t1")
        assert (await store.archived("origin"))[0].archived_at == kept.archived_at
        await store.restore("new", [kept.key])
        assert await letters_of(store, "new") == "aABc"

    async def test_hidden_items_alone_can_be_a_branch(self, store: Any) -> None:
        keys = await talked(store)
        await store.archive("origin", keys[:2], reason=HIDDEN)
        assert await store.branch("origin", "new", until=keys[1]) == 0
        assert "".join(texts([each.item for each in await store.archived("new")])) == "aA"
        assert [turn.turn_id for turn in await store.turns("new")] == ["t1"]
        assert await store.branch("origin", "new", until=keys[1]) is None

    async def test_a_summary_keeps_what_says_that_it_is_one(self, store: Any) -> None:
        session = StoredSession(store, "origin")
        (key,) = await session.append([message("summary")], turn_id=f"{COMPACTION}1")
        await store.branch("origin", "new", until=key)
        assert [row.turn_id for row in await store.rows("new")] == [f"{COMPACTION}1"]

    async def test_an_empty_branch_leaves_nothing(self, store: Any) -> None:
        keys = await talked(store)
        assert await store.branch("origin", "new", until=None) == 0
        assert await store.branch("nobody", "new", until=keys[0]) == 0
        assert await store.rows("new") == []
        assert "new" not in [info.session_id for info in await store.list_sessions()]
        assert await store.branch("origin", "new", until=keys[-1]) == 6

    async def test_a_session_with_anything_in_it_is_left_as_it_is(self, store: Any) -> None:
        keys = await talked(store)
        await store.append("items", [message("x")])
        (key,) = await store.append("kept", [message("x")])
        await store.archive("kept", [key], reason="old")
        await store.save_turn("turns", record("t1", session_id="turns"))
        for name in ("items", "kept", "turns", "origin"):
            assert await store.branch("origin", name, until=keys[-1]) is None
            assert await store.branch("origin", name, until=None) is None
        assert await letters_of(store, "items") == "x"
        assert await store.rows("kept") == []

    async def test_branch_and_origin_go_on_apart(self, store: Any) -> None:
        keys = await talked(store)
        await store.branch("origin", "new", until=keys[-1])
        before = {row.key for row in await store.rows("new")}
        (new,) = await store.append("new", [message("x")], turn_id="t9")
        assert new > max(before)
        await store.pop("origin")
        assert await letters_of(store, "new") == "aAbBcCx"
        mine = await store.rows("new")
        await store.archive("new", [mine[0].key], reason="old")
        assert await letters_of(store, "origin") == "aAbBc"
        assert await store.branch("new", "deeper", until=mine[2].key) == 2
        assert await letters_of(store, "deeper") == "Ab"
        await store.clear("origin")
        await store.clear("new")
        assert await letters_of(store, "deeper") == "Ab"

    async def test_a_cleared_session_can_be_a_branch_again(self, store: Any) -> None:
        keys = await talked(store)
        for _ in range(2):
            assert await store.branch("origin", "new", until=keys[1]) == 2
            (extra,) = await store.append("new", [message("x")])
            assert extra > max(row.key for row in (await store.rows("new"))[:-1])
            await store.clear("new")
        assert await store.rows("new") == []

    async def test_a_key_that_is_gone_by_now_is_still_a_place(self, store: Any) -> None:
        keys = await talked(store)
        await store.archive("origin", [keys[2]], reason="old")
        assert await store.branch("origin", "new", until=keys[2]) == 2

    async def test_of_two_branches_at_once_one_is_made(self, store: Any, again: Any) -> None:
        keys = await talked(store)
        done = await asyncio.gather(
            store.branch("origin", "new", until=keys[1]),
            again.branch("origin", "new", until=keys[3]),
        )
        assert sorted(each is None for each in done) == [False, True]
        assert await letters_of(store, "new") in ("aA", "aAbB")

    async def test_a_long_branch_is_seen_whole_or_not_at_all(self, store: Any, again: Any) -> None:
        await store.append("origin", [message(number) for number in range(3_000)], turn_id="t1")
        last = (await store.rows("origin", 1))[0].key
        seen: set[int] = set()
        making = asyncio.ensure_future(again.branch("origin", "new", until=last))
        while not making.done():
            seen.add(len(await store.read("new")))
            await asyncio.sleep(0)
        assert await making == 3_000
        assert seen <= {0, 3_000}
        assert texts(await store.read("new")) == [str(number) for number in range(3_000)]
        assert {row.turn_id for row in await store.rows("new")} == {"t1"}

    async def test_odd_turn_ids_go_along(self, store: Any) -> None:
        session = StoredSession(store, "origin")
        odd = "é 100% = -\n'\""
        (key,) = await session.append([message("a")], turn_id=odd)
        told = record(odd, session_id="origin", error="x\ny", input_tokens=2**53 + 1)
        await session.save_turn(told)
        await store.branch("origin", "new", until=key)
        (found,) = await store.turns("new")
        assert (found.turn_id, found.error, found.input_tokens) == (odd, "x\ny", 2**53 + 1)
        assert (found.started_at, found.seconds) == (BEGIN, told.seconds)
