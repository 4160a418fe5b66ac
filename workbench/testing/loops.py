"""Async tests that need no plugin of pytest: each runs on an event loop of its own."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, TypeVar

Suite = TypeVar("Suite", bound=type)


def on_loops_of_their_own(suite: Suite) -> Suite:
    """Let each ``async def test_...`` of the class run as by a script's ``asyncio.run``."""
    for name, test in list(vars(suite).items()):
        if name.startswith("test_") and inspect.iscoroutinefunction(test):
            setattr(suite, name, run_by_asyncio(test))
    return suite


def run_by_asyncio(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """``test`` as a plain function with the same arguments."""

    @wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        asyncio.run(test(*args, **kwargs))

    return run
