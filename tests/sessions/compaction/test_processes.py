"""Compactions in several processes, and killed ones: one happens, whole or not at all."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from pathlib import Path

import pytest

from tests.script import Program, finish, line, start
from tests.sessions.compaction.conversations import assistant, compacted_keys, shape, turns, user
from workbench.sessions import CompactionSession, SQLiteSession

COMPACT = """
import asyncio, sys
from workbench.sessions import CompactionSession, SQLiteSession

def summary(items):
    print("summarising", len(items), flush=True)
    sys.stdin.readline()
    return "short"

async def main():
    session = CompactionSession(SQLiteSession("demo", sys.argv[1]), 6, summary)
    report = await session.compact()
    print("done" if report.id else "nothing", flush=True)
    await session.close()

asyncio.run(main())
"""

KILLED = """
import asyncio, os, signal, sys
from workbench.sessions import CompactionSession, SQLiteSession

class Killed(SQLiteSession):
    async def edit(self, change):
        if sys.argv[2] == "before the change":
            os.kill(os.getpid(), signal.SIGKILL)
        keys = await super().edit(change)
        os.kill(os.getpid(), signal.SIGKILL)

def summary(items):
    if sys.argv[2] == "in the summary":
        os.kill(os.getpid(), signal.SIGKILL)
    return "short"

async def main():
    session = CompactionSession(Killed("demo", sys.argv[1]), 6, summary)
    await (session.undo_compaction() if sys.argv[3] == "undo" else session.compact())

asyncio.run(main())
"""

ONE_TURN = """
import asyncio, sys
from workbench.sessions import CompactionSession, SQLiteSession

async def main():
    summary = "offline" if sys.argv[2] == "offline" else lambda items: "short"
    session = CompactionSession(SQLiteSession("demo", sys.argv[1]), 6, summary)
    await session.get_items()
    await session.add_items([{"role": "user", "content": "and now?"}])
    await session.add_items([{"role": "assistant", "content": "the end"}])

asyncio.run(main())
"""


TALK = """
import asyncio, sys
from workbench.sessions import CompactionSession, SQLiteSession

async def main():
    session = CompactionSession(SQLiteSession("demo", sys.argv[1]), 6, "offline")
    for n in range(int(sys.argv[3])):
        name = f"{sys.argv[2]} {n}"
        await session.append([{"role": "user", "content": name}], turn_id=name)
        await session.append([{"role": "assistant", "content": name}], turn_id=name)
        spent = await session.after_turn(name)
        if spent is not None and spent.notice:
            print(spent.notice, flush=True)
    await session.close()

asyncio.run(main())
"""


def plain(path: Path) -> SQLiteSession:
    return SQLiteSession("demo", path)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    async def write() -> None:
        async with plain(tmp_path / "talk.db") as session:
            await session.append(turns(4))

    asyncio.run(write())
    return tmp_path / "talk.db"


def answer(process: Program) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


async def test_of_two_processes_at_once_one_compacts(path: Path, tmp_path: Path) -> None:
    programs = [start(COMPACT, path, folder=tmp_path) for _ in range(2)]
    for program in programs:
        assert line(program) == "summarising 5"
    async with plain(path) as session:
        await session.add_items([user("meanwhile")])  # and it is kept
        for program in programs:
            answer(program)
        ended = sorted(line(program) for program in programs)
        for program in programs:
            finish(program)
        assert ended == ["done", "nothing"]
        found = shape(await session.get_items())
        assert found == ["S", "answer 2", "question 3", "answer 3", "meanwhile"]
        assert len(await compacted_keys(session)) == 1


@pytest.mark.parametrize("each", [12, pytest.param(150, marks=pytest.mark.long)])
async def test_processes_that_talk_and_compact_lose_nothing_and_do_nothing_twice(
    each: int, tmp_path: Path
) -> None:
    path = tmp_path / "talk.db"
    programs = [start(TALK, path, name, each, folder=tmp_path) for name in "abc"]
    printed = "".join([await asyncio.to_thread(finish, program) for program in programs])
    assert "was not compacted" not in printed
    async with CompactionSession(plain(path), 6, "offline") as session:
        assert len(await session.get_items()) <= 12  # 6, and what the others had begun
        assert len(await compacted_keys(session)) == printed.count("Compacted") >= each // 2
        while await session.undo_compaction():
            pass
        rows = await session.rows()
        assert await session.archived() == []
    found = [(row.item["content"], row.item["role"], row.turn_id) for row in rows]
    assert len(found) == 6 * each
    for name in "abc":
        names = [f"{name} {n}" for n in range(each)]
        own = [one for one in found if one[0].startswith(name)]
        assert own == [(n, role, n) for n in names for role in ("user", "assistant")]


MOMENTS = ("in the summary", "before the change", "after the change")


@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_kill_at_any_moment_leaves_all_or_nothing(
    moment: str, path: Path, tmp_path: Path
) -> None:
    finish(start(KILLED, path, moment, "compact", folder=tmp_path), code=-signal.SIGKILL)
    async with CompactionSession(plain(path), 6, "offline") as session:
        found = shape(await session.get_items())
        if moment == "after the change":
            assert found == ["S", "answer 2", "question 3", "answer 3"]
            assert await session.undo_compaction() == 5
        assert await session.get_items() == turns(4)
        assert await session.archived() == []
        assert (await session.compact()).id is not None  # and the next try works


@pytest.mark.parametrize("moment", MOMENTS[1:])
async def test_a_kill_while_it_is_undone_leaves_all_or_nothing(
    moment: str, path: Path, tmp_path: Path
) -> None:
    async with CompactionSession(plain(path), 6, "offline") as session:
        await session.compact()
        before = await session.get_items()
        await asyncio.to_thread(
            finish, start(KILLED, path, moment, "undo", folder=tmp_path), code=-signal.SIGKILL
        )
        undone = moment == "after the change"
        assert await session.get_items() == (turns(4) if undone else before)
        assert await session.undo_compaction() == (0 if undone else 5)
        assert await session.get_items() == turns(4)


STARTS_NO_THREAD_AT_THE_END = ((3, 12, 0), (3, 12, 1))
"""Pythons that start none from a program's last line on (python/cpython issue 113964)."""


@pytest.mark.parametrize("summary", ["offline", "a function"])
async def test_a_script_that_takes_one_turn_and_ends_has_compacted(
    summary: str, path: Path, tmp_path: Path
) -> None:
    process = start(ONE_TURN, path, summary, folder=tmp_path)
    if sys.version_info[:3] in STARTS_NO_THREAD_AT_THE_END:
        process.communicate(timeout=60)
        async with plain(path) as session:  # in time, or not at all
            found = len(await session.get_items()), len(await session.archived())
            assert found in ((4, 7), (10, 0))
        return
    finish(process)
    async with plain(path) as session:
        assert shape(await session.get_items()) == ["S", "answer 3", "and now?", "the end"]
        assert len(await session.archived()) == 7


def test_a_forked_child_does_not_wait_for_its_parents_compaction(path: Path) -> None:
    go, started = threading.Event(), threading.Event()

    def summary(_items: list[object]) -> str:
        started.set()
        assert go.wait(20)
        return "short"

    async def main() -> int:
        async with CompactionSession(plain(path), 6, summary) as session:
            await session.add_items([assistant("one more")])
            assert await asyncio.to_thread(started.wait, 20)
            code = await asyncio.to_thread(in_child, path)
            go.set()
        return code

    assert asyncio.run(main()) == 0


def in_child(path: Path) -> int:
    """Read in a forked child; its exit code."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            session = CompactionSession(plain(path), 6, "offline")
            items = asyncio.run(asyncio.wait_for(session.get_items(), 10))
            code = 0 if len(items) == 9 else 2
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
