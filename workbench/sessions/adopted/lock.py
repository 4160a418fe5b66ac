"""Who may use an adopted session at a moment: many who read and append, or one who edits.

An edit of a session that has only the SDK's methods takes several steps. No reader of ours, in any
thread, event loop or process, may see one of them, and no append may fall in between. So each call
takes a lock on an empty file in the user's folder under the system's temporary folder, shared or
alone. The lock ends with its holder, however that ends, so an edit that nobody holds the lock for
any more was interrupted. Nobody holds a lock across two machines.
"""

from __future__ import annotations

import asyncio
import os
import time
import zlib
from contextlib import ExitStack

from workbench.errors import StoreLocked
from workbench.guard import Guard
from workbench.stores.sqlite import SQLiteStore
from workbench.stores.sqlite.queue import open_lock_file

try:
    import fcntl
except ImportError:  # Windows has no flock
    fcntl = None  # type: ignore[assignment]

PATIENCE = 60.0
"""Seconds to wait for others."""

_FILES = 512
"""Lock files of a folder at most: sessions that share one wait for each other a little more."""

_PAUSE, _LONGEST_PAUSE = 0.0005, 0.005

_held: dict[str, int] = {}
"""What is held where there is no file for it: how many share it, or -1."""
# Looking whether it is free and taking it belong together.
_guard = Guard()


class SessionLock:
    """The lock of the session that is kept beside itself in ``store`` as ``name``.

    With a store in memory no other process can reach the session, and no file is needed.
    """

    def __init__(self, name: str, store: SQLiteStore) -> None:
        self._name = f"{id(store)} {name}" if store.path is None else name
        self._file = store.path
        self._taken = ExitStack()

    async def take(self, *, shared: bool) -> None:
        """Take it, with others or alone. Raises StoreLocked after PATIENCE seconds."""
        with ExitStack() as stack:
            # Who waits to be alone holds the gate meanwhile, else readers could follow each other
            # for ever.
            gate = self._part("gate", stack)
            lock = self._part("lock", stack)
            await (_shared(gate, lock) if shared else _alone(gate, lock))
            self._taken = stack.pop_all()

    def let_go(self) -> None:
        """Let go of what was taken."""
        self._taken.close()

    def _part(self, part: str, stack: ExitStack) -> _File | _Entry:
        handle = None
        if fcntl is not None and self._file is not None:
            number = zlib.crc32(self._name.encode()) % _FILES
            handle = open_lock_file(self._file.with_name(f"{self._file.name}-{number}.{part}"))
        lock = _Entry(f"{self._name} {part}") if handle is None else _File(handle)
        stack.callback(lock.close)
        return lock


class _File:
    """A lock on an open file."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def take(self, *, shared: bool) -> bool:
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        try:
            fcntl.flock(self._handle, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def let_go(self) -> None:
        fcntl.flock(self._handle, fcntl.LOCK_UN)

    def close(self) -> None:
        self.let_go()  # not by closing alone: a child that was forked meanwhile has it open too
        os.close(self._handle)


class _Entry:
    """A lock within this process."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._mine = 0

    def take(self, *, shared: bool) -> bool:
        with _guard:
            count = _held.get(self._name, 0)
            if count < 0 or (count > 0 and not shared):
                return False
            self._mine = 1 if shared else -1
            _held[self._name] = count + self._mine
        return True

    def let_go(self) -> None:
        with _guard:
            count = _held.pop(self._name, 0) - self._mine
            self._mine = 0
            if count:
                _held[self._name] = count

    def close(self) -> None:
        self.let_go()


async def _shared(gate: _File | _Entry, lock: _File | _Entry) -> None:
    waiting = _Waiting()
    while True:
        if gate.take(shared=True):
            taken = lock.take(shared=True)
            gate.let_go()
            if taken:
                return
        await waiting.pause()


async def _alone(gate: _File | _Entry, lock: _File | _Entry) -> None:
    waiting = _Waiting()
    while not gate.take(shared=False):
        await waiting.pause()
    while not lock.take(shared=False):
        await waiting.pause()
    gate.let_go()


class _Waiting:
    """Pauses that grow, up to PATIENCE seconds in all."""

    def __init__(self) -> None:
        self._until = time.monotonic() + PATIENCE
        self._pause = _PAUSE

    async def pause(self) -> None:
        if time.monotonic() > self._until:
            raise StoreLocked(
                f"the session is being changed by others for more than {PATIENCE:.0f} s; "
                "nothing was done, try again later"
            )
        await asyncio.sleep(self._pause)
        self._pause = min(self._pause * 1.5, _LONGEST_PAUSE)
