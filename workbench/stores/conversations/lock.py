"""The right to change a conversation: one writer at a time among all who share a workspace.

The API has no way to change several items in one step, or to say "only if nothing came in between".
So writers of one workspace take turns: what one decides (which items are its own after a lost
reply, whether the newest item is still the newest) must hold until it has written. A lock on a file
ends with its process, however that ends. Writers elsewhere (another machine, another program on the
same conversation id) are not held up; see `workbench.stores.conversations` for what that means.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
import weakref
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from workbench.errors import StoreLocked, StoreUnusable, shorten

try:
    import fcntl
except ImportError:  # Windows has no flock
    fcntl = None  # type: ignore[assignment]

_FILES = 256
"""Lock files at most: conversations that share one only wait for each other a little more."""
_PAUSE = 0.002
_LONGEST_PAUSE = 0.02

_queues: weakref.WeakValueDictionary[tuple[int, str], asyncio.Lock] = weakref.WeakValueDictionary()
"""Who waits within one event loop: only the first in line asks for the file."""


class ConversationLock:
    """The lock of the conversation ``name`` at ``base_url``, kept in ``folder``."""

    def __init__(self, folder: Path, base_url: str, name: str, *, patience: float = 120.0) -> None:
        number = int.from_bytes(hashlib.sha256(f"{base_url} {name}".encode()).digest()[:4], "big")
        self._path = folder / f"{number % _FILES:02x}.lock"
        self._name = name
        self._patience = patience

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Wait for the lock and hold it. Raises StoreLocked after ``patience`` seconds."""
        queue = self._queue()
        async with queue:
            handle = await self._taken()
            try:
                yield
            finally:
                _let_go(handle)

    @asynccontextmanager
    async def free(self) -> AsyncIterator[bool]:
        """Hold the lock if nobody does at this moment; gives whether it is held."""
        queue = self._queue()
        if queue.locked():
            yield False
            return
        async with queue:
            handle = self._opened()
            held = _try(handle)
            try:
                yield held
            finally:
                _let_go(handle)

    def _queue(self) -> asyncio.Lock:
        key = (id(asyncio.get_running_loop()), str(self._path))
        queue = _queues.get(key)
        if queue is None:
            queue = _queues[key] = asyncio.Lock()
        return queue

    async def _taken(self) -> int:
        handle = self._opened()
        until, pause = time.monotonic() + self._patience, _PAUSE
        try:
            while not _try(handle):
                if time.monotonic() > until:
                    raise StoreLocked(
                        f"another program has been changing {shorten(self._name)} for "
                        f"{self._patience:.0f} s; nothing was done, try again later"
                    )
                await asyncio.sleep(pause)
                pause = min(pause * 1.5, _LONGEST_PAUSE)
        except BaseException:
            os.close(handle)
            raise
        return handle

    def _opened(self) -> int:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            return os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        except OSError as exc:
            raise StoreUnusable(f"{self._path} can't be opened: {exc.strerror}") from exc


def _try(handle: int) -> bool:
    return _flocked(handle) if fcntl else True


def _flocked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _let_go(handle: int) -> None:
    # Not only by closing: a child that was forked meanwhile has the file open too.
    if fcntl:
        fcntl.flock(handle, fcntl.LOCK_UN)
    os.close(handle)
