from __future__ import annotations

from typing import Any

from agents import Runner, SQLiteSession

from tests.turn.models import agent, erase
from workbench.errors import StoreFull
from workbench.sessions import MemorySession
from workbench.turn.model import choose
from workbench.turn.noting import Noting

PROMPT = "Call erase with name='x.txt'"


async def noted(session: Any, given: Any = PROMPT) -> tuple[Any, list[str]]:
    """The result of a run that names its session, and what its user was told."""
    ada = agent(tools=[erase])
    told: list[str] = []
    noting = Noting(session, ada, given, choose(ada))
    result = await Runner.run(ada, given, session=session)
    await noting.ended(result, told.append)
    return result, told


async def test_what_waits_is_kept_with_its_tokens_and_is_over_when_it_is_answered() -> None:
    session = MemorySession("demo")
    result, told = await noted(session)
    (record,) = await session.turns()
    assert (record.status, record.agent, record.requests, told) == ("pending", "Ada", 1, [])
    assert record.parked is not None
    state = result.to_state()
    state.approve(result.interruptions[0])
    await noted(session, state)
    (record,) = await session.turns()
    assert (record.status, record.parked) == ("done", None)


async def test_a_run_that_does_not_wait_leaves_nothing() -> None:
    session = MemorySession("demo")
    assert (await noted(session, "My name is John"))[1] == []
    assert await session.turns() == []


async def test_a_session_that_remembers_no_turns_is_left_alone() -> None:
    theirs = SQLiteSession("demo")
    result, told = await noted(theirs)
    assert result.interruptions
    assert told == []
    theirs.close()


class Full(MemorySession):
    """Takes items, and no turns."""

    async def save_turn(self, record: Any) -> None:
        raise StoreFull("the disk is full")


async def test_what_cannot_be_kept_is_told_and_the_run_is_not_lost() -> None:
    result, told = await noted(Full("demo"))
    assert result.interruptions
    assert told == [
        "What waits in session 'demo' could not be kept for wb.approve: the disk is full"
    ]
