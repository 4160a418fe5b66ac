"""The task of a run: kept awake, stopped from elsewhere, followed to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agents.result import RunResultStreaming

BEAT = 0.05
"""Seconds; see `wakeful`."""


@contextmanager
def wakeful() -> Iterator[None]:
    """Let the running event loop wake up every BEAT seconds.

    A kernel answers an interrupt of a cell that awaits by a callback in its own loop
    (``ipykernel.ipkernel._cancel_on_sigint``), which does not wake one that sleeps: without this,
    the cell would stop only when the model answers.
    """
    here = asyncio.get_running_loop()

    awake = True

    def again() -> None:
        if awake:
            here.call_later(BEAT, again)

    again()
    try:
        yield
    finally:
        awake = False


def stopper() -> Callable[[], object]:
    """What cancels the running task, from any thread."""
    task = asyncio.current_task()
    assert task is not None
    return partial(asyncio.get_running_loop().call_soon_threadsafe, task.cancel)


def follow(
    result: RunResultStreaming, then: Callable[[BaseException | None], Coroutine[Any, Any, None]]
) -> None:
    """Have ``then(error)`` awaited as part of the run itself.

    The run's task is put inside one that goes on to ``then``, as the SDK does for its sandboxes: so
    ``stream_events`` ends only when the turn is recorded, or taken back.
    """
    original = result.run_loop_task
    assert original is not None

    entered = False

    async def to_the_end() -> Any:
        nonlocal entered
        entered, cancelled = True, False
        while not original.done():
            try:
                await asyncio.wait({original}, timeout=BEAT)
            except asyncio.CancelledError:
                cancelled = True
                original.cancel()
        stopped = cancelled or original.cancelled()
        await then(asyncio.CancelledError() if stopped else original.exception())
        return original.result()

    def begin() -> None:
        task = result.run_loop_task = asyncio.create_task(to_the_end())
        task.add_done_callback(again)

    def again(_task: asyncio.Task[Any]) -> None:
        # A task that is cancelled before its first step never enters its coroutine.
        if not entered:
            original.cancel()
            begin()

    begin()
