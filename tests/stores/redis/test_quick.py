"""The event loop's own thread talks to a server that answers at once, and only to such a one."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest

from tests.redis_server import RedisServer, redis_server
from tests.script import run_script
from tests.stores.redis.places import empty_server, store_at
from workbench.testing.data import batch, check_batches


@pytest.fixture
def server() -> RedisServer:
    return empty_server()


async def test_a_server_that_hangs_holds_up_no_event_loop() -> None:
    with redis_server() as server:
        store = store_at(server.url)
        await store.append("s", batch(0))
        assert server.process is not None
        os.kill(server.process.pid, signal.SIGSTOP)
        writes = [asyncio.ensure_future(store.append("s", batch(n))) for n in range(1, 6)]
        turns, until = 0, time.monotonic() + 0.5
        while time.monotonic() < until:
            await asyncio.sleep(0.001)
            turns += 1
        os.kill(server.process.pid, signal.SIGCONT)
        assert turns > 20
        await asyncio.gather(*writes)
        check_batches(await store.read("s"), list(range(6)))
        await store.close()


async def test_small_and_large_writes_of_one_moment_keep_their_order(server: RedisServer) -> None:
    store = store_at(server.url)
    await store.append("s", batch(0))
    sizes = [1, 20_000, 1, 500_000, 1, 3]
    texts = [[{"role": "user", "content": f"{n} {'x' * size}"}] for n, size in enumerate(sizes)]
    await asyncio.gather(*(store.append("s", items) for items in texts))
    assert await store.read("s", len(sizes)) == [item for items in texts for item in items]
    await store.close()


def test_an_interrupt_in_the_middle_of_a_write_loses_nothing_and_writes_nothing_twice(
    server: RedisServer, tmp_path: Path
) -> None:
    source = """
    import asyncio, signal, sys
    from workbench.testing.data import batch
    from workbench.sessions import RedisSession

    class Pressed(KeyboardInterrupt): pass  # an event loop keeps any other to itself

    def press(_number, frame):
        if sys.exception() is not None:
            return  # a second one in redis-py's own close would leave the socket to the collector
        while frame is not None:
            if frame.f_code.co_name in ("send_packed", "receive_within"):
                raise Pressed
            frame = frame.f_back

    async def write(number):  # to so many sessions that none forgets a write that is sent again
        session = RedisSession(f"{number // 50}", sys.argv[1])
        await session.add_items(batch(number))

    first = RedisSession("0", sys.argv[1])
    loop = asyncio.new_event_loop()
    loop.run_until_complete(first.add_items(batch(0)))
    signal.signal(signal.SIGALRM, press)
    signal.setitimer(signal.ITIMER_REAL, 0.0007, 0.0007)
    pressed = number = 0
    while pressed < 20:
        number += 1
        task = loop.create_task(write(number))
        while not task.done():
            try:
                loop.run_until_complete(task)
            except Pressed:
                pressed += 1
    signal.setitimer(signal.ITIMER_REAL, 0)
    loop.run_until_complete(first.store.close())
    loop.close()
    print(number)
    """
    last = int(run_script(source, server.url, folder=tmp_path))

    async def check() -> None:
        store = store_at(server.url)
        found = [await store.read(f"{number}") for number in range(last // 50 + 1)]
        check_batches([item for items in found for item in items], list(range(last + 1)))
        await store.close()

    asyncio.run(check())
