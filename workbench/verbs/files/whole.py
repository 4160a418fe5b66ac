"""Files that are written whole or not at all.

What is written lies in a file beside the one that is meant, and takes its place when it is complete
and on the disk. An error leaves nothing; a kill or a power cut leaves at most a hidden
``.NAME.*.part``, never half a file under the name itself, and what was there before stays.
"""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from workbench.errors import InvalidValue, StoreFull, StoreUnusable, shorten

PRIVATE = 0o600
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EOPNOTSUPP, errno.EACCES})


def checked_target(path: str | os.PathLike[str], *, overwrite: bool) -> Path:
    """Where ``path`` leads, if a file may be written there. Raises InvalidValue.

    A link is followed, so that the file it names is the one that is replaced.
    """
    target = given_path(path)
    if target.is_dir():
        raise InvalidValue(f"{shorten(str(path))} is a folder: give the name of a file in it")
    if not target.parent.is_dir():
        folder = shorten(near(target.parent))
        raise InvalidValue(f"there is no folder {folder}: make it, or give another path")
    if target.exists() and not overwrite:
        raise _exists(target)
    return target


def given_path(path: str | os.PathLike[str]) -> Path:
    """``path`` as an absolute one, links followed. Raises InvalidValue for what is no path."""
    if not isinstance(path, str | os.PathLike) or not str(path):
        given = "empty text" if path == "" else f"a {type(path).__name__}"
        raise InvalidValue(f"a path is text or a pathlib.Path, not {given}")
    try:
        found = Path(path).expanduser().resolve()
        found.exists()  # raises for a name that is too long, and in a folder that is not ours
    except (OSError, RuntimeError, ValueError) as exc:
        why = exc.strerror if isinstance(exc, OSError) else exc
        raise InvalidValue(f"{shorten(str(path))} is no path of a file: {why}") from exc
    return found


def near(path: Path) -> str:
    """``path`` as people read it: from the current folder on, where it lies below that.

    So a notebook that is saved and shared does not tell where it was run.
    """
    with suppress(OSError, ValueError):
        return str(path.relative_to(Path.cwd()))
    return str(path)


@contextmanager
def whole_file(target: Path, *, overwrite: bool, private: bool = False) -> Iterator[BinaryIO]:
    """A file to write to that becomes ``target`` at the end of the block.

    ``private``: only its owner may read it; else it is as readable as the file it replaces, or as
    any new file. Raises InvalidValue when meanwhile somebody else has made ``target``, StoreFull,
    StoreUnusable.
    """
    part = target.with_name(f".{target.name[:200]}.{secrets.token_hex(4)}.part")
    try:
        # Closing writes what is left, and may find the disk full too.
        with _translated(target), part.open("xb") as file:
            if private:
                os.chmod(part, PRIVATE)
            yield file
            file.flush()
            os.fsync(file.fileno())
        with _translated(target):
            _put_in_place(part, target, overwrite=overwrite, private=private)
    finally:
        with suppress(OSError):
            part.unlink()


def _put_in_place(part: Path, target: Path, *, overwrite: bool, private: bool) -> None:
    if overwrite:
        with suppress(FileNotFoundError):
            mode = target.stat().st_mode & 0o777
            os.chmod(part, mode & PRIVATE if private else mode)
        os.replace(part, target)
    else:
        _link(part, target)
    _sync_folder(target.parent)


def _link(part: Path, target: Path) -> None:
    """Unlike a rename, a link never takes the place of a file that somebody made meanwhile."""
    try:
        os.link(part, target)
    except FileExistsError:
        raise _exists(target) from None
    except OSError as exc:
        if exc.errno not in _NO_LINKS:
            raise
        if target.exists():  # a file system without links: the next best
            raise _exists(target) from None
        os.replace(part, target)


def _sync_folder(folder: Path) -> None:
    with suppress(OSError):  # Windows can't open a folder
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _exists(target: Path) -> InvalidValue:
    return InvalidValue(
        f"there is a file {shorten(near(target))} already; overwrite=True replaces it"
    )


@contextmanager
def _translated(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        if exc.filename is None and exc.errno is None:
            raise
        full = exc.errno in _FULL
        why = "the disk is full" if full else exc.strerror or str(exc)
        kind = StoreFull if full else StoreUnusable
        raise kind(f"{shorten(str(target))} was not written: {why}; what was there stays") from exc
