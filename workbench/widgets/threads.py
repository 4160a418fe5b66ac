"""Threads for plain calls that wait for the home loop."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

_THREADS = ThreadPoolExecutor(32, thread_name_prefix="workbench-panel")
"""Not those of the event loop: what waits in one of these waits for work that needs those."""


def apart(call: Callable[[], T]) -> asyncio.Future[T]:
    """``call()`` in a thread in which it may wait, with the context of whoever asks."""
    here = asyncio.get_running_loop()
    return here.run_in_executor(_THREADS, contextvars.copy_context().run, call)
