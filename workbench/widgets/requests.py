"""What a page asks of its panel: each request is a task on the home loop, stopped by its id."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from workbench import loop
from workbench.errors import WorkbenchError

_log = logging.getLogger("workbench")

Reply = Callable[[dict[str, Any]], object]
"""Sends a message to the page."""


class Requests:
    """The requests under way. ``reply`` is called with ``{answer, value | error | stopped}``.

    Callbacks of widgets come from any thread, and in some kernels from one that a cell blocks:
    nothing is done there but handing the work to the home loop.
    """

    def __init__(self, reply: Reply) -> None:
        self._reply = reply
        self._jobs: dict[str, loop.Job[None]] = {}

    def begin(self, identity: str, work: Coroutine[Any, Any, Any]) -> None:
        """Start ``work``; what it returns, or why not, is the answer to request ``identity``."""
        job = loop.Job(
            loop.home(),
            self._answered(identity, work),
            lambda: self._ended(identity, work),
        )
        self._jobs[identity] = job
        job.begin()

    def stop(self, identity: str) -> None:
        """Cancel a request; one that is answered already is left alone."""
        if (job := self._jobs.get(identity)) is not None:
            job.cancel()

    def stop_all(self) -> None:
        """Cancel what is under way: the panel is closed."""
        for job in list(self._jobs.values()):
            job.cancel()

    def _ended(self, identity: str, work: Coroutine[Any, Any, Any]) -> None:
        self._jobs.pop(identity, None)
        if inspect.getcoroutinestate(work) == inspect.CORO_CREATED:  # stopped before it began
            work.close()
            self._reply({"answer": identity, "stopped": True})

    async def _answered(self, identity: str, work: Coroutine[Any, Any, Any]) -> None:
        try:
            answer = {"value": await work}
        except asyncio.CancelledError:
            answer = {"stopped": True}
        except Exception as exc:
            answer = {"error": in_words(exc)}
        self._reply({"answer": identity, **answer})


def in_words(exc: Exception) -> str:
    """An error as the reader of a panel sees it; one that is not ours is logged with its way."""
    if isinstance(exc, WorkbenchError):
        return str(exc)
    _log.warning("an error in a panel", exc_info=exc)
    return f"{type(exc).__name__}: {exc}"
