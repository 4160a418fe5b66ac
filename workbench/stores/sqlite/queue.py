"""A fair queue of the processes that write to one file.

SQLite's own busy handler sleeps and tries again, so under contention some writers wait for very
long. Processes that queue on a lock file first take turns instead. This is a matter of fairness
only: SQLite's locks alone keep the data right, so whoever can't queue (another program, a system
without flock, a lock that is held too long) simply goes on.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue

try:
    import fcntl
except ImportError:  # Windows has no flock
    fcntl = None  # type: ignore[assignment]


class WriterQueue:
    """The turn to write to ``path``, taken for a batch at a time.

    The lock file lies in the user's own folder under the system's temporary folder, so that nothing
    is left beside a database. It is empty and means nothing when it is gone.
    """

    def __init__(self, path: Path, *, patience: float = 2.0) -> None:
        self.patience = patience
        self._handle = open_lock_file(path) if fcntl else None
        self._stand_in: _StandIn | None = None

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold the turn; after ``patience`` seconds go on without it."""
        held = self._take()
        try:
            yield
        finally:
            if held and self._handle is not None:
                fcntl.flock(self._handle, fcntl.LOCK_UN)

    def _take(self) -> bool:
        # One that was given up on still stands in the queue: don't stand there twice.
        if self._handle is None or (self._stand_in is not None and self._stand_in.waits):
            return False
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return self._stand_in_line(self._handle)
        except OSError:
            return False
        return True

    def _stand_in_line(self, handle: int) -> bool:
        if self._stand_in is None:
            try:
                self._stand_in = _StandIn(handle)
            except RuntimeError:  # no thread to be had: many run, or the program is ending
                return False
        return self._stand_in.take(self.patience)

    def close(self) -> None:
        """Leave the queue for good."""
        if self._stand_in is not None:
            self._stand_in.end()
        elif self._handle is not None:
            os.close(self._handle)
        self._handle = self._stand_in = None


class _StandIn:
    """A thread that waits in the kernel's queue, which is fair: flock has no time-out of its own.

    It is started when there is a queue for the first time, and then kept: between processes that
    take turns for every append, starting a thread each time would be what takes longest.
    """

    def __init__(self, handle: int) -> None:
        self.waits = False
        self._handle = handle
        self._wanted = False
        self._asked: SimpleQueue[bool] = SimpleQueue()
        self._answer: SimpleQueue[bool] = SimpleQueue()
        # Getting the turn and giving up on it must not cross.
        self._decide = threading.Lock()
        threading.Thread(target=self._run, name="workbench-queue", daemon=True).start()

    def take(self, patience: float) -> bool:
        """Whether the turn came within ``patience`` seconds."""
        self.waits = self._wanted = True
        self._asked.put(True)
        try:
            return self._answer.get(timeout=patience)
        except Empty:
            with self._decide:
                self._wanted = self.waits is False
            return self._wanted and self._answer.get()

    def end(self) -> None:
        """End the thread as soon as it no longer waits; it closes the lock file."""
        self._asked.put(False)

    def _run(self) -> None:
        while self._asked.get():
            taken = self._wait()
            with self._decide:
                self.waits = False
                if self._wanted:
                    self._answer.put(taken)
                elif taken:
                    fcntl.flock(self._handle, fcntl.LOCK_UN)
        os.close(self._handle)

    def _wait(self) -> bool:
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX)
        except OSError:
            return False
        return True


def open_lock_file(path: Path) -> int | None:
    """The lock file of ``path``; None where there can be none (then nobody queues)."""
    name = hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:32]
    try:
        folder = Path(tempfile.gettempdir()) / f"workbench-{os.getuid()}"
        folder.mkdir(mode=0o700, exist_ok=True)
        state = folder.lstat()
        # Somebody else's folder, or a link put there, could point the lock anywhere.
        if state.st_uid != os.getuid() or folder.is_symlink():
            return None
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        return os.open(folder / name, flags, 0o600)
    except OSError:
        return None
