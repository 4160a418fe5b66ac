"""A lock that outlives a fork: a thread that does not exist in the child can't hold it there."""

from __future__ import annotations

import os
import threading
from weakref import WeakSet


class Guard:
    """As `threading.RLock`, used with ``with``; free in a forked child, whoever held it.

    For short looks at something that the whole process shares, and during which nobody forks.
    """

    def __init__(self) -> None:
        self._renew()
        _all.add(self)

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_raised: object) -> None:
        self._lock.release()

    def _renew(self) -> None:
        self._lock = threading.RLock()


_all: WeakSet[Guard] = WeakSet()


def _renew_all() -> None:
    for guard in list(_all):
        guard._renew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_all)
