"""The contract of the abilities: rows, turns, archive. A session that has them all joins this."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, ClassVar

from tests.contract_swaps import SwapsContract
from workbench.protocols import Archives, Closes, KeepsRows, RecordsTurns, TurnRecord
from workbench.testing.data import Make, message, texts

BEGIN = datetime(2026, 3, 4, 5, 6, 7, 890123, tzinfo=UTC)


def record(turn_id: str, *, minutes: int = 0, session_id: str = "demo", **more: Any) -> TurnRecord:
    """A turn that started so many minutes after BEGIN."""
    started_at = BEGIN + timedelta(minutes=minutes)
    return TurnRecord(turn_id, session_id, started_at, 0.25, more.pop("status", "done"), **more)


class AbilitiesContract(SwapsContract):
    """Joins SessionContract, whose fixture `make` it uses."""

    tells_when: ClassVar[bool] = True
    """Whether an item that was added as part of no turn has its time too."""

    def test_it_has_the_abilities(self, make: Make) -> None:
        for ability in (KeepsRows, RecordsTurns, Archives, Closes):
            assert isinstance(make(), ability)

    # Rows

    async def test_rows_tell_key_time_and_turn(self, make: Make) -> None:
        session = make()
        before = datetime.now(UTC) - timedelta(milliseconds=1)
        keys = await session.append([message("a"), message("b")], turn_id="t1")
        await session.add_items([message("c")])
        rows = await session.rows()
        assert texts([row.item for row in rows]) == ["a", "b", "c"]
        assert [row.turn_id for row in rows] == ["t1", "t1", None]
        assert [row.key for row in rows[:2]] == keys
        for row in rows if self.tells_when else rows[:2]:
            assert row.created_at.utcoffset() == timedelta(0)
            assert before <= row.created_at <= datetime.now(UTC) + timedelta(milliseconds=1)

    async def test_keys_ascend_and_are_never_used_again(self, make: Make) -> None:
        session = make()
        keys = [key for number in range(5) for key in await session.append([message(number)] * 2)]
        assert sorted(set(keys)) == keys
        await session.pop_item()
        await session.clear_session()
        again = await session.append([message("new")], turn_id=None)
        assert again[0] not in keys

    async def test_rows_have_limits_of_their_own(self, make: Make) -> None:
        session = make(session_settings={"limit": 1})
        await session.add_items([message(letter) for letter in "abc"])
        assert texts([row.item for row in await session.rows()]) == ["a", "b", "c"]
        assert texts([row.item for row in await session.rows(2)]) == ["b", "c"]
        assert await session.rows(0) == []

    async def test_appending_nothing_gives_no_keys(self, make: Make) -> None:
        session = make()
        assert await session.append([], turn_id="t") == []
        assert await session.rows() == []

    async def test_a_taken_item_leaves_its_turn_to_nobody(self, make: Make) -> None:
        session = make()
        await session.append([message("a")], turn_id="t1")
        await session.pop_item()
        await session.add_items([message("b")])
        assert [row.turn_id for row in await session.rows()] == [None]

    # Turns

    async def test_turns_come_back_as_they_were_in_order(self, make: Make) -> None:
        session = make()
        full = record(
            "t2",
            minutes=1,
            status="failed",
            agent="Käyttäjä 🙂",
            model="offline",
            requests=2,
            input_tokens=2**40,
            output_tokens=0,
            estimated=True,
            error="first line\nsecond 'line'",
            cell="abc-123",
        )
        await session.save_turn(full)
        await session.save_turn(record("t1"))
        assert await session.turns() == [record("t1"), full]

    async def test_a_turn_whose_error_holds_half_a_character_is_remembered(
        self, make: Make
    ) -> None:
        session = make()
        odd = record("t1", status="failed", agent="\udc00", error="bad answer: \ud83d 'é'")
        await session.save_turn(odd)
        assert await session.turns() == [odd]
        await session.save_turn(record("t1"))
        assert await session.turns() == [record("t1")]

    async def test_a_turn_saved_again_is_replaced(self, make: Make) -> None:
        session = make()
        await session.save_turn(record("t1", status="pending"))
        await session.save_turn(record("t1", status="done", output_tokens=5))
        assert await session.turns() == [record("t1", output_tokens=5)]

    async def test_the_same_turn_id_in_two_sessions_means_two_turns(self, make: Make) -> None:
        first, second = make("first"), make("second")
        await first.save_turn(record("t1", session_id="first"))
        await second.save_turn(record("t1", session_id="second", status="failed"))
        assert await first.turns() == [record("t1", session_id="first")]
        assert await second.turns() == [record("t1", session_id="second", status="failed")]

    async def test_turns_from_other_time_zones_are_ordered_by_time(self, make: Make) -> None:
        session = make()
        here = timezone(timedelta(hours=5, minutes=30))
        late = TurnRecord("late", "demo", BEGIN.astimezone(here), 1.0, "done")
        await session.save_turn(late)
        await session.save_turn(record("early", minutes=-1))
        assert [turn.turn_id for turn in await session.turns()] == ["early", "late"]
        assert (await session.turns())[1].started_at == BEGIN

    # The archive

    async def test_archived_items_leave_the_conversation_and_are_kept(self, make: Make) -> None:
        session = make()
        a, b, c = await session.append([message(letter) for letter in "abc"], turn_id="t1")
        rows = await session.rows()
        assert await session.archive([c, a], reason="rewind") == 2
        assert texts(await session.get_items()) == ["b"]
        kept = await session.archived()
        assert [each.key for each in kept] == [a, c]
        assert texts([each.item for each in kept]) == ["a", "c"]
        assert {(each.reason, each.turn_id) for each in kept} == {("rewind", "t1")}
        assert [each.created_at for each in kept] == [rows[0].created_at, rows[2].created_at]
        assert all(each.archived_at.utcoffset() == timedelta(0) for each in kept)
        assert [row.key for row in await session.rows()] == [b]

    async def test_archiving_passes_over_keys_that_are_not_there(self, make: Make) -> None:
        session, other = make("one"), make("two")
        (key,) = await session.append([message("a")])
        (foreign,) = await other.append([message("b")])
        await other.archive([foreign], reason="gone")
        (theirs,) = await other.append([message("c")])
        assert await session.archive([foreign, theirs, key, key], reason="again") == 1
        assert await session.archive([key], reason="again") == 0
        assert await session.archive([], reason="again") == 0
        assert texts(await other.get_items()) == ["c"]
        assert [each.reason for each in await other.archived()] == ["gone"]

    async def test_an_archive_grows_in_the_order_of_archiving(self, make: Make) -> None:
        session = make()
        a, b = await session.append([message("a"), message("b")])
        await session.archive([b], reason="first")
        await session.archive([a], reason="second")
        assert [each.reason for each in await session.archived()] == ["first", "second"]

    async def test_readers_see_an_archiving_whole_or_not_at_all(self, make: Make) -> None:
        session, reader = make(), make()
        keys = await session.append([message(number) for number in range(200)])
        seen: set[int] = set()

        async def watch() -> None:
            while not archiving.done():
                seen.add(len(await reader.get_items()))
                await asyncio.sleep(0)

        archiving = asyncio.ensure_future(session.archive(keys[:150], reason="compacted"))
        await watch()
        seen.add(len(await reader.get_items()))
        assert seen <= {200, 50}
        assert await archiving == 150
        assert len(await session.get_items()) == 50

    async def test_clearing_takes_turns_and_archive_along(self, make: Make) -> None:
        session, other = make("one"), make("two")
        for each in (session, other):
            (key,) = await each.append([message("a")], turn_id="t1")
            await each.append([message("b")], turn_id="t1")
            await each.save_turn(record("t1"))
            await each.archive([key], reason="old")
        await session.clear_session()
        assert (await session.rows(), await session.turns(), await session.archived()) == (
            [],
            [],
            [],
        )
        assert len(await other.rows()) == len(await other.turns()) == 1
        assert len(await other.archived()) == 1
