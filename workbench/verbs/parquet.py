"""Writing conversations to Parquet: ``wb.to_parquet``."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from workbench import loop
from workbench.errors import (
    CorruptItem,
    EncryptionError,
    SessionChanged,
    WorkbenchError,
    shorten,
)
from workbench.frames.parquet import TABLE_COLUMNS, About, read_about, write_table
from workbench.render.lines import labelled
from workbench.sessions.stored import StoredSession
from workbench.verbs.fleet import Member, chosen, fleet, opened
from workbench.verbs.progress import Bar
from workbench.verbs.session_folder import Folder, folder_path
from workbench.verbs.stream import SIZE, Stream, checked_size
from workbench.workspace import workspace

ENDING = ".parquet"
"""That of the files' names."""

_TRIES = 3
"""How often a session is read again that somebody else changes meanwhile."""

_OWN_FAULT = (CorruptItem, EncryptionError, SessionChanged)
"""What is wrong with one session, and no reason to leave the others unwritten."""


@dataclass(frozen=True, slots=True)
class ParquetReport:
    """What `to_parquet` has done; shows itself. ``folder`` is as it was given."""

    folder: str
    written: int
    """Sessions that were written, for the first time or anew."""
    kept: int
    """Sessions whose files are as they were, because nothing has changed since."""
    items: int
    """Rows of all these files."""
    encrypted: tuple[str, ...]
    """Sessions with encrypted items, which are in their files as they are stored."""
    left: tuple[str, ...]
    """Files of sessions that are not in the store any more."""
    removed: int
    """Such files that ``overwrite`` has removed."""
    seconds: float

    def __str__(self) -> str:
        return self._repr_mimebundle_()["text/plain"]

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """Plain text, Markdown and HTML."""
        return labelled(self._lines())

    def _lines(self) -> list[tuple[str, str]]:
        lines = [
            ("folder", self.folder),
            ("sessions", f"{self.written:,} written, {self.kept:,} as they were"),
            ("items", f"{self.items:,}"),
            ("seconds", f"{self.seconds:.1f}"),
        ]
        if self.encrypted:
            how = "as they are stored, not readable; decrypt=True writes plain text"
            lines.append(("encrypted", f"{_some(self.encrypted)}: {how}"))
        if self.left:
            how = "of sessions that are gone; overwrite=True removes them"
            lines.append(("left over", f"{_some(self.left)}: {how}"))
        if self.removed:
            lines.append(("removed", f"{self.removed:,} files of sessions that are gone"))
        return lines


def to_parquet(
    store: str | None,
    folder: str | os.PathLike[str],
    *,
    sessions: str | Iterable[str] | None = None,
    overwrite: bool = False,
    decrypt: bool = False,
    size: int = SIZE,
) -> ParquetReport:
    """Write the sessions of a store as Parquet, one file each, in flat memory.

    ``store`` is a store's URL, None for the named sessions of the workspace; ``sessions`` are the
    ids (names) to write, None for all. The columns are those of ``wb.history``, with ``item`` as
    JSON text; ``pandas.read_parquet(folder)`` gives the same dtypes, and any reader of Parquet, a
    distributed one too, takes the folder as one table.

    ``size`` items, a row group, are in memory at a time: fewer for items with large pictures.

    A file is there when it is whole: after a kill the same call goes on. It reads each session and
    keeps the file of one whose items, times and turns have the same digest as when it was written.
    With ``overwrite`` all of them are written anew, and files of sessions that the store no longer
    has are removed. Other files are never touched. Items of encrypted sessions are written as they
    are stored, unreadable; with ``decrypt`` as plain text, for which their keys have to be known.

    A session that can't be read leaves its file as it was, and raises when all others are written:
    CorruptItem, EncryptionError, SessionChanged. Raises InvalidValue for a folder of something
    else, NotFound for a store without sessions, UnknownSession, StoreError.

    >>> import pandas as pd
    >>> turn = wb.ask("demo", "My name is John", store="sqlite:///chats.db")
    >>> report = wb.to_parquet("sqlite:///chats.db", "table")
    >>> report.written, len(pd.read_parquet("table"))
    (1, 2)
    """
    begun = time.monotonic()
    size = checked_size(size)
    path = folder_path(folder)
    place = loop.run(fleet(store))
    members = chosen(place, sessions)
    target = Folder(path, str(workspace().file) if store is None else place[0].store, ENDING)
    with target.opened(overwrite=overwrite):
        writing = _Writing(target, size, overwrite=overwrite, decrypt=decrypt)
        writing.all(members)
        left = target.others((target.file(each.name) for each in place), remove=overwrite)
    writing.raise_failure()
    return ParquetReport(
        folder=os.fspath(folder),
        written=writing.written,
        kept=len(members) - writing.written,
        items=writing.items,
        encrypted=tuple(writing.encrypted),
        left=() if overwrite else tuple(each.name for each in left),
        removed=len(left) if overwrite else 0,
        seconds=time.monotonic() - begun,
    )


class _Writing:
    """One run: what it has written so far, and what it could not."""

    def __init__(self, folder: Folder, size: int, *, overwrite: bool, decrypt: bool) -> None:
        self.written = self.items = 0
        self.encrypted: list[str] = []
        self._folder = folder
        self._size = size
        self._overwrite = overwrite
        self._decrypt = decrypt
        self._failed: list[tuple[Member, WorkbenchError]] = []

    def all(self, members: list[Member]) -> None:
        """Write the sessions one by one."""
        with Bar("to_parquet", unit="sessions") as bar:
            for number, member in enumerate(members):
                bar(number, len(members))
                try:
                    self._patiently(member, bar)
                except _OWN_FAULT as exc:
                    self._failed.append((member, exc))

    def raise_failure(self) -> None:
        """Raise what was wrong with a session, if anything was."""
        if self._failed:
            others = [shorten(member.name) for member, _error in self._failed[1:]]
            error = self._failed[0][1]
            error.add_note("All other sessions were written.")
            if others:
                error.add_note(f"These could not be read either: {', '.join(others)}.")
            raise error

    def _patiently(self, member: Member, bar: Bar) -> None:
        for _ in range(_TRIES - 1):
            try:
                return self._one(member, bar)
            except SessionChanged:
                continue
        return self._one(member, bar)

    def _one(self, member: Member, bar: Bar) -> None:
        session = loop.run(opened(member, decrypt=self._decrypt))
        with Stream(session, size=self._size) as stream:
            stream.survey(bar, fingerprint=True)
            about = About(
                session_id=member.session_id,
                items=stream.facts.items,
                fingerprint=stream.fingerprint or "",
                plain=not isinstance(session, StoredSession),
            )
            if self._overwrite or read_about(self._folder.file(member.name)) != about:
                frames = stream.frames(TABLE_COLUMNS)
                self._folder.write(member.name, lambda file: write_table(file, frames, about))
                self.written += 1
            self.items += about.items
            self.encrypted += [member.name] if stream.facts.encrypted else []


def _some(names: tuple[str, ...]) -> str:
    shown = ", ".join(map(shorten, names[:5]))
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"
