"""Text that grows: gathered, so that a page gets few messages and each character once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

EVERY = 0.2
"""Seconds between two messages. One has about 600 bytes around it, so that a fast model's words,
sent one by one, would cost many times their own length."""


class Stream:
    """Calls ``send(text)`` with what came since the last time; the first words go at once.

    Lives on the home loop. ``close`` sends what is left.
    """

    def __init__(self, send: Callable[[str], object], *, every: float = EVERY) -> None:
        self._send, self._every = send, every
        self._parts: list[str] = []
        self._timer: asyncio.TimerHandle | None = None

    def add(self, text: str) -> None:
        """Take in more text."""
        self._parts.append(text)
        if self._timer is None:
            self._flush()

    def close(self) -> None:
        """Send what is left; nothing comes after."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._deliver()

    def _flush(self) -> None:
        self._timer = None
        if self._deliver():
            self._timer = asyncio.get_running_loop().call_later(self._every, self._flush)

    def _deliver(self) -> bool:
        text = "".join(self._parts)
        self._parts.clear()
        if text:
            self._send(text)
        return bool(text)
