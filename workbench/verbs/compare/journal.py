"""Which throw-away conversations there are, written down for when their process is killed.

Each comparison has a file of its own in the workspace's folder, a line for each conversation, and
keeps it locked: what is in a file that nobody holds can be deleted. Where no such file can be
written, or locked (on Windows), there is none, and what a killed process left stays there.
"""

from __future__ import annotations

import json
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any

from workbench.sessions.layers import innermost
from workbench.stores.sqlite import SQLiteStore, url_of

try:
    import fcntl
except ImportError:
    fcntl = None  # type: ignore[assignment]

PREFIX = "workbench-compare-"
"""Begins the id of every throw-away conversation: nothing else is ever deleted."""

JOURNAL = "comparing-"
"""Begins the name of the files."""

_LOCKS = fcntl is not None
_LONG_AGO = 30 * 86_400.0
"""Seconds after which a store that could not be reached since is taken for gone."""


class Journal:
    """The file of one comparison; there is none before its first conversation."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / f"{JOURNAL}{uuid.uuid4().hex}.jsonl"
        self._handle: int | None = None

    def add(self, session: Any) -> None:
        """Write down a conversation that outlives its process, if it does."""
        url = lasting_url(innermost(session))
        if url is None or not _LOCKS:
            return
        with suppress(OSError):
            self._handle = self._made() if self._handle is None else self._handle
            os.write(self._handle, (json.dumps([session.session_id, url]) + "\n").encode())

    def _made(self) -> int:
        """The file, locked before another process can see it under its name."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        unseen = self._path.with_suffix(".new")
        made = os.open(unseen, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        fcntl.flock(made, fcntl.LOCK_EX)
        unseen.rename(self._path)
        return made

    def close(self, *, forget: bool) -> None:
        """Let go of the file; ``forget``: there is nothing left to delete."""
        if self._handle is None:
            return
        if forget:
            self._path.unlink(missing_ok=True)
        os.close(self._handle)
        self._handle = None


class LeftOver(AbstractContextManager["LeftOver"]):
    """The file of a comparison that was killed, held until the end of the ``with``."""

    def __init__(self, path: Path, handle: int) -> None:
        self._path, self._handle = path, handle

    def lines(self) -> list[str]:
        """What it says; nothing where that was too long ago."""
        if time.time() - os.fstat(self._handle).st_mtime > _LONG_AGO:
            return []
        return self._path.read_text(encoding="utf-8", errors="replace").splitlines()

    def forget(self) -> None:
        """Delete it."""
        self._path.unlink(missing_ok=True)

    def __exit__(self, *exc_info: object) -> None:
        os.close(self._handle)


def left_over(folder: Path) -> Iterator[LeftOver]:
    """The files in ``folder`` that nobody holds, each held for the caller."""
    if not _LOCKS:
        return
    for path in sorted(folder.glob(f"{JOURNAL}*.jsonl")):
        with suppress(OSError):  # its process lives, or somebody else was quicker
            handle = os.open(path, os.O_RDONLY)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(handle)
                continue
            yield LeftOver(path, handle)


def lasting_url(session: Any) -> str | None:
    """The URL of the store of a session, as it counts in any folder and without its password; None
    for one that ends with its process.
    """
    store = getattr(session, "store", None)
    if isinstance(store, SQLiteStore):
        return None if store.path is None else url_of(store.path.absolute())
    url: str | None = getattr(store, "url", None)
    if url is None or url.startswith("memory:"):
        return None
    return url.replace(":***@", ":@")


def noted(line: str) -> tuple[str, str] | None:
    """The id and the URL of a line; None for what is no note of a throw-away conversation."""
    try:
        found = json.loads(line)
    except ValueError:  # cut off while it was written: nothing was made yet
        return None
    if not (isinstance(found, list) and len(found) == 2 and all(isinstance(e, str) for e in found)):
        return None
    return (found[0], found[1]) if found[0].startswith(PREFIX) else None
