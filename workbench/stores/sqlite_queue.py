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
from contextlib import contextmanager, suppress
from pathlib import Path

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
        self._waiting: threading.Thread | None = None
        self._handle = _open_lock_file(path) if fcntl else None

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
        # A waiter that was given up on still stands in the queue: don't stand there twice.
        if self._handle is None or (self._waiting is not None and self._waiting.is_alive()):
            return False
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return self._stand_in_line(self._handle)
        except OSError:
            return False
        return True

    def _stand_in_line(self, handle: int) -> bool:
        """Wait in the kernel's queue, which is fair; flock has no time-out, so a thread waits."""
        taken, given_up, decide = threading.Event(), threading.Event(), threading.Lock()

        def wait() -> None:
            with suppress(OSError):
                fcntl.flock(handle, fcntl.LOCK_EX)
                # Taking the turn and giving up on it must not cross.
                with decide:
                    if given_up.is_set():
                        fcntl.flock(handle, fcntl.LOCK_UN)
                    else:
                        taken.set()

        self._waiting = threading.Thread(target=wait, name="workbench-queue", daemon=True)
        self._waiting.start()
        taken.wait(self.patience)
        with decide:
            if not taken.is_set():
                given_up.set()
        return taken.is_set()

    def close(self) -> None:
        """Leave the queue for good."""
        if self._handle is not None and not (self._waiting and self._waiting.is_alive()):
            os.close(self._handle)
        self._handle = None


def _open_lock_file(path: Path) -> int | None:
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
