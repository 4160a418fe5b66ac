"""``wb.export_all``: every conversation of a place as JSON lines, a file each, in one folder."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workbench import loop
from workbench.errors import StoreFull, WorkbenchError, shorten
from workbench.render.lines import labelled
from workbench.verbs.files.export import written
from workbench.verbs.files.jsonl import write
from workbench.verbs.files.redact import Redaction
from workbench.verbs.files.report import counted
from workbench.verbs.files.source import source
from workbench.verbs.fleet import Member, fleet
from workbench.verbs.progress import Bar
from workbench.verbs.session_folder import Folder, folder_path
from workbench.workspace import workspace

ENDING = ".jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class AllWritten:
    """What `export_all` has written; shows itself. ``archived`` are items of the archives,
    ``redacted`` how many of each kind were replaced.
    """

    folder: Path
    sessions: int
    items: int
    archived: int = 0
    redacted: Mapping[str, int] = field(default_factory=dict)
    encrypted: tuple[str, ...] = ()
    """Sessions that are kept encrypted, and are plain text in their files."""
    left: tuple[str, ...] = ()
    """Files of sessions that are not there any more."""
    removed: int = 0
    """Such files that ``overwrite`` has removed."""

    def _lines(self) -> list[tuple[str, str]]:
        archived = f", {counted(self.archived, 'item')} of the archives" if self.archived else ""
        found = ", ".join(f"{count} {kind}" for kind, count in sorted(self.redacted.items()))
        lines = [
            ("folder", str(self.folder)),
            ("sessions", f"{self.sessions:,}"),
            ("holds", f"{counted(self.items, 'item')}{archived}"),
            ("redacted", found),
            ("removed", f"{counted(self.removed, 'file')} of sessions that are gone"),
        ]
        lines = [each for each in lines if each[0] != "redacted" or found]
        lines = [each for each in lines if each[0] != "removed" or self.removed]
        if self.encrypted:
            how = "plain text in their files, which only you may read (mode 0600)"
            lines.append(("encrypted", f"{_some(self.encrypted)}: {how}"))
        if self.left:
            lines.append(("left over", f"{_some(self.left)}: of sessions that are gone"))
        return lines

    def __str__(self) -> str:
        return labelled(self._lines())["text/plain"]

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """Plain text, Markdown and HTML."""
        return labelled(self._lines())


def export_all(
    folder: str | os.PathLike[str],
    *,
    store: str | None = None,
    redact: Any = None,
    overwrite: bool = False,
    archived: bool = True,
) -> AllWritten:
    """Write every conversation to a folder as JSON lines, without loss: the way to leave.

    They are the named sessions of the workspace, or with ``store`` (a URL) all that lie there. Each
    is a file of its own as `wb.export` writes it, with ``redact`` and ``archived`` as there;
    `wb.load` reads it again. Its name is as much of the session's as a file can have, and a digest.

    Each file appears when it is whole. After a kill, or when conversations have gone on, the same
    call writes them all anew and replaces their files one by one. In a folder of something else, or
    of another store, nothing is written; with ``overwrite`` that of another store is taken over,
    and files of sessions that are gone are removed.

    A session that can't be read leaves its file as it was, and raises when all others are written:
    KeyRequired, WrongKey, CorruptItem, StoreError. Raises NotFound for a place without sessions,
    InvalidValue, StoreFull.

    >>> import workbench as wb
    >>> turn = wb.ask("demo", "My name is John", stream=False)
    >>> wb.export_all("backup").sessions
    1
    """
    path = folder_path(folder).absolute()
    Redaction(redact)  # a wrong one is refused before there is a folder
    members = loop.run(fleet(store))
    target = Folder(path, str(workspace().file) if store is None else members[0].store, ENDING)
    with target.opened(overwrite=overwrite):
        writing = _Writing(target, store, redact=redact, archived=archived)
        writing.all(members)
        left = target.others(writing.files, remove=overwrite)
    writing.raise_failure()
    return AllWritten(
        folder=path,
        sessions=len(members),
        items=writing.items,
        archived=writing.kept,
        redacted=dict(writing.redacted),
        encrypted=tuple(writing.encrypted),
        left=() if overwrite else tuple(each.name for each in left),
        removed=len(left) if overwrite else 0,
    )


class _Writing:
    """One run: what it has written so far, and what it could not."""

    def __init__(self, folder: Folder, store: str | None, *, redact: Any, archived: bool) -> None:
        self.items = self.kept = 0
        self.redacted: Counter[str] = Counter()
        self.encrypted: list[str] = []
        self.files: list[Path] = []
        self._folder = folder
        self._store = store
        self._redact = redact
        self._archived = archived
        self._failed: list[tuple[Member, WorkbenchError]] = []

    def all(self, members: list[Member]) -> None:
        """Write the sessions one by one."""
        with Bar("export", unit="sessions") as bar:
            for number, member in enumerate(members):
                bar(number, len(members))
                # What is said of a person is not said by the name of a file either.
                shown = Redaction(self._redact).text(member.name)
                self.files.append(self._folder.file(member.name, shown=shown))
                try:
                    self._one(member, self.files[-1])
                except StoreFull:  # the others have no room either
                    raise
                except WorkbenchError as exc:
                    self._failed.append((member, exc))

    def _one(self, member: Member, place: Path) -> None:
        name = member.name if self._store is None else member.session_id
        read = source(name, store=self._store, redact=self._redact, archived=self._archived)
        written(read, place, write, _unwatched, overwrite=True)
        self.items += read.items
        self.kept += read.kept
        self.redacted += read.redaction.counts
        self.encrypted += [member.name] if read.heading.encrypted else []

    def raise_failure(self) -> None:
        """Raise what was wrong with a session, if anything was."""
        if self._failed:
            error = self._failed[0][1]
            error.add_note("All other sessions were written.")
            if others := tuple(member.name for member, _error in self._failed[1:]):
                error.add_note(f"These could not be written either: {_some(others)}.")
            raise error


def _unwatched(_done: int, _total: int) -> None:
    """The bar counts sessions, not the items of one."""


def _some(names: tuple[str, ...]) -> str:
    shown = ", ".join(map(shorten, names[:5]))
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"
