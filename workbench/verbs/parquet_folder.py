"""A folder of Parquet files, one for each conversation, of which none is ever half written.

A file is written under a name that readers pass over (it begins with a dot), and takes its own name
when it is whole. What a run that was killed has left is cleared by the next one. Nothing that is
not ours is ever replaced or deleted: a folder of ours has a file `MARK` in it.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path
from typing import IO

from workbench.errors import InvalidValue, StoreFull, StoreLocked, StoreUnusable
from workbench.frames.parquet import About, read_about
from workbench.stores.sqlite.queue import open_lock_file

try:
    import fcntl
except ImportError:  # Windows has no flock
    fcntl = None  # type: ignore[assignment]

MARK = "_workbench.json"
"""Says that a folder is ours, and which place its conversations are from. Readers of Parquet pass
over names that begin with an underscore."""

_NO_ROOM = frozenset({28, 122})  # ENOSPC, EDQUOT
_OURS = re.compile(r"[A-Za-z0-9.-]*-[0-9a-f]{16}\.parquet")
_DRAFT = re.compile(rf"\.{_OURS.pattern}")
_READABLE = 60
"""Characters of a session's id that the name of its file shows."""


class Folder:
    """The folder at ``path`` for the conversations of one ``place``; `opened` first."""

    def __init__(self, path: Path, place: str) -> None:
        self.path = path
        self._place = _digest(place)

    @contextmanager
    def opened(self, *, overwrite: bool) -> Iterator[None]:
        """Make it or take it over, for this process alone, and clear what a killed run has left.

        Raises InvalidValue for a folder of something else, StoreLocked when another run has it.
        """
        with _translated(self.path), _alone(self.path):
            self._take(overwrite)
            yield

    def about(self, name: str) -> About | None:
        """What the file of a session says of itself; None when there is none, or none of ours."""
        return read_about(self.path / file_name(name))

    def write(self, name: str, fill: Callable[[IO[bytes]], object]) -> None:
        """Replace the file of a session, in one step, by what ``fill`` writes."""
        target = self.path / file_name(name)
        draft = target.with_name(f".{target.name}")
        try:
            with draft.open("wb") as handle:
                fill(handle)
                handle.flush()
                os.fsync(handle.fileno())
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)

    def others(self, names: list[str]) -> list[Path]:
        """The files of ours that belong to no session of these names."""
        known = {file_name(name) for name in names}
        return sorted(each for each in self._files() if each.name not in known)

    def _files(self) -> list[Path]:
        return [each for each in self.path.iterdir() if _OURS.fullmatch(each.name)]

    def _take(self, overwrite: bool) -> None:
        if self.path.exists() and not self.path.is_dir():
            raise InvalidValue(f"{self.path} is a file; give a folder")
        self.path.mkdir(parents=True, exist_ok=True)
        mark = self.path / MARK
        if not mark.exists() and any(each.name[0] != "." for each in self.path.iterdir()):
            raise InvalidValue(
                f"{self.path} holds other files, which are never touched; give a new folder"
            )
        if mark.exists() and not overwrite and _place_in(mark) != self._place:
            raise InvalidValue(
                f"{self.path} holds the sessions of another store; give another folder, or "
                "overwrite=True, which replaces them"
            )
        for draft in self.path.iterdir():
            if _DRAFT.fullmatch(draft.name):
                draft.unlink()
        _write_mark(mark, self._place)


def file_name(name: str) -> str:
    """The file of a session: as much of its name as any system can have, and a digest of it all.

    With the digest two names never share a file, also where large and small letters are the same.
    """
    shown = re.sub(r"[^A-Za-z0-9.-]+", "-", name)[:_READABLE].strip(".-")
    return f"{shown or 'session'}-{_digest(name)}.parquet"


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _place_in(mark: Path) -> str | None:
    with suppress(ValueError, AttributeError):
        place: str | None = json.loads(mark.read_bytes()).get("place")
        return place
    return None


def _write_mark(mark: Path, place: str) -> None:
    draft = mark.with_name(f".{mark.name}")
    draft.write_text(json.dumps({"format": "conversation-workbench", "place": place}))
    draft.replace(mark)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    handle = open_lock_file(path) if fcntl else None
    if handle is None:
        yield
        return
    try:
        _lock(handle, path)
        yield
    finally:
        os.close(handle)


def _lock(handle: int, path: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise StoreLocked(
            f"another wb.to_parquet writes to {path} at this moment; wait for its end"
        ) from None


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    """Errors of the file system as ours."""
    try:
        yield
    except OSError as exc:
        if exc.errno in _NO_ROOM:
            raise StoreFull(
                f"there is no room for {path}; what is whole stays, and the same call goes on"
            ) from exc
        raise StoreUnusable(f"{path} can't be written: {exc.strerror or exc}") from exc
