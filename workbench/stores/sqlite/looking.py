"""Reading an application's own SQLite file and leaving no trace: nothing in it, nothing beside it.

SQLite itself makes files when it reads: a file in WAL mode gets a ``-shm`` and a ``-wal`` by being
looked at. So each look is a connection of its own, opened in the way that fits what lies there:

- Somebody has the file open in WAL mode (there is a ``-shm``): read-only, its memory included
  (https://www.sqlite.org/wal.html#read_only_databases). What the application writes is seen by the
  next look, and it never waits.
- A journal: read-only, with SQLite's locks.
- Neither: read as it is, without locks, and read again if it was changed meanwhile.
- What a program that was killed has left for the next one to mend (a log without its memory, a
  journal of a change that was cut off) is mended in a copy, in a temporary folder of mode 0700.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

from workbench.errors import StoreLocked, StoreUnusable
from workbench.stores.read_only import refusal
from workbench.stores.sqlite.address import shown
from workbench.stores.sqlite.desk import Work
from workbench.stores.sqlite.errors import translated
from workbench.stores.sqlite.file import SQLiteFile

T = TypeVar("T")
_BESIDE = ("", "-wal", "-shm", "-journal")
_TICK = 0.05
"""Seconds within which two changes of a file may have one time."""

_TRIES = 5
"""Looks without locks, before one that asks for them."""


class LookedAtFile(SQLiteFile):
    """A file that is only read. Whatever would write raises StoreReadOnly."""

    async def read(self, work: Work[T], *, missing: T) -> T:
        """Do ``work`` on a snapshot; ``missing`` is the answer when there is no file."""
        if self.place.path is None or not self.exists():
            return missing
        if not self.place.path.is_file():
            raise StoreUnusable(f"{self.place.name} is no file; name the database itself")
        return await asyncio.to_thread(self._looked, self.place.path.resolve(), work)

    async def write(self, work: Work[T]) -> T:
        """Refuse: the file was opened to be read."""
        path = self.place.path
        raise refusal("sqlite://" if path is None else f"sqlite:///{shown(path)}")

    async def maintain(self, work: Work[T]) -> T:
        """As `write`."""
        return await self.write(work)

    def _looked(self, path: Path, work: Work[T]) -> T:
        deadline = time.monotonic() + self.place.timeout
        tries = 0
        while True:
            tries += 1
            before = _state(path)
            look = _way(before, tries)
            try:
                result: T = look(path, work, self.place.timeout)
            except Exception as exc:
                # What was changed under the look may have looked damaged.
                if look is _locked or _state(path) == before or time.monotonic() > deadline:
                    raise self._named(exc) from exc
                continue
            if look in _WITH_LOCKS or _state(path) == before:
                return result
            if time.monotonic() > deadline:
                raise StoreLocked(
                    f"{self.place.name} is being written to all the time; wait longer with "
                    "sqlite:///FILE?timeout=SECONDS"
                )

    def _named(self, exc: Exception) -> Exception:
        return translated(exc, self.place.name) if isinstance(exc, sqlite3.Error) else exc


State = tuple[tuple[int, ...] | None, ...]
Look = Callable[[Path, Work[Any], float], Any]


def _state(path: Path) -> State:
    """What tells one state of a file, and of what lies beside it, from another."""
    return tuple(map(_identity, (f"{path}{end}" for end in _BESIDE)))


def _identity(name: str) -> tuple[int, ...] | None:
    try:
        state = os.stat(name)
    except OSError:
        return None
    # Two changes within one tick of the clock have one time: what is that young is looked at later.
    if (left := state.st_mtime + _TICK - time.time()) > 0:
        time.sleep(min(left, _TICK))
    return state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns


def _way(state: State, tries: int) -> Look:
    _file, log, memory, journal = state
    if memory is not None:
        return _with_the_others
    if log is not None and log[2]:
        return _in_a_copy
    if journal is not None and journal[2]:
        return _locked
    return _alone if tries <= _TRIES else _locked


def _with_the_others(path: Path, work: Work[T], timeout: float) -> T:
    return _done(f"{path.as_uri()}?mode=ro&readonly_shm=1", work, timeout)


def _alone(path: Path, work: Work[T], timeout: float) -> T:
    return _done(f"{path.as_uri()}?mode=ro&immutable=1", work, timeout)


def _locked(path: Path, work: Work[T], timeout: float) -> T:
    try:
        return _done(f"{path.as_uri()}?mode=ro", work, timeout)
    except sqlite3.OperationalError as exc:
        # A journal that nobody works on any more has to be rolled back, which is a write.
        if "readonly" not in str(exc) and "unable to open" not in str(exc):
            raise
        return _in_a_copy(path, work, timeout)


def _in_a_copy(path: Path, work: Work[T], timeout: float) -> T:
    with tempfile.TemporaryDirectory(prefix="workbench-") as folder:
        for end in ("", "-wal", "-journal"):
            if os.path.exists(f"{path}{end}"):
                shutil.copyfile(f"{path}{end}", f"{folder}/copy.db{end}")
        return _done(f"{Path(folder, 'copy.db').as_uri()}?mode=rw", work, timeout)


class _Connection(sqlite3.Connection):
    """One that can be referred to weakly, as those of a `Desk`."""


def _done(uri: str, work: Work[T], timeout: float) -> T:
    db = sqlite3.connect(uri, uri=True, timeout=timeout, isolation_level=None, factory=_Connection)
    with closing(db):
        db.execute("PRAGMA query_only=ON")
        db.execute("BEGIN")
        return work(db)


_WITH_LOCKS = (_with_the_others, _locked)
"""What SQLite itself keeps from being changed under the look."""
