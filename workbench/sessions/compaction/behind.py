"""Compactions that nobody waits for: kept until they end, and for a moment at the program's end."""

from __future__ import annotations

import asyncio
import atexit
import contextvars
from collections.abc import Coroutine
from concurrent.futures import Future, wait
from typing import Any

from workbench.loop import home, started

PATIENCE = 5.0
"""Seconds that the end of the program waits: a script that takes one turn would never compact."""

_going: dict[Future[None], asyncio.AbstractEventLoop] = {}


def keep_going(work: Coroutine[Any, Any, None], loop: asyncio.AbstractEventLoop) -> Future[None]:
    """Run ``work`` on ``loop``, in a context of its own; returns at once, with its end."""
    context = contextvars.Context()
    going = context.run(asyncio.run_coroutine_threadsafe, work, loop)
    _going[going] = loop
    going.add_done_callback(lambda ended: _going.pop(ended, None))
    return going


@atexit.register
def _wait_at_exit() -> None:
    """Only for what runs at home: other loops have stood still since the program's last line."""
    if started():
        base = home().loop
        wait([going for going, loop in list(_going.items()) if loop is base], timeout=PATIENCE)
