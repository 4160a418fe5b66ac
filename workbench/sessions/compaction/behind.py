"""Compactions that nobody waits for: kept until they end, and for a moment at the program's end."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Coroutine
from concurrent.futures import Future, wait
from typing import Any

from workbench.loop import home

PATIENCE = 5.0
"""Seconds that the end of the program waits: a script that takes one turn would never compact."""
_LOOK = 0.1
"""Seconds between two looks at whether the program has come to its end."""

_going: set[Future[None]] = set()


def keep_going(work: Coroutine[Any, Any, None], loop: asyncio.AbstractEventLoop) -> Future[None]:
    """Run ``work`` on ``loop``, in a context of its own; returns at once, with its end."""
    context = contextvars.Context()
    going = context.run(asyncio.run_coroutine_threadsafe, work, loop)
    _going.add(going)
    going.add_done_callback(_going.discard)
    # Other loops stand still from the program's last line on.
    if loop is home().loop:
        threading.Thread(target=_hold_the_end, args=(going,), name="workbench-compacts").start()
    return going


def _hold_the_end(going: Future[None]) -> None:
    """Outlast the program's last line by up to PATIENCE, while ``going`` goes on.

    In a thread that the interpreter waits for: behind those, at exit, Python starts no thread any
    more, and a store may have to start one. (3.12.0 and 3.12.1 start none from the last line on:
    the next turn compacts then. https://github.com/python/cpython/issues/113964)
    """
    while threading.main_thread().is_alive():
        if wait([going], timeout=_LOOK).done:
            return
    wait([going], timeout=PATIENCE)
