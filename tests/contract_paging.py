"""The contract of `Paginates` and `Imports`: pages read and pages put. Every session joins this.

It looks at a session through its public methods only, so that stores, wrappers and adopted sessions
pass the same tests.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest

from tests.contract_abilities import BEGIN, record
from tests.letters import everything, kept, labels, letters, live
from workbench.errors import InvalidItem, InvalidValue
from workbench.protocols import (
    COMPACTION,
    HIDDEN,
    ArchivedItem,
    Imports,
    Paginates,
    StoredItem,
)
from workbench.sessions.pages import pages
from workbench.testing.data import ITEMS, KeepsItems, Make, message, same, texts


def row(letter: str, *, minutes: int | None = 0, turn_id: str | None = None) -> StoredItem:
    """A row of another session: its key says nothing here."""
    return StoredItem(7, message(letter), _at(minutes), turn_id)


def gone(
    letter: str,
    reason: str = "old",
    *,
    minutes: int | None = 0,
    turn_id: str | None = None,
    archived: int = 60,
) -> ArchivedItem:
    """As `row`, of an item that was archived so many minutes after BEGIN."""
    when = BEGIN + timedelta(minutes=archived)
    return ArchivedItem("x", message(letter), reason, when, _at(minutes), turn_id)


def _at(minutes: int | None) -> datetime | None:
    return None if minutes is None else BEGIN + timedelta(minutes=minutes)


class PagingContract(KeepsItems):
    """Joins SessionContract, whose fixture `make` it uses."""

    keeps_times: ClassVar[bool] = True
    """Whether what is put keeps the time it had elsewhere."""

    def test_it_gives_and_takes_pages(self, make: Make) -> None:
        assert isinstance(make(), Paginates)
        assert isinstance(make(), Imports)

    # Pages

    @pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 1_000])
    async def test_pages_are_the_whole_conversation(self, make: Make, size: int) -> None:
        session = make()
        await session.append(letters("abc"), turn_id="t1")
        await session.append(letters("defg"), turn_id="t2")
        found = [page async for page in pages(session, size=size)]
        assert [row for page in found for row in page] == await session.rows()
        assert all(len(page) == size for page in found[:-1])
        assert all(found)

    async def test_an_empty_session_has_no_page(self, make: Make) -> None:
        session = make()
        assert await session.page() == []
        assert await session.page(limit=5) == []
        assert [page async for page in pages(session)] == []

    async def test_behind_the_last_item_there_is_nothing(self, make: Make) -> None:
        session = make()
        keys = await session.append(letters("ab"))
        assert await session.page(keys[-1]) == []
        assert [each.key for each in await session.page(keys[0])] == [keys[1]]
        assert await session.page(limit=0) == []

    async def test_items_that_go_between_two_pages_hold_nothing_up(self, make: Make) -> None:
        session = make()
        keys = await session.append(letters("abcdef"))
        (first, second) = await session.page(limit=2)
        assert texts([first.item, second.item]) == ["a", "b"]
        await session.archive([keys[1], keys[2]], reason="old")
        assert texts([each.item for each in await session.page(second.key, limit=2)]) == ["d", "e"]
        await session.archive(keys[3:], reason="old")
        assert await session.page(second.key, limit=2) == []

    async def test_what_is_appended_meanwhile_comes_last(self, make: Make) -> None:
        session, other = make(), make()
        await session.append(letters("abc"))
        found: list[Any] = []
        async for page in pages(session, size=2):
            found += texts([each.item for each in page])
            if len(found) == 2:
                await other.append(letters("d"), turn_id="t2")
        assert "".join(found) in ("abc", "abcd")

    async def test_a_page_has_no_limit_of_the_settings(self, make: Make) -> None:
        session = make(session_settings={"limit": 1})
        await session.add_items(letters("abc"))
        assert texts([each.item for each in await session.page()]) == ["a", "b", "c"]

    @pytest.mark.parametrize("limit", [-1, 1.5, True, "2"])
    async def test_a_limit_of_a_page_that_is_no_count_is_refused(
        self, make: Make, limit: Any
    ) -> None:
        with pytest.raises(InvalidValue, match="limit is None"):
            await make().page(limit=limit)

    @pytest.mark.parametrize("size", [0, -1, 1.5, True])
    async def test_pages_of_no_size_are_refused(self, make: Make, size: Any) -> None:
        with pytest.raises(InvalidValue, match="at least one item"):
            await anext(pages(make(), size=size))

    async def test_what_can_be_no_key_is_refused(self, make: Make) -> None:
        session = make()
        (key,) = await session.append(letters("a"))
        wrong: Any = 1.5 if isinstance(key, str) else "key"
        with pytest.raises(InvalidValue, match="no key of this session"):
            await session.page(wrong)

    async def test_long_conversations_are_read_page_by_page(self, make: Make) -> None:
        session = make()
        await session.add_items([message(number) for number in range(2_600)])
        found = [page async for page in pages(session, size=1_000)]
        assert [len(page) for page in found] == [1_000, 1_000, 600]
        rows = [row for page in found for row in page]
        assert texts([row.item for row in rows]) == [str(number) for number in range(2_600)]

    # Put

    async def test_what_is_put_keeps_order_and_turns(self, make: Make) -> None:
        session = make()
        given = [row("a", turn_id="t1"), row("b", minutes=1, turn_id="t1"), row("c"), row("d")]
        keys = await session.put(given)
        assert await live(session) == "abcd"
        assert [each.key for each in await session.rows()] == keys
        assert await labels(session) == {"a": "t1", "b": "t1", "c": None, "d": None}

    async def test_what_is_put_keeps_its_times_as_far_as_it_can(self, make: Make) -> None:
        session = make()
        given = [row("a", minutes=5, turn_id="t1"), row("b", minutes=3), row("c", minutes=9)]
        await session.put(given)
        times = [each.created_at for each in await session.rows()]
        if self.keeps_times:
            assert times == [each.created_at for each in given]

    async def test_what_has_no_time_gets_none_of_its_own(self, make: Make) -> None:
        session = make()
        await session.put([row("a", minutes=None, turn_id="t1")])
        (found,) = await session.rows()
        if self.keeps_times:
            assert found.created_at is None

    async def test_it_comes_behind_what_is_there(self, make: Make) -> None:
        session = make()
        before = await session.append(letters("ab"), turn_id="t1")
        keys = await session.put([row("c"), gone("d"), row("e")])
        assert (await live(session), await kept(session)) == ("abce", "d")
        assert before + keys == sorted(before + keys)
        after = await session.append(letters("f"))
        assert after[0] > keys[-1]

    async def test_archived_items_stand_in_their_places(self, make: Make) -> None:
        session = make()
        rows: list[Any] = [
            row("a", turn_id="t1"),
            gone("b", turn_id="t1", minutes=2),
            row("c"),
            gone("d"),
        ]
        keys = await session.put(rows)
        assert (await live(session), await kept(session)) == ("ac", "bd")
        found = await session.archived()
        assert [each.key for each in found] == [keys[1], keys[3]]
        assert [each.archived_at for each in found] == [rows[1].archived_at, rows[3].archived_at]
        assert [(each.reason, each.turn_id) for each in found] == [("old", "t1"), ("old", None)]
        if self.keeps_times:
            assert found[0].created_at == rows[1].created_at
        assert await session.restore([each.key for each in found]) == 2
        assert await live(session) == "abcd"
        assert (await labels(session))["b"] == "t1"

    async def test_the_archive_is_in_the_order_in_which_it_was_archived(self, make: Make) -> None:
        session = make()
        await session.put([gone("a", archived=50), row("b"), gone("c", archived=20)])
        assert await kept(session) == "ca"
        await session.put([gone("d", archived=30), gone("e", archived=60), row("f")])
        assert await kept(session) == "cdae"
        assert await live(session) == "bf"

    async def test_reasons_are_kept_as_they_are(self, make: Make) -> None:
        session = make()
        reasons = [HIDDEN, f"{COMPACTION}1f", "replaced: the cell was run again", "é \n:'% =-"]
        await session.put([gone(str(n), reason, archived=n) for n, reason in enumerate(reasons)])
        assert [each.reason for each in await session.archived()] == reasons

    async def test_the_archive_alone_can_be_put(self, make: Make) -> None:
        session = make()
        keys = await session.put([gone("a"), gone("b")])
        assert (await live(session), await kept(session)) == ("", "ab")
        (new,) = await session.append(letters("c"))
        assert new > max(keys)
        await session.restore(keys)
        assert await live(session) == "abc"

    async def test_putting_nothing_changes_nothing(self, make: Make) -> None:
        session = make()
        assert await session.put([]) == []
        assert await everything(session) == ([], [], [])

    @pytest.mark.parametrize("archived", [False, True])
    async def test_a_bad_item_keeps_its_whole_page_out(self, make: Make, archived: bool) -> None:
        session = make()
        await session.append(letters("a"), turn_id="t1")
        before = await everything(session)
        bad: Any = {"x": {1, 2}}
        wrong = ArchivedItem(1, bad, "old", BEGIN) if archived else StoredItem(1, bad, BEGIN, None)
        with pytest.raises(InvalidItem):
            await session.put([row("b"), gone("c"), wrong])
        assert await everything(session) == before

    @pytest.mark.parametrize("name", ITEMS)
    async def test_an_odd_item_is_put_as_it_is(self, make: Make, name: str) -> None:
        session, expected = make(), self.kept(ITEMS[name])
        given = [row("a"), StoredItem(1, ITEMS[name], BEGIN, "t1")]
        if expected is None:
            with pytest.raises(InvalidItem):
                await session.put(given)
            assert await session.get_items() == []
            return
        await session.put(given)
        (_first, found) = await session.rows()
        assert same(found.item, expected)
        (paged,) = await session.page((await session.rows())[0].key)
        assert same(paged.item, expected)

    async def test_what_is_put_is_what_the_newest_must_be(self, make: Make) -> None:
        session = make()
        assert await session.put([row("x")], newest=-1) is None
        keys = await session.put([row("a"), row("b"), gone("c")], newest=None)
        assert keys is not None
        assert await session.put([row("x")], newest=None) is None
        assert await session.put([row("x")], newest=keys[0]) is None
        assert await live(session) == "ab"
        assert await session.put([row("d")], newest=keys[1]) is not None
        assert (await live(session), await kept(session)) == ("abd", "c")

    async def test_of_two_that_put_at_once_one_is_told(self, make: Make) -> None:
        first, second = make(), make()
        (key,) = await first.append(letters("a"))
        done = await asyncio.gather(
            first.put([row("b"), row("c")], newest=key), second.put([row("x")], newest=key)
        )
        assert sorted(each is None for each in done) == [False, True]
        assert await live(first) in ("abc", "ax")

    async def test_a_large_page_is_put_in_one_step(self, make: Make) -> None:
        session, reader = make(), make()
        await session.append(letters("a"), turn_id="t0")
        seen: set[int] = set()
        given = [row(str(n), turn_id=f"t{n // 10}") for n in range(2_500)]
        putting = asyncio.ensure_future(session.put(given))
        while not putting.done():
            seen.add(len(await reader.get_items()))
            await asyncio.sleep(0)
        assert len(await putting) == 2_500
        assert seen <= {1, 2_501}
        rows = await session.rows()
        assert texts([each.item for each in rows[1:]]) == [str(n) for n in range(2_500)]
        assert [each.turn_id for each in rows[1:]] == [f"t{n // 10}" for n in range(2_500)]

    async def test_what_one_session_tells_another_one_takes(self, make: Make) -> None:
        origin, target = make("origin"), make("target")
        keys = await origin.append(letters("abcdef"), turn_id="t1")
        await origin.archive(keys[1:3], reason=HIDDEN)
        await origin.archive(keys[4:5], reason="rewound")
        await origin.save_turn(record("t1", session_id="origin"))
        rows = sorted([*await origin.rows(), *await origin.archived()], key=lambda each: each.key)
        await target.put(rows)
        assert (await live(target), await kept(target)) == ("adf", "bce")
        assert [each.reason for each in await target.archived()] == [HIDDEN, HIDDEN, "rewound"]
        assert (await live(origin), await kept(origin)) == ("adf", "bce")
