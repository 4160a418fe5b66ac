"""The part of the contract that is about many at once: tasks, loops, threads, cancellation."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from workbench.testing.data import KeepsItems, Make, batch, check_batches, message, texts
from workbench.testing.loops import on_loops_of_their_own


@on_loops_of_their_own
class ConcurrencyContract(KeepsItems):
    """A part of SessionContract, whose fixture `make` it uses."""

    async def test_adds_from_one_loop_lose_nothing(self, make: Make) -> None:
        session = make()
        await asyncio.gather(*(session.add_items(batch(number)) for number in range(60)))
        check_batches(await session.get_items(), range(60))

    async def test_adds_from_many_sessions_stay_apart(self, make: Make) -> None:
        sessions = [make(f"s{number}") for number in range(12)]
        await asyncio.gather(
            *(session.add_items(batch(turn)) for turn in range(5) for session in sessions)
        )
        for session in sessions:
            check_batches(await session.get_items(), range(5))

    def test_adds_from_threads_with_a_loop_each_lose_nothing(self, make: Make) -> None:
        barrier = threading.Barrier(6)

        async def turns(session: Any, numbers: range) -> None:
            for number in numbers:
                await session.add_items(batch(number))
                assert batch(number)[0] in await session.get_items()

        def thread(index: int) -> None:
            session = make("shared")
            barrier.wait()
            asyncio.run(turns(session, range(index * 10, index * 10 + 5)))
            asyncio.run(turns(session, range(index * 10 + 5, index * 10 + 10)))

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(thread, range(6)))
        check_batches(asyncio.run(make("shared").get_items()), range(60))

    def test_one_object_serves_one_loop_after_another(self, make: Make) -> None:
        session = make()
        for number in range(5):
            asyncio.run(session.add_items([message(number)]))
            assert len(asyncio.run(session.get_items())) == number + 1

    async def test_every_pop_gets_an_item_of_its_own(self, make: Make) -> None:
        session = make()
        await session.add_items([message(number) for number in range(30)])
        popped = await asyncio.gather(*(session.pop_item() for _ in range(33)))
        found = [item["content"] for item in popped if item is not None]
        assert sorted(found, key=int) == [str(number) for number in range(30)]

    async def test_a_cancelled_add_is_whole_or_not_there(self, make: Make) -> None:
        session, added = make(), []
        for number in range(40):
            task = asyncio.create_task(session.add_items(batch(number)))
            await asyncio.sleep(number * 0.0001)
            task.cancel()
            try:
                await task
                added.append(number)
            except asyncio.CancelledError:
                assert task.cancelled()
        found = await session.get_items()
        numbers = [int(text.partition(":")[0]) for text in texts(found)][::3]
        check_batches(found, numbers)
        assert set(added) <= set(numbers)
        await session.add_items([message("after")])
        assert texts(await session.get_items(1)) == ["after"]

    async def test_a_cancelled_add_has_settled_when_the_cancellation_arrives(
        self, make: Make
    ) -> None:
        session = make()
        for number in range(20):
            task = asyncio.create_task(session.add_items(batch(number)))
            await asyncio.sleep(number * 0.0002)
            task.cancel()
            await asyncio.wait({task})
            before = await session.get_items()
            await asyncio.sleep(0.002)
            assert await session.get_items() == before
