"""Several processes on one session: killed, forked, ended without a word."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from tests.redis_server import RedisServer, redis_server
from tests.script import finish, line, run_script, start
from tests.stores.redis.places import empty_server, store_at
from workbench.testing.data import check_batches


@pytest.fixture
def server() -> RedisServer:
    return empty_server()


WRITER = """
import asyncio, sys
from workbench.testing.data import batch
from workbench.sessions import RedisSession

async def main():
    session = RedisSession("shared", sys.argv[1])
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(int(sys.argv[2]), int(sys.argv[3])):
        await session.add_items(batch(number))
        print(number, flush=True)
    await session.close()

asyncio.run(main())
"""


def test_two_processes_write_to_one_session_and_lose_nothing(
    server: RedisServer, tmp_path: Path
) -> None:
    writers = [start(WRITER, server.url, 100 * n, 100 * n + 40, folder=tmp_path) for n in range(2)]
    for writer in writers:
        assert line(writer) == "ready"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        finish(writer)
    items = asyncio.run(read(server.url, "shared"))
    check_batches(items, [*range(40), *range(100, 140)])


async def read(url: str, session_id: str) -> list[Any]:
    store = store_at(url)
    try:
        rows = await store.rows(session_id)
        assert len({row.key for row in rows}) == len(rows)
        return await store.read(session_id)
    finally:
        await store.close()


def test_a_writer_that_is_killed_leaves_whole_batches(server: RedisServer, tmp_path: Path) -> None:
    for number in range(3):
        writer = start(WRITER, server.url, 1000 * number, 1000 * (number + 1), folder=tmp_path)
        assert line(writer) == "ready"
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
        told = [line(writer) for _ in range(15 + number)]
        os.kill(writer.pid, signal.SIGKILL)
        output, _errors = writer.communicate(timeout=30)
        told += output.split()
        found = asyncio.run(read(server.url, "shared"))
        numbers = [int(item["content"].partition(":")[0]) for item in found[::3]]
        check_batches(found, numbers)
        assert {int(each) for each in told if each} <= set(numbers)


def test_a_forked_child_has_connections_of_its_own(server: RedisServer, tmp_path: Path) -> None:
    source = """
    import asyncio, os, sys, warnings
    warnings.simplefilter("ignore", DeprecationWarning)
    from workbench.testing.data import message
    from workbench.sessions import RedisSession

    session = RedisSession("shared", sys.argv[1])
    asyncio.run(session.add_items([message("parent")]))
    child = os.fork()
    for number in range(20):
        asyncio.run(session.add_items([message(f"{'parent' if child else 'child'} {number}")]))
    if child:
        assert os.waitpid(child, 0)[1] == 0
        print(len(asyncio.run(session.get_items())))
    asyncio.run(session.close())
    os._exit(0) if not child else None
    """
    assert run_script(source, server.url, folder=tmp_path).split() == ["41"]


@pytest.mark.parametrize("loop", ["home", "own"])
def test_a_program_that_forgets_to_close_ends_all_the_same(
    server: RedisServer, tmp_path: Path, loop: str
) -> None:
    source = """
    import asyncio, sys
    from workbench.testing.data import message
    from workbench.sessions import RedisSession

    async def main():
        session = RedisSession("s", sys.argv[1])
        await session.add_items([message("a")])

    if sys.argv[2] == "home":
        from workbench.loop import run
        run(main())
    else:
        asyncio.run(main())
    print("end")
    """
    assert run_script(source, server.url, loop, folder=tmp_path).split() == ["end"]


def test_a_program_ends_though_its_server_hangs_in_the_middle_of_a_write(tmp_path: Path) -> None:
    source = """
    import asyncio, os, signal, sys
    from workbench.testing.data import message
    from workbench.loop import run
    from workbench.sessions import RedisSession

    session = RedisSession("s", sys.argv[1])
    run(session.add_items([message("a")]))
    os.kill(int(sys.argv[2]), signal.SIGSTOP)

    async def begin():
        writing = asyncio.ensure_future(session.add_items([message("b")]))
        await asyncio.sleep(0.05)
        return writing

    writing = run(begin())
    print(writing.done())
    """
    with redis_server() as server:
        assert server.process is not None
        begun = time.monotonic()
        output = run_script(source, f"{server.url}?timeout=50", server.process.pid, folder=tmp_path)
        assert output.split() == ["False"]
        assert time.monotonic() - begun < 25


def test_making_a_session_imports_no_redis(tmp_path: Path) -> None:
    source = """
    import sys
    from workbench.sessions import RedisSession
    RedisSession("s", "redis://localhost:1")
    print([name for name in ("redis", "agents", "openai", "pandas") if name in sys.modules])
    """
    assert run_script(source, folder=tmp_path, bare=True).strip() == "[]"
