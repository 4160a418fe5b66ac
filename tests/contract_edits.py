"""The contract of `Edits`: one atomic change of a conversation. A session with ``edit`` joins this.

It looks at a session through its public methods only, so that stores, wrappers and adopted sessions
pass the same tests.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract_abilities import record
from tests.contract_edits_at_once import EditsAtOnceContract
from tests.letters import everything, kept, labels, letters, live
from workbench.errors import InvalidItem
from workbench.protocols import Edit, Edits, Key
from workbench.testing.data import Make, message


class EditsContract(EditsAtOnceContract):
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

    async def test_it_is_made_only_if_what_it_was_made_from_is_still_so(self, make: Make) -> None:
        session = make()
        a, b, c = await session.append(letters("abc"), turn_id="t1")
        await session.archive([b], reason="hidden")
        was = dict(zip((a, b, c), letters("abc"), strict=True))
        assert await session.edit(Edit(rewrite={a: message("A")}, given=was)) == []
        assert await session.edit(Edit(insert=letters("x"), given=was)) is None
        assert await session.edit(Edit(delete=[c], given={a: message("a")})) is None
        assert await session.edit(Edit(delete=[c], given={c: message("A")})) is None
        assert (await live(session), await kept(session)) == ("Ac", "b")
        assert await session.edit(Edit(delete=[c], given={a: message("A")})) == []
        assert await session.edit(Edit(delete=[a], given={c: was[c]})) is None, "it is gone"
        again = Edit(restore=[b], insert=letters("d"), given={b: was[b]})
        assert len(await session.edit(again) or ()) == 1
        assert await live(session) == "Abd"

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

    async def test_archived_items_get_another_reason(self, make: Make) -> None:
        session = make()
        a, b, c, d = await session.append(letters("abcd"), turn_id="t1")
        await session.archive([a, b, c], reason="old")
        assert await session.edit(Edit(relabel={b: "new: one", a: "other"}, newest=d)) == []
        archive = await session.archived()
        assert [(each.item["content"], each.reason) for each in archive][:1] == [("c", "old")]
        reasons = {each.item["content"]: (each.reason, each.turn_id) for each in archive}
        assert reasons == {"a": ("other", "t1"), "b": ("new: one", "t1"), "c": ("old", "t1")}
        assert await session.edit(Edit(archive=[d], reason="last", relabel={c: "third"})) == []
        assert {each.reason for each in await session.archived()} == {
            *("other", "new: one", "third", "last"),
        }
        assert await session.edit(Edit(restore=[a, b, c, d])) == []
        assert await live(session) == "abcd"

    async def test_an_item_in_the_conversation_has_no_reason_to_change(self, make: Make) -> None:
        session = make()
        a, b, gone = await session.append(letters("abc"), turn_id="t1")
        await session.archive([a], reason="old")
        await session.pop_item()
        before = await everything(session)
        for key in (b, gone):
            assert await session.edit(Edit(relabel={a: "new", key: "new"})) is None
            assert await session.edit(Edit(relabel={key: "new"}, insert=letters("x"))) is None
        assert await everything(session) == before

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

    async def test_an_item_can_be_put_in_front_of_the_place_of_an_archived_one(
        self, make: Make
    ) -> None:
        session = make()
        a, b, _c, d = await session.append(letters("abcd"), turn_id="t1")
        await session.archive([b, d], reason="old")
        await session.edit(Edit(archive=[a], insert=letters("A"), before=b, turn_id="t1"))
        kept = {each.item["content"]: each.key for each in await session.archived()}
        await session.edit(Edit(insert=letters("z"), before=kept["d"]))
        assert await live(session) == "Acz"
        await session.restore([each.key for each in await session.archived()])
        assert await live(session) == "aAbczd"
        await session.add_items(letters("e"))
        assert await live(session) == "aAbczde"

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
        applies["archived"] = {"rewrite", "restore", "before"}
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
