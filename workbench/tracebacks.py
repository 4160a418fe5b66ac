"""Tracebacks as the readers of a notebook can use them: their own lines, and not the way from there
through the workbench, the SDK and Python to where it was noticed.
"""

from __future__ import annotations

import os
import sysconfig
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from types import TracebackType


def rendered(error: BaseException) -> list[str]:
    """The traceback of ``error`` in the way of the running IPython, with the reader's steps alone.

    What it came from is shown where it has such steps too: a tool of theirs that failed. After
    ``%xmode Verbose`` all is shown, and so is what has no step of the reader's at all.
    """
    from IPython.core.getipython import get_ipython

    maker = get_ipython().InteractiveTB  # type: ignore[union-attr]  # IPython is what calls this
    lines: list[str]
    if maker.mode == "Verbose" or not _readers(error.__traceback__):
        lines = maker.structured_traceback(type(error), error, error.__traceback__)
    else:
        with _readers_own(error):
            traceback = error.__traceback__
            lines = maker.structured_traceback(type(error), error, traceback, tb_offset=0)
    return lines


def _readers(traceback: TracebackType | None) -> list[TracebackType]:
    """The steps of a traceback that are in code of the reader's: in no package, not in Python."""
    steps = []
    while traceback is not None:
        if not traceback.tb_frame.f_code.co_filename.startswith(_not_the_readers()):
            steps.append(traceback)
        traceback = traceback.tb_next
    return steps


@cache
def _not_the_readers() -> tuple[str, ...]:
    """How the names of the files begin that are not the reader's."""
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    folders = [os.path.dirname(__file__), *map(sysconfig.get_path, names)]
    return "<frozen ", *(f"{folder}{os.sep}" for folder in folders)


@contextmanager
def _readers_own(error: BaseException) -> Iterator[None]:
    """For a while, ``error`` and what it came from with the reader's steps alone."""
    chain = [error]
    while (before := _before(chain[-1])) is not None and before not in chain:
        chain.append(before)
    kept = [(one, one.__traceback__, one.__cause__, one.__suppress_context__) for one in chain]
    left = [one for one in chain if one is error or _readers(one.__traceback__)]
    try:
        for one, cause in zip(left, [*left[1:], None], strict=True):
            one.__cause__, one.__traceback__ = cause, _only(_readers(one.__traceback__))
        yield
    finally:
        for one, traceback, cause, suppressed in kept:
            one.__traceback__, one.__cause__ = traceback, cause
            one.__suppress_context__ = suppressed  # setting the cause has changed it


def _before(error: BaseException) -> BaseException | None:
    return error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _only(steps: Iterable[TracebackType]) -> TracebackType | None:
    made = None
    for step in reversed(list(steps)):
        made = TracebackType(made, step.tb_frame, step.tb_lasti, step.tb_lineno)
    return made
