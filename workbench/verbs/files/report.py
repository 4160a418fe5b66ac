"""What an export or a recording did: a small report that shows itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workbench.render.lines import labelled
from workbench.verbs.files.whole import near

ENCRYPTED = (
    "it is kept encrypted, and this file is plain text: it was written because you hold the key, "
    "and only you may read it (mode 0600); keep it as you keep the key"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A file that was written. ``items`` are those of the conversation, ``archived`` those of the
    archive, ``redacted`` how many of each kind were replaced, ``notes`` sentences on what the file
    does not hold."""

    path: Path
    format: str
    size: int
    items: int
    archived: int = 0
    turns: int = 0
    redacted: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def _lines(self) -> list[tuple[str, str]]:
        archived = f", {counted(self.archived, 'item')} of the archive" if self.archived else ""
        turns = f", {counted(self.turns, 'turn')}" if self.turns else ""
        found = ", ".join(f"{count} {kind}" for kind, count in sorted(self.redacted.items()))
        return [
            ("file", near(self.path)),
            ("format", f"{self.format}, {_bytes(self.size)}"),
            ("holds", f"{counted(self.items, 'item')}{archived}{turns}"),
            *([("redacted", found)] if found else []),
            *(("note", note) for note in self.notes),
        ]

    def __str__(self) -> str:
        return labelled(self._lines())["text/plain"]

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """Plain text, Markdown and HTML."""
        return labelled(self._lines())


def counted(number: int, noun: str) -> str:
    """So many of something, in words."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def _bytes(size: int) -> str:
    for unit in ("bytes", "kB", "MB"):
        if size < 1000 or unit == "MB":
            break
        size = -(-size // 1000)
    return f"{size:,} {unit}"
