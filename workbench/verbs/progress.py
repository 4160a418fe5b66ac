"""A progress bar for what may take longer than a second; what is quicker shows none.

The work reports from the home loop, and the bar is drawn in the thread that waits for it, so that
it stands in the right cell, on stderr. Where nobody watches there is none: in nbconvert and
papermill (a kernel without input) it would stay in the stored notebook, elsewhere in a log file.
"""

from __future__ import annotations

import asyncio
import contextvars
import sys
import time
from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager
from typing import Any, Self, TypeVar

from workbench import loop
from workbench.protocols import Report

T = TypeVar("T")
PATIENCE = 1.0
"""Seconds before a bar is shown."""

told: contextvars.ContextVar[Report | None] = contextvars.ContextVar("workbench_told", default=None)
"""Who is told instead of a bar on stderr: a panel, which has one of its own."""


class Bar(AbstractContextManager["Bar"]):
    """Called as a `Report`; shows a bar from PATIENCE seconds on. A total of 0 is one that is not
    known yet: the bar then only shows that something is done.
    """

    def __init__(self, label: str, *, unit: str = "items") -> None:
        self._label, self._unit = label, unit
        self._begun = time.monotonic()
        self._bar: Any = None

    def __call__(self, done: int, total: int) -> None:
        if self._bar is None and (time.monotonic() - self._begun < PATIENCE or not _watched()):
            return
        if self._bar is None or (total and self._bar.total != total):
            self._renew(total or None)
        self._bar.update(done - self._bar.n) if total or done else self._bar.refresh()

    def _renew(self, total: int | None) -> None:
        from tqdm.auto import tqdm  # ipywidgets with it, where they are: not for what is quick

        self._close()
        self._bar = tqdm(total=total, desc=self._label, unit=self._unit, leave=False)

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._close()


def _watched() -> bool:
    """Whether there is somebody who sees a bar move."""
    core = sys.modules.get("IPython")
    shell = core.get_ipython() if core else None
    kernel = getattr(shell, "kernel", None)
    if kernel is not None:
        return bool(getattr(kernel, "_allow_stdin", True))
    return sys.stderr is not None and sys.stderr.isatty()


def with_progress(label: str, work: Callable[[Report], Coroutine[Any, Any, T]]) -> T:
    """Run ``work(report)`` on the home loop; its reports draw a bar here."""
    __tracebackhide__ = True
    if (report := told.get()) is not None:
        return loop.watch(lambda _emit: work(report), lambda _event: None)
    with Bar(label) as bar:
        return watched(bar, work)


def watched(bar: Bar, work: Callable[[Report], Coroutine[Any, Any, T]]) -> T:
    """As `with_progress`, on a bar that may go on afterwards."""
    __tracebackhide__ = True
    return loop.watch(
        lambda emit: _ticking(work, lambda done, total: emit((done, total))),
        lambda event: bar(*event),
    )


async def _ticking(work: Callable[[Report], Coroutine[Any, Any, T]], report: Report) -> T:
    """Reading a long history reports nothing on the way: a bar stands there all the same."""
    ticks = asyncio.create_task(_ticks(report))
    try:
        return await work(report)
    finally:
        ticks.cancel()


async def _ticks(report: Report) -> None:
    while True:
        await asyncio.sleep(PATIENCE)
        report(0, 0)
