"""A folder of files of one format, one for each conversation, of which none is ever half written.

A file is written under a name that readers pass over (it begins with a dot), and takes its own name
when it is whole. What a run that was killed has left is cleared by the next one. Nothing that is
not ours is ever replaced or deleted: a folder of ours has a file `MARK` in it.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path
from typing import IO

from workbench.errors import InvalidValue, StoreFull, StoreLocked, StoreUnusable
from workbench.stores.sqlite.queue import open_lock_file

try:
    import fcntl
except ImportError:  # Windows has no flock
    fcntl = None  # type: ignore[assignment]

MARK = "_workbench.json"
"""Says that a folder is ours, which place its conversations are from and in what format. Readers of
Parquet pass over names that begin with an underscore."""

_NO_ROOM = frozenset({28, 122})  # ENOSPC, EDQUOT
_FIRST_ENDING = ".parquet"
"""That of a folder whose `MARK` names none: it was made before there were others."""
_OURS = r"[A-Za-z0-9.-]*-[0-9a-f]{16}"
_PART = r"(\.[0-9a-f]{8}\.part)?"
"""What `workbench.verbs.files.whole` puts behind the name of a file that is not whole yet."""
_READABLE = 60
"""Characters of a session's id that the name of its file shows."""


class Folder:
    """The folder at ``path`` for the conversations of one ``place``; `opened` first.

    ``ending`` is that of its files, which says their format.
    """

    def __init__(self, path: Path, place: str, ending: str) -> None:
        self.path = path
        self._place = _digest(place)
        self._ending = ending

    @contextmanager
    def opened(self, *, overwrite: bool) -> Iterator[None]:
        """Make it or take it over, for this process alone, and clear what a killed run has left.

        Raises InvalidValue for a folder of something else, StoreLocked when another run has it.
        """
        with _translated(self.path), _alone(self.path):
            self._take(overwrite)
            yield

    def file(self, name: str, *, shown: str | None = None) -> Path:
        """The file of a session, there or not; ``shown`` is said instead of its name."""
        return self.path / file_name(name, self._ending, shown)

    def write(self, name: str, fill: Callable[[IO[bytes]], object]) -> None:
        """Replace the file of a session, in one step, by what ``fill`` writes."""
        target = self.file(name)
        draft = target.with_name(f".{target.name}")
        try:
            with draft.open("wb") as handle:
                fill(handle)
                handle.flush()
                os.fsync(handle.fileno())
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)

    def others(self, files: Iterable[Path], *, remove: bool = False) -> list[Path]:
        """The files of ours that are none of these; with ``remove`` they are deleted."""
        known = {each.name for each in files}
        ours = re.compile(_OURS + re.escape(self._ending))
        found = [each for each in self.path.iterdir() if ours.fullmatch(each.name)]
        left = sorted(each for each in found if each.name not in known)
        for each in left if remove else ():
            each.unlink()
        return left

    def _take(self, overwrite: bool) -> None:
        if self.path.exists() and not self.path.is_dir():
            raise InvalidValue(f"{self.path} is a file; give a folder")
        self.path.mkdir(parents=True, exist_ok=True)
        mark = self.path / MARK
        if not mark.exists() and any(each.name[0] != "." for each in self.path.iterdir()):
            raise InvalidValue(
                f"{self.path} holds other files, which are never touched; give a new folder"
            )
        if mark.exists():
            self._check(mark, overwrite)
        draft = re.compile(rf"\.{_OURS}{re.escape(self._ending)}{_PART}")
        for each in self.path.iterdir():
            if draft.fullmatch(each.name):
                each.unlink()
        _write_mark(mark, {"place": self._place, "ending": self._ending})

    def _check(self, mark: Path, overwrite: bool) -> None:
        said = _read_mark(mark)
        ending = said.get("ending", _FIRST_ENDING)
        if ending != self._ending:  # readers take all files of a folder for one kind
            raise InvalidValue(
                f"{self.path} holds sessions as *{ending}; give another folder for *{self._ending}"
            )
        if said.get("place") != self._place and not overwrite:
            raise InvalidValue(
                f"{self.path} holds the sessions of another store; give another folder, or "
                "overwrite=True, which replaces them"
            )


def folder_path(folder: str | os.PathLike[str]) -> Path:
    """The path of a folder as it was given. Raises InvalidValue for what can't be one."""
    try:
        path = Path(os.fsdecode(folder)).expanduser()
    except TypeError:
        raise InvalidValue(
            f"a folder is given by its path, not by a {type(folder).__name__}"
        ) from None
    if not os.fspath(folder) or "\0" in str(path):
        raise InvalidValue("a folder's path is not empty and has no NUL character")
    return path


def file_name(name: str, ending: str, shown: str | None = None) -> str:
    """The file of a session: as much of its name as any system can have, and a digest of it all.

    With the digest two names never share a file, also where large and small letters are the same.
    """
    shown = name if shown is None else shown
    shown = re.sub(r"[^A-Za-z0-9.-]+", "-", shown)[:_READABLE].strip(".-")
    return f"{shown or 'session'}-{_digest(name)}{ending}"


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _read_mark(mark: Path) -> dict[str, str]:
    with suppress(ValueError):
        said = json.loads(mark.read_bytes())
        return said if isinstance(said, dict) else {}
    return {}


def _write_mark(mark: Path, said: dict[str, str]) -> None:
    draft = mark.with_name(f".{mark.name}")
    draft.write_text(json.dumps({"format": "conversation-workbench", **said}))
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
            f"another program writes to {path} at this moment; wait for its end"
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
