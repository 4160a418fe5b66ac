"""Who shares an adopted session, who has it alone, and that nobody waits for ever."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.script import line, start
from workbench.errors import StoreLocked
from workbench.sessions.adopted import lock as adopted_lock
from workbench.sessions.adopted.lock import SessionLock
from workbench.stores.sqlite import SQLiteStore


@pytest.fixture(params=["file", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> SQLiteStore:
    return SQLiteStore(tmp_path / "companions.db" if request.param == "file" else None)


async def test_many_share_it_and_one_has_it_alone(store: SQLiteStore) -> None:
    one, two, alone = (SessionLock("chat", store) for _ in range(3))
    await one.take(shared=True)
    await two.take(shared=True)
    waiting = asyncio.create_task(alone.take(shared=False))
    await asyncio.sleep(0.02)
    assert not waiting.done()
    one.let_go()
    two.let_go()
    await waiting
    again = asyncio.create_task(one.take(shared=True))
    await asyncio.sleep(0.02)
    assert not again.done()
    alone.let_go()
    await again
    one.let_go()


async def test_who_wants_it_alone_gets_it_among_readers_that_never_pause(
    store: SQLiteStore,
) -> None:
    over = False

    async def reads() -> None:
        while not over:
            lock = SessionLock("chat", store)
            await lock.take(shared=True)
            await asyncio.sleep(0.005)
            lock.let_go()

    readers = [asyncio.create_task(reads()) for _ in range(5)]
    await asyncio.sleep(0.02)
    alone = SessionLock("chat", store)
    await asyncio.wait_for(alone.take(shared=False), 5)
    alone.let_go()
    over = True
    await asyncio.gather(*readers)


async def test_waiting_ends_with_an_error_that_says_so(
    store: SQLiteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adopted_lock, "PATIENCE", 0.05)
    one, other = SessionLock("chat", store), SessionLock("chat", store)
    await one.take(shared=False)
    for shared in (True, False):
        with pytest.raises(StoreLocked, match="nothing was done"):
            await other.take(shared=shared)
    one.let_go()
    await other.take(shared=False)
    other.let_go()


async def test_a_cancelled_wait_leaves_nothing_locked(store: SQLiteStore) -> None:
    one, other = SessionLock("chat", store), SessionLock("chat", store)
    await one.take(shared=True)
    waiting = asyncio.create_task(other.take(shared=False))
    await asyncio.sleep(0.02)
    waiting.cancel()
    await asyncio.wait({waiting})
    third = SessionLock("chat", store)
    await asyncio.wait_for(third.take(shared=True), 1)
    for lock in (one, third):
        lock.let_go()


HOLDING = """
import asyncio, pathlib, sys
from workbench.sessions.adopted.lock import SessionLock
from workbench.stores.sqlite import SQLiteStore

async def main():
    await SessionLock("chat", SQLiteStore(sys.argv[1])).take(shared=False)
    print("held", flush=True)
    sys.stdin.readline()

asyncio.run(main())
"""


async def test_a_killed_program_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "companions.db"
    program = start(HOLDING, path, folder=tmp_path)
    assert line(program) == "held"
    lock = SessionLock("chat", SQLiteStore(path))
    waiting = asyncio.create_task(lock.take(shared=True))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    program.kill()
    program.communicate()
    await asyncio.wait_for(waiting, 5)
    lock.let_go()
