from __future__ import annotations

from typing import Any

import pytest

from tests.turn.models import Refuses, agent
from workbench.errors import MissingKey, TurnFailed
from workbench.sessions import MemorySession
from workbench.turn import take_turn
from workbench.turn.rerun import Earlier, appended_notice, earlier_turns, replaced_notice


async def run(session: MemorySession, prompt: str, execution: str, **options: Any) -> None:
    await take_turn(session, prompt, cell="c", execution=execution, **options)


async def replacement(session: MemorySession, execution: str) -> Earlier:
    earlier = await earlier_turns(session, "c", execution)
    assert earlier is not None
    return earlier


async def texts(session: MemorySession) -> list[str]:
    items = await session.get_items()
    return [item["content"] for item in items if item.get("role") == "user"]


async def test_all_turns_of_the_last_run_are_replaced_together() -> None:
    session = MemorySession("demo")
    await take_turn(session, "before")
    await run(session, "one", "e1")
    await run(session, "two", "e1")
    await run(session, "three", "e2", replacing=await replacement(session, "e2"))
    assert await texts(session) == ["before", "three"]
    assert [each.reason.partition(":")[0] for each in await session.archived()] == ["replaced"] * 4
    statuses = [record.status for record in await session.turns()]
    assert statuses == ["done", "replaced", "replaced", "done"]


async def test_the_old_turns_come_back_where_they_were_if_the_new_one_fails() -> None:
    session = MemorySession("demo")
    await run(session, "one", "e1")
    before = await session.rows()
    with pytest.raises(TurnFailed):
        await run(
            session,
            "two",
            "e2",
            agent=agent(Refuses()),
            replacing=await replacement(session, "e2"),
        )
    assert await session.rows() == before
    assert [record.status for record in await session.turns()] == ["done", "failed"]
    assert (await replacement(session, "e3")).keys == [row.key for row in before]


async def test_turns_of_the_same_run_of_a_cell_are_not_earlier_ones() -> None:
    session = MemorySession("demo")
    await run(session, "one", "e1")
    assert await earlier_turns(session, "c", "e1") is None
    assert await earlier_turns(session, "other", "e2") is None
    assert await earlier_turns(session, None, "e2") is None


async def test_a_conversation_that_has_gone_on_is_seen_when_the_turn_begins() -> None:
    session = MemorySession("demo")
    await run(session, "one", "e1")
    earlier = await replacement(session, "e2")
    await session.add_items([{"role": "user", "content": "from elsewhere"}])
    said: list[Any] = []
    await run(session, "two", "e2", replacing=earlier, emit=said.append, stream=False)
    assert await texts(session) == ["one", "from elsewhere", "two"]
    assert await session.archived() == []
    assert said[-1] == ("notice", appended_notice("demo"))
    with pytest.raises(TurnFailed):  # and what was not taken out is not put back either
        await run(session, "three", "e2", replacing=earlier, agent=agent(Refuses()))
    assert await texts(session) == ["one", "from elsewhere", "two"]


async def test_a_turn_is_said_to_be_replaced_only_when_it_was() -> None:
    session = MemorySession("demo")
    await run(session, "one", "e1")
    archived: list[int] = []

    def emit(event: tuple[str, Any]) -> None:
        if event == ("notice", replaced_notice("demo")):
            archived.append(len(session.store._sessions["demo"].archive))  # type: ignore[attr-defined]

    earlier = await replacement(session, "e2")
    with pytest.raises(MissingKey):  # refused before it begins
        await run(session, "two", "e2", model="gpt-5.2", replacing=earlier, emit=emit)
    assert archived == []
    turn = await take_turn(session, "two", replacing=earlier, emit=emit)
    assert archived == [2]
    assert replaced_notice("demo") in turn.notices


async def test_a_fork_before_a_cells_turns_starts_at_the_first_that_is_there() -> None:
    session = MemorySession("demo")
    await run(session, "one", "e1")
    gone = [row.key for row in await session.rows()]
    await run(session, "two", "e1")
    await session.archive(gone, reason="compacted")
    earlier = await replacement(session, "e2")
    assert [each.turn_id for each in earlier.records] == [(await session.rows())[0].turn_id]


async def test_turns_that_have_left_the_history_are_nothing_to_replace() -> None:
    session = MemorySession("demo")
    await run(session, "one", "e1")
    await session.archive([row.key for row in await session.rows()], reason="cleared")
    assert await earlier_turns(session, "c", "e2") is None


def test_the_notices_show_a_hostile_name_harmlessly() -> None:
    for notice in (replaced_notice, appended_notice):
        assert "\n" not in notice("a\nb\x1b[31m")
        assert "\x1b" not in notice("a\nb\x1b[31m")
        assert len(notice("x" * 10_000)) < 300
