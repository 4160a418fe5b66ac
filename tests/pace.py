"""Time limits that hold on a slow or a busy machine: in CPU time, against a loop that counts."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def cpu_seconds(work: Callable[[], object]) -> float:
    """The CPU time that ``work`` takes in this process, whatever else the machine does."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def quickly(work: Callable[[], T], *, millions: int) -> T:
    """What ``work`` returns; fails if counting so far (20 millions a second, or so) is quicker.

    A disturbance only ever adds, so what seems slow is tried again.
    """
    results: list[T] = []
    for _ in range(3):
        took = cpu_seconds(lambda: results.append(work()))
        counting = millions * cpu_seconds(lambda: sum(1 for _ in range(1_000_000)))
        if took < counting:
            return results[-1]
    raise AssertionError(f"took {took:.1f} s; counting to {millions} million takes {counting:.1f}")
