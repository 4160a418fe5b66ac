from __future__ import annotations

import asyncio

import pytest

from tests.turn.models import agent
from workbench import loop
from workbench.errors import InvalidValue
from workbench.sessions import MemorySession
from workbench.turn import take_turn
from workbench.turn.locks import TurnLock


async def test_a_turn_that_waits_for_itself_is_refused() -> None:
    session = MemorySession("demo")
    outer = TurnLock(session)
    await outer.acquire()
    middle = TurnLock(MemorySession("other"), outer)
    await middle.acquire()
    with pytest.raises(InvalidValue, match="inside a turn of session 'demo'"):
        await TurnLock(session, middle).acquire()
    outer.release()
    middle.release()


async def test_a_turn_that_its_own_cell_holds_up_is_refused() -> None:
    session = MemorySession("demo")
    held = TurnLock(session)
    await held.acquire()
    # What %agent does in a cell whose event loop runs: the loop stands still until it returns.
    with pytest.raises(InvalidValue, match="still under way in this cell"):
        loop.run(take_turn(session, "Hi", agent=agent()))
    held.release()
    assert loop.run(take_turn(session, "Hi", agent=agent())).status == "done"


async def test_a_turn_that_is_given_up_while_it_waits_never_holds_the_session() -> None:
    session = MemorySession("demo")
    first, given_up, third = (TurnLock(session) for _ in range(3))
    await first.acquire()
    waiting = asyncio.create_task(given_up.acquire())
    await asyncio.sleep(0.05)
    given_up.release()
    first.release()
    async with asyncio.timeout(5):
        await third.acquire()
    third.release()
    with pytest.raises(InvalidValue, match="nothing more is written"):
        await waiting
    with pytest.raises(InvalidValue, match="nothing more is written"):
        await given_up.acquire()


async def test_releasing_twice_frees_nobody_elses_turn() -> None:
    session = MemorySession("demo")
    first, second, third = (TurnLock(session) for _ in range(3))
    await first.acquire()
    first.release()
    await second.acquire()
    first.release()
    waiting = asyncio.create_task(third.acquire())
    await asyncio.sleep(0.05)
    assert not waiting.done()
    second.release()
    async with asyncio.timeout(5):
        await waiting
    third.release()
