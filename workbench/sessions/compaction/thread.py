"""Plain work in a thread of its own, awaited.

Not `asyncio.to_thread`: its threads are gone at the end of the program, when a last compaction may
still be under way, and one that hangs would keep the program from ending.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import ParamSpec, TypeVar

T = TypeVar("T")
P = ParamSpec("P")


async def in_thread(function: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
    """What ``function`` returns or raises; the thread goes on where the caller is cancelled."""
    done: Future[T] = Future()
    done.set_running_or_notify_cancel()  # so that nobody cancels it under the thread's hands

    def work() -> None:
        try:
            done.set_result(function(*args, **options))
        except BaseException as exc:
            done.set_exception(exc)

    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(work,), daemon=True).start()
    return await asyncio.wrap_future(done)
