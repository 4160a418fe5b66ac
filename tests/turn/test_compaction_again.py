"""Cells that run again and turns that are taken back, where a compaction gives items new keys."""

from __future__ import annotations

from typing import Any

import pytest

from tests.models.conftest import without_key
from tests.sessions.compaction.conversations import shape, turns, user
from tests.turn.models import Refuses, agent
from workbench.errors import TurnFailed
from workbench.protocols import Edit
from workbench.sessions import CompactionSession, MemorySession
from workbench.stores.memory import MemoryStore
from workbench.turn import take_turn
from workbench.turn.rerun import appended_notice, earlier_turns, replaced_notice
from workbench.turn.session import TurnSession

__all__ = ["without_key"]


def compacting(store: MemoryStore | None = None, **options: Any) -> CompactionSession:
    return CompactionSession(MemorySession("demo", store=store), 4, **options)


async def test_a_cell_that_runs_again_after_a_compaction_replaces_its_turn() -> None:
    session = compacting(keep_last=2)
    await take_turn(session, "My name is John")
    await take_turn(session, "Hi")
    await take_turn(session, "one", cell="c", execution="e1")
    assert shape(await session.get_items())[:2] == ["S", "one"]
    earlier = await earlier_turns(session, "c", "e2")
    turn = await take_turn(session, "two", cell="c", execution="e2", replacing=earlier)
    assert replaced_notice("demo") in turn.notices
    assert shape(await session.get_items())[:2] == ["S", "two"]
    assert [record.status for record in await session.turns()] == ["done"] * 2 + [
        "replaced",
        "done",
    ]


async def test_a_compaction_while_a_cell_waits_does_not_hide_its_turn() -> None:
    session = compacting(keep_last=2)
    await session.append(turns(4))
    await session.append(turns(1, first=4), turn_id="t1")
    await take_turn(session, "one", cell="c", execution="e1")
    assert await session.undo_compaction()
    earlier = await earlier_turns(session, "c", "e2")  # and now their keys change
    assert (await session.compact()).id is not None
    with pytest.raises(TurnFailed):
        await take_turn(
            session, "two", cell="c", execution="e2", replacing=earlier, agent=agent(Refuses())
        )
    assert shape(await session.get_items())[:2] == ["S", "one"]
    turn = await take_turn(session, "two", replacing=await earlier_turns(session, "c", "e3"))
    assert replaced_notice("demo") in turn.notices


async def test_old_turns_come_back_though_their_keys_have_changed_in_the_archive() -> None:
    session = compacting()
    await session.append(turns(4))
    await take_turn(session, "one", cell="c", execution="e1")
    await session.undo_compaction()
    earlier = await earlier_turns(session, "c", "e2")
    assert earlier is not None
    assert await earlier.take_out()
    assert (await session.compact()).id is not None
    await earlier.put_back()
    assert shape(await session.get_items())[-2] == "one"
    assert [record.status for record in await session.turns()] == ["done"]


async def test_a_turn_that_is_partly_in_a_summary_is_not_replaced() -> None:
    session = compacting(keep_last=1)
    await take_turn(session, "one", cell="c", execution="e1")
    await take_turn(session, "two", cell="c", execution="e1")
    await take_turn(session, "three", cell="c", execution="e1")
    before = await session.get_items()
    assert shape(before)[0] == "S"
    earlier = await earlier_turns(session, "c", "e2")
    turn = await take_turn(session, "four", cell="c", execution="e2", replacing=earlier)
    assert appended_notice("demo") in turn.notices
    assert [each.reason for each in await session.archived() if "replaced" in each.reason] == []


async def test_a_turn_is_taken_out_whole_though_another_process_renumbers_it() -> None:
    class Renumbering(MemorySession):
        """Between the look at the keys and the archiving somebody puts an item in front."""

        times = 2

        async def archive(self, keys: Any, *, reason: str) -> int:
            if self.times:
                self.times -= 1
                first = (await self.rows())[0]
                await self.edit(Edit(insert=[user("summary")], before=first.key))
            return await super().archive(keys, reason=reason)

    async def enter() -> None:
        pass

    inner = Renumbering("demo")
    await inner.append(turns(1))
    watched = TurnSession(inner, "t1", enter)
    await watched.add_items(turns(2, first=1))
    await watched.take_out("failed turn")
    assert shape(await inner.get_items()) == ["summary", "summary", "question 0", "answer 0"]
    assert [each.item for each in await inner.archived()] == turns(2, first=1)
