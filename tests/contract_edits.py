"""The contract of `Edits`: one atomic change of a conversation. A session with ``edit`` joins this.

It looks at a session through its public methods only, so that stores, wrappers and adopted sessions
pass the same tests.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.contract_abilities import record
from tests.contract_data import Make, message, texts
from workbench.errors import InvalidItem
from workbench.protocols import Edit, Edits, Key


async def live(session: Any) -> str:
    """The letters of the conversation, as items and as rows."""
    rows = await session.rows()
    found = texts([row.item for row in rows])
    assert found == texts(await session.get_items())
    keys = [row.key for row in rows]
    assert keys == sorted(set(keys)), "keys ascend"
    assert not {each.key for each in await session.archived()} & set(keys)
    return "".join(found)


async def kept(session: Any) -> str:
    """The letters of the archive, in the order they were archived."""
    return "".join(texts([each.item for each in await session.archived()]))


async def labels(session: Any) -> dict[str, str | None]:
    """For each letter of the conversation the turn it belongs to."""
    return {row.item["content"]: row.turn_id for row in await session.rows()}


def letters(text: Sequence[str]) -> list[Any]:
    """A user item for each letter."""
    return [message(letter) for letter in text]


async def everything(session: Any) -> tuple[Any, ...]:
    """All that an edit could change."""
    return await session.rows(), await session.archived(), await session.turns()


class EditsContract:
    """Joins SessionContract, whose fixture `make` it uses."""

    def test_it_can_be_edited(self, make: Make) -> None:
        assert isinstance(make(), Edits)

    # Each part

    async def test_inserted_items_stand_in_front_of_the_one_named(self, make: Make) -> None:
        session = make()
        _a, b, _c = await session.append(letters("abc"), turn_id="t1")
        new = await session.edit(Edit(insert=letters("xy"), before=b, turn_id="t2"))
        assert await live(session) == "axybc"
        assert [row.key for row in await session.rows()][1:3] == new
        assert await labels(session) == {"a": "t1", "x": "t2", "y": "t2", "b": "t1", "c": "t1"}

    async def test_items_can_be_inserted_in_front_of_all(self, make: Make) -> None:
        session = make()
        a, _b = await session.append(letters("ab"), turn_id="t1")
        await session.edit(Edit(insert=letters("xyz"), before=a))
        assert await live(session) == "xyzab"
        await session.add_items(letters("c"))
        assert await live(session) == "xyzabc"

    async def test_items_can_be_inserted_at_the_end(self, make: Make) -> None:
        session = make()
        old = await session.append(letters("ab"))
        new = await session.edit(Edit(insert=letters("cd"), turn_id="t2"))
        assert await live(session) == "abcd"
        assert [row.key for row in await session.rows()] == [*old, *new]
        assert await labels(session) == {"a": None, "b": None, "c": "t2", "d": "t2"}

    async def test_an_empty_conversation_can_be_begun_by_an_edit(self, make: Make) -> None:
        session = make()
        keys = await session.edit(Edit(insert=letters("ab"), newest=None, turn_id="t1"))
        assert [row.key for row in await session.rows()] == keys
        assert await live(session) == "ab"
        assert await session.edit(Edit(insert=letters("x"), newest=None)) is None
        assert await live(session) == "ab"

    async def test_deleted_items_are_gone_for_good(self, make: Make) -> None:
        session = make()
        a, _b, c = await session.append(letters("abc"), turn_id="t1")
        assert await session.edit(Edit(delete=[c, a])) == []
        assert (await live(session), await kept(session)) == ("b", "")
        assert await session.restore([a, c]) == 0

    async def test_archived_items_are_kept_for_their_reason(self, make: Make) -> None:
        session = make()
        a, _b, c = await session.append(letters("abc"), turn_id="t1")
        rows = await session.rows()
        assert await session.edit(Edit(archive=[c, a], reason="compacted")) == []
        assert await live(session) == "b"
        archive = await session.archived()
        assert [each.key for each in archive] == [a, c]
        assert [each.item for each in archive] == letters("ac")
        assert {(each.reason, each.turn_id) for each in archive} == {("compacted", "t1")}
        assert [each.created_at for each in archive] == [rows[0].created_at, rows[2].created_at]

    async def test_a_rewritten_item_keeps_all_but_its_content(self, make: Make) -> None:
        session = make()
        a, b, c = await session.append(letters("abc"), turn_id="t1")
        before = await session.rows()
        await session.archive([a], reason="old")
        assert await session.edit(Edit(rewrite={a: message("A"), c: message("C")})) == []
        assert (await live(session), await kept(session)) == ("bC", "A")
        await session.restore([a])
        assert await live(session) == "AbC"
        after = await session.rows()
        assert [row.key for row in after] == [a, b, c]
        assert [(r.created_at, r.turn_id) for r in after] == [
            (r.created_at, r.turn_id) for r in before
        ]

    async def test_restored_items_come_back_to_their_places(self, make: Make) -> None:
        session = make()
        a, b, c, d = await session.append(letters("abcd"), turn_id="t1")
        before = await session.rows()
        await session.archive([b, d], reason="old")
        await session.archive([a], reason="older")
        assert await session.edit(Edit(restore=[d, b])) == []
        assert (await live(session), await kept(session)) == ("bcd", "a")
        assert await session.edit(Edit(restore=[a])) == []
        assert await session.rows() == before
        assert [row.key for row in before] == [a, b, c, d]

    async def test_all_parts_of_an_edit_happen_together(self, make: Make) -> None:
        session = make()
        a, b, c, d, e, _f = await session.append(letters("abcdef"), turn_id="t1")
        await session.archive([a, b], reason="old")
        change = Edit(
            reason="new",
            archive=[c],
            delete=[d],
            rewrite={a: message("A"), c: message("C"), e: message("E")},
            restore=[a],
            insert=letters("xy"),
            before=e,
            turn_id="t2",
        )
        assert len(await session.edit(change)) == 2
        assert await live(session) == "AxyEf"
        assert [(each.item["content"], each.reason) for each in await session.archived()] == [
            ("b", "old"),
            ("C", "new"),
        ]
        assert await labels(session) == {"A": "t1", "x": "t2", "y": "t2", "E": "t1", "f": "t1"}

    async def test_an_item_can_be_put_in_the_place_of_another(self, make: Make) -> None:
        session = make()
        _a, b, c = await session.append(letters("abc"), turn_id="t1")
        await session.edit(Edit(archive=[b], insert=letters("B"), before=c, turn_id="t2"))
        assert (await live(session), await kept(session)) == ("aBc", "b")

    async def test_an_edit_of_nothing_changes_nothing(self, make: Make) -> None:
        session = make()
        assert await session.edit(Edit()) == []
        await session.append(letters("ab"), turn_id="t1")
        before = await everything(session)
        assert await session.edit(Edit()) == []
        assert await everything(session) == before

    async def test_a_key_that_is_named_twice_counts_once(self, make: Make) -> None:
        session = make()
        a, b = await session.append(letters("ab"))
        assert await session.edit(Edit(archive=[a, a], delete=[b, b])) == []
        assert await session.edit(Edit(restore=[a, a])) == []
        assert await live(session) == "a"

    # Conditions

    @pytest.mark.parametrize(
        "part", ["archive", "delete", "rewrite", "restore", "before", "newest"]
    )
    @pytest.mark.parametrize("which", ["popped", "archived", "live", "foreign"])
    async def test_an_edit_whose_condition_fails_changes_nothing(
        self, make: Make, part: str, which: str
    ) -> None:
        session, other = make("one"), make("two")
        live_key, archived, newest, popped = await session.append(letters("abcd"), turn_id="t1")
        (foreign,) = await other.append(letters("z"))
        await session.pop_item()
        await session.archive([archived], reason="old")
        await session.save_turn(record("t1", session_id="one"))
        key = {"popped": popped, "archived": archived, "live": live_key, "foreign": foreign}[which]
        wanted: Any = {"rewrite": {key: message("R")}, "before": key, "newest": key}
        named = {part: wanted.get(part, [key])}
        applies = {"live": {"archive", "delete", "rewrite", "before"}}
        applies["archived"] = {"rewrite", "restore"}
        before = await everything(session)
        fine: dict[str, Any] = {"insert": letters("x"), "newest": newest} | named
        if part in applies.get(which, set()):
            assert len(await session.edit(Edit(**fine))) == 1
            assert await everything(session) != before
        else:
            assert await session.edit(Edit(**fine)) is None
            assert await everything(session) == before
        assert await live(other) == "z"

    async def test_one_missing_key_among_many_stops_the_whole_edit(self, make: Make) -> None:
        session = make()
        *keys, gone = await session.append(letters("abcdefghij"), turn_id="t1")
        await session.pop_item()
        before = await everything(session)
        assert await session.edit(Edit(archive=[*keys, gone])) is None
        assert await session.edit(Edit(archive=keys[:3], delete=[gone])) is None
        assert await session.edit(Edit(rewrite=dict.fromkeys([*keys, gone], message("R")))) is None
        assert await session.edit(Edit(delete=keys[:3], restore=keys[4:5])) is None
        assert await everything(session) == before

    async def test_an_edit_meant_for_an_older_state_does_not_apply(self, make: Make) -> None:
        session = make()
        a, b = await session.append(letters("ab"))
        await session.add_items(letters("c"))
        assert await session.edit(Edit(archive=[a], newest=b)) is None
        newest = (await session.rows(1))[0].key
        assert await session.edit(Edit(archive=[a], newest=newest)) == []
        assert await live(session) == "bc"

    async def test_nothing_can_be_put_in_front_of_what_the_edit_takes_away(
        self, make: Make
    ) -> None:
        session = make()
        a, _b = await session.append(letters("ab"))
        before = await everything(session)
        new = letters("x")
        assert await session.edit(Edit(insert=new, before=a, archive=[a])) is None
        assert await session.edit(Edit(insert=new, before=a, delete=[a])) is None
        assert await everything(session) == before

    async def test_an_item_that_is_no_json_stops_the_whole_edit(self, make: Make) -> None:
        session = make()
        a, b = await session.append(letters("ab"))
        before = await everything(session)
        for bad in ({"x": object()}, {"x": float("nan")}):
            with pytest.raises(InvalidItem):
                await session.edit(Edit(archive=[a], insert=[message("x"), bad]))
            with pytest.raises(InvalidItem):
                await session.edit(Edit(archive=[a], rewrite={b: bad}))
        assert await everything(session) == before

    # Places

    async def test_archived_items_keep_their_places_among_renumbered_ones(self, make: Make) -> None:
        session = make()
        keys = await session.append(letters("abcdefgh"), turn_id="t1")
        await session.archive([keys[1], keys[4], keys[6]], reason="old")
        await session.edit(Edit(insert=letters("X"), before=keys[2]))
        by_letter = {row.item["content"]: row.key for row in await session.rows()}
        await session.edit(Edit(insert=letters("Y"), before=by_letter["f"]))
        assert (await live(session), await kept(session)) == ("aXcdYfh", "beg")
        assert await session.restore([each.key for each in await session.archived()]) == 3
        # What was archived right in front of an insertion stays there.
        assert await live(session) == "abXcdeYfgh"
        assert {turn for letter, turn in (await labels(session)).items() if letter.islower()} == {
            "t1"
        }

    async def test_keys_are_not_used_again_after_an_edit(self, make: Make) -> None:
        session = make()
        seen: set[Key] = set()
        for _ in range(4):
            seen.update(await session.append(letters("ab")))
            first = (await session.rows())[0].key
            before = {row.key for row in await session.rows()}
            (new,) = await session.edit(Edit(insert=letters("x"), before=first))
            after = {row.key for row in await session.rows()}
            assert new not in seen
            assert not (after - before) & seen
            seen |= after
        assert await live(session) == "xxxxabababab"
        assert (await session.append(letters("z")))[0] not in seen

    async def test_turns_are_as_they_were_after_an_edit(self, make: Make) -> None:
        session = make()
        (a,) = await session.append(letters("a"), turn_id="t1")
        await session.append(letters("b"), turn_id="t2")
        records = [record("t1"), record("t2", minutes=1)]
        for each in records:
            await session.save_turn(each)
        await session.edit(Edit(insert=letters("x"), before=a, turn_id="t3"))
        assert await session.turns() == records
        assert await labels(session) == {"x": "t3", "a": "t1", "b": "t2"}

    async def test_other_sessions_are_not_touched(self, make: Make) -> None:
        session, other = make("one"), make("two")
        a, b = await session.append(letters("ab"))
        one, _two = await other.append(letters("yz"), turn_id="t1")
        await session.append(letters("c"))
        await other.archive([one], reason="old")
        before = await everything(other)
        await session.edit(Edit(delete=[b], insert=letters("x"), before=a))
        assert await everything(other) == before
        assert await live(session) == "xac"

    async def test_a_summary_and_its_undoing_leave_all_as_it_was(self, make: Make) -> None:
        session = make()
        keys = await session.append(letters("abcdefgh"), turn_id="t1")
        first = await session.rows()
        for rounds in range(1, 4):
            rows = await session.rows()
            old, following = [row.key for row in rows[:3]], rows[3].key
            change = Edit(archive=old, reason=f"r{rounds}", insert=letters("S"), before=following)
            (summary,) = await session.edit(change)
            assert (await live(session))[0] == "S"
            back = [e.key for e in await session.archived() if e.reason == f"r{rounds}"]
            assert await session.edit(Edit(delete=[summary], restore=back)) == []
        after = await session.rows()
        assert [row.item for row in after] == letters("abcdefgh")
        assert [(r.turn_id, r.created_at) for r in after] == [
            (r.turn_id, r.created_at) for r in first
        ]
        assert [row.key for row in after][:3] == keys[:3]

    # Sizes

    async def test_a_large_edit_is_one_edit(self, make: Make) -> None:
        session = make()
        keys = await session.append([message(number) for number in range(2_500)], turn_id="t1")
        rewrite = {key: message(f"new {place}") for place, key in enumerate(keys)}
        assert await session.edit(Edit(rewrite=rewrite, newest=keys[-1])) == []
        assert texts(await session.get_items()) == [f"new {place}" for place in range(2_500)]
        change = Edit(archive=keys[:1_000], insert=letters("S"), before=keys[1_000])
        await session.edit(change)
        assert len(await session.get_items()) == 1_501
        back = [each.key for each in await session.archived()]
        assert await session.edit(Edit(restore=back)) == []
        assert len(await session.get_items()) == 2_501
        assert len(set(texts(await session.get_items()))) == 2_501

    # Many at once

    async def test_readers_see_an_edit_whole_or_not_at_all(self, make: Make) -> None:
        session, reader = make(), make()
        keys = await session.append([message(number) for number in range(200)])
        seen: set[tuple[int, str]] = set()

        async def look() -> None:
            found = texts(await reader.get_items())
            seen.add((len(found), found[0]))

        change = Edit(archive=keys[:150], insert=letters("S"), before=keys[150])
        editing = asyncio.ensure_future(session.edit(change))
        while not editing.done():
            await look()
            await asyncio.sleep(0)
        await look()
        assert len(await editing) == 1
        assert seen <= {(200, "0"), (51, "S")}
        assert (51, "S") in seen

    async def test_of_two_edits_of_the_same_items_one_happens(self, make: Make) -> None:
        first, second = make(), make()
        keys = await first.append(letters("abcdef"), turn_id="t1")
        changes = [
            Edit(archive=keys[:4], reason=name, insert=letters(name), before=keys[4])
            for name in "XY"
        ]
        done = await asyncio.gather(first.edit(changes[0]), second.edit(changes[1]))
        assert sorted(each is None for each in done) == [False, True]
        assert await live(first) in ("Xef", "Yef")
        assert await kept(first) == "abcd"

    async def test_appends_in_the_middle_of_edits_are_kept(self, make: Make) -> None:
        session, other = make(), make()
        await session.append(letters("ab"), turn_id="t1")

        async def appends() -> None:
            for number in range(15):
                await other.append([message(f"n{number}")], turn_id=f"t{number}")

        async def edits() -> int:
            done = 0
            while done < 8:
                first = (await session.rows())[0].key
                change = Edit(archive=[first], insert=letters("S"), before=None)
                done += await session.edit(change) is not None
            return done

        await asyncio.gather(appends(), edits())
        rows = await session.rows()
        stays = [*rows, *await session.archived()]
        found = sorted(t for t in texts([r.item for r in stays]) if t.startswith("n"))
        assert found == sorted(f"n{number}" for number in range(15))
        assert len(stays) == 2 + 15 + 8
        for row in stays:
            if row.item["content"].startswith("n"):
                assert row.turn_id == "t" + row.item["content"][1:]

    def test_threads_that_edit_at_once_lose_nothing(self, make: Make) -> None:
        asyncio.run(make("shared").append(letters("0"), turn_id="t0"))

        async def put_in_front(name: str) -> None:
            session = make("shared")
            for number in range(4):
                done = None
                while done is None:
                    first = (await session.rows())[0].key
                    new = [message(f"{name}{number}")]
                    done = await session.edit(Edit(insert=new, before=first, turn_id=name))

        with ThreadPoolExecutor(3) as pool:
            list(pool.map(lambda name: asyncio.run(put_in_front(name)), "abc"))

        rows = asyncio.run(make("shared").rows())
        found = texts([row.item for row in rows])
        assert found[-1] == "0"
        assert sorted(found) == sorted(["0", *(f"{n}{i}" for n in "abc" for i in range(4))])
        for name in "abc":  # the newest was put in front of the older ones
            own = [text for text in found if text.startswith(name)]
            assert own == [f"{name}{number}" for number in reversed(range(4))]
        assert [row.turn_id for row in rows] == ["t0" if text == "0" else text[0] for text in found]

    async def test_a_cancelled_edit_is_whole_or_not_there(self, make: Make) -> None:
        session = make()
        keys = list(await session.append([message(f"k{number}") for number in range(30)]))
        for number in range(15):
            first, newest = keys[0], keys[-1]
            change = Edit(archive=[first], insert=[message(f"s{number}")], newest=newest)
            task = asyncio.create_task(session.edit(change))
            await asyncio.sleep(number * 0.0002)
            task.cancel()
            await asyncio.wait({task})
            rows = await session.rows()
            moved = rows[0].key != first
            assert (rows[-1].item == message(f"s{number}")) == moved
            keys = [row.key for row in rows]
        total = len(keys) + len(await session.archived())
        added = sum(row.item["content"].startswith("s") for row in await session.rows())
        assert total == 30 + added
