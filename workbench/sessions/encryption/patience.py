"""Trying again after somebody else was quicker: how often, and for how long."""

from __future__ import annotations

import asyncio
import random
import time

from workbench.errors import StoreLocked, shorten

LONGEST = 30.0
"""Seconds after which a change that never applies is given up."""

_STEP = 0.0005
_MOST = 0.05


class Patience:
    """One change of a session, tried again and again; the waits grow, at random, to 50 ms."""

    def __init__(self, session_id: str) -> None:
        self._session_id = session_id
        self._end = time.monotonic() + LONGEST
        self._tries = 0

    async def wait(self) -> None:
        """Let the others go first. Raises StoreLocked when that has gone on for too long."""
        if time.monotonic() > self._end:
            raise StoreLocked(
                f"session {shorten(self._session_id)} was changed by others all the time for "
                f"{LONGEST:.0f} s; nothing was written, try again"
            )
        self._tries += 1
        # Not for security: two writers must only not wait the same time.
        await asyncio.sleep(random.uniform(0, min(_MOST, _STEP * self._tries)))  # noqa: S311
