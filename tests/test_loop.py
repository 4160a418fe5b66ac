"""The home loop: plain code, cells, callbacks and threads run async work and stop it cleanly."""

from __future__ import annotations

import asyncio
import contextvars
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from workbench import loop

COLOUR: contextvars.ContextVar[str] = contextvars.ContextVar("colour", default="none")


async def answer() -> int:
    await asyncio.sleep(0)
    return 42


async def where() -> threading.Thread:
    return threading.current_thread()


def test_plain_code_gets_the_result() -> None:
    assert loop.run(answer()) == 42


def test_an_error_of_the_work_reaches_the_caller() -> None:
    async def fail() -> None:
        raise ValueError("what went wrong")

    with pytest.raises(ValueError, match="what went wrong"):
        loop.run(fail())
    assert loop.run(answer()) == 42


async def test_a_cell_whose_own_loop_is_running_gets_the_result() -> None:
    assert loop.run(answer()) == 42


def test_all_work_runs_on_one_daemon_thread() -> None:
    with ThreadPoolExecutor(4) as pool:
        threads = set(pool.map(lambda _: loop.run(where()), range(8)))
    threads.add(asyncio.run(loop.at_home(where())))
    (thread,) = threads
    assert thread.daemon
    assert thread is not threading.current_thread()


def test_work_from_many_threads_runs_at_the_same_time() -> None:
    async def meet() -> int:
        arrived.append(None)
        if len(arrived) == 4:
            everybody.set()
        await everybody.wait()
        return len(arrived)

    arrived: list[None] = []
    everybody = asyncio.Event()
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda _: loop.run(meet()), range(4))) == [4, 4, 4, 4]


def test_events_are_handled_in_order_in_the_calling_thread() -> None:
    async def count(emit: loop.Emit) -> str:
        for number in range(100):
            emit(number)
            if number % 10 == 0:
                await asyncio.sleep(0)
        return "done"

    handled: list[tuple[int, threading.Thread]] = []
    result = loop.watch(count, lambda event: handled.append((event, threading.current_thread())))
    assert result == "done"
    assert handled == [(number, threading.current_thread()) for number in range(100)]


def test_none_is_an_event_like_any_other() -> None:
    async def emits(emit: loop.Emit) -> None:
        emit(None)

    handled: list[Any] = []
    loop.watch(emits, handled.append)
    assert handled == [None]


def test_an_error_while_showing_stops_the_work_and_lets_it_clean_up() -> None:
    def handle(_event: object) -> None:
        raise OSError("the display is gone")

    cleaned = threading.Event()
    with pytest.raises(OSError, match="the display is gone"):
        loop.watch(endless(cleaned), handle)
    assert cleaned.is_set()


def endless(cleaned: threading.Event) -> Callable[[loop.Emit], Any]:
    """Work that emits once, never ends, and needs a moment to clean up."""

    async def work(emit: loop.Emit) -> None:
        try:
            emit("begun")
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.05)
            cleaned.set()

    return work


def test_work_that_will_not_stop_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    async def stubborn(emit: loop.Emit) -> None:
        emit("begun")
        while not enough.is_set():
            try:
                await asyncio.sleep(0.01)
            except asyncio.CancelledError:
                continue

    def handle(_event: object) -> None:
        raise OSError("stop")

    enough = threading.Event()
    monkeypatch.setattr(loop, "GRACE", 0.1)
    begun = time.monotonic()
    with pytest.raises(OSError, match="stop"):
        loop.watch(stubborn, handle)
    assert time.monotonic() - begun < 2
    enough.set()


def test_on_the_home_loop_it_refuses_instead_of_hanging() -> None:
    async def nested() -> None:
        loop.run(answer())

    with pytest.raises(RuntimeError, match="await the work instead"):
        loop.run(nested())


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt])
def test_work_that_exits_does_not_take_the_home_loop_along(kind: type[BaseException]) -> None:
    async def leave() -> None:
        raise kind

    with pytest.raises(kind):
        loop.run(leave())
    assert loop.run(answer()) == 42


def test_context_variables_travel_along() -> None:
    async def colour() -> str:
        return COLOUR.get()

    async def both() -> tuple[str, str]:
        return await loop.at_home(colour()), loop.run(colour())

    COLOUR.set("blue")
    assert loop.run(colour()) == "blue"
    assert asyncio.run(both()) == ("blue", "blue")


def test_at_home_from_another_loop_gives_result_and_error() -> None:
    async def fail() -> None:
        raise KeyError("nothing")

    assert asyncio.run(loop.at_home(answer())) == 42
    with pytest.raises(KeyError, match="nothing"):
        asyncio.run(loop.at_home(fail()))


@pytest.mark.parametrize("times", [1, 3])
def test_a_cancelled_at_home_settles_before_the_cancellation_goes_through(times: int) -> None:
    begun, settled = threading.Event(), threading.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.sleep(60)
        finally:
            try:
                await loop.settle(asyncio.sleep(0.05))
            finally:
                settled.set()

    async def main() -> None:
        task = asyncio.create_task(loop.at_home(work()))
        await asyncio.to_thread(begun.wait)
        for _ in range(times):
            task.cancel()
            await asyncio.sleep(0.005)
        with pytest.raises(asyncio.CancelledError):
            await task
        assert settled.is_set()

    asyncio.run(main())


def test_settle_awaits_to_the_end_whatever_is_cancelled() -> None:
    async def main() -> None:
        steps: list[str] = []

        async def write() -> None:
            await asyncio.sleep(0.02)
            steps.append("written")

        task = asyncio.create_task(loop.settle(write()))
        for _ in range(3):
            await asyncio.sleep(0.002)
            task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert steps == ["written"]
        assert await loop.settle(answer()) == 42

    asyncio.run(main())


def test_a_loop_that_was_closed_meanwhile_disturbs_nobody() -> None:
    async def slow() -> None:
        await asyncio.sleep(0.05)

    left = asyncio.new_event_loop()
    task = left.create_task(loop.at_home(slow()))
    left.run_until_complete(asyncio.sleep(0.01))
    task.cancel()
    left.call_soon(left.stop)
    left.run_forever()
    left.close()
    loop.run(asyncio.sleep(0.1))
    assert loop.run(answer()) == 42
    task._log_destroy_pending = False  # type: ignore[attr-defined]  # abandoned on purpose
