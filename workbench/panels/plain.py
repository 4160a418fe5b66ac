"""Plain calls of the face, made for a panel: in a thread, with news on the way, and stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from workbench import loop
from workbench.protocols import Report
from workbench.verbs import progress
from workbench.widgets.threads import apart
from workbench.workspace.secrets import silent

T = TypeVar("T")


async def plainly(call: Callable[[], T], *, report: Report | None = None) -> T:
    """What ``call()`` returns; on the way ``report`` is told, and nobody is asked for a secret.

    Cancelling it stops the call as Ctrl-C would, and waits until that has left things valid.
    """
    stop = loop.Stop()
    working = apart(partial(_called, call, report or _nobody, stop))
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        stop()
        await asyncio.wait({working})
        if not working.cancelled():
            working.exception()  # looked at, so that asyncio does not report it
        raise


def _called(call: Callable[[], T], report: Report, stop: loop.Stop) -> T:
    """In the context of the thread, which nothing else sees."""
    loop.stop.set(stop)
    progress.told.set(report)
    with silent():
        return call()


def _nobody(_done: int, _total: int) -> None:
    """Without a bar of the panel's there is none at all: stderr belongs to another cell."""
