"""What a copy came to, as it shows itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workbench.render.lines import labelled


@dataclass(frozen=True, slots=True)
class CopyReport:
    """A copy that is whole: each of its items was read back and compared.

    ``name`` is what it is called in the workspace, None where the target was a session object;
    ``resumed``: it went on with one that was cut off. ``notes`` say in sentences what the target
    can't hold, or holds otherwise.
    """

    source: str
    target: str
    name: str | None
    items: int
    archived: int
    turns: int
    seconds: float
    resumed: bool = False
    notes: tuple[str, ...] = ()

    def _lines(self) -> list[tuple[str, str]]:
        size = f"{_count(self.items, 'item')}, {_count(self.turns, 'turn')}"
        if self.archived:
            size += f", {_count(self.archived, 'item')} in the archive"
        how = "went on with a copy that was cut off, " if self.resumed else ""
        return [
            ("copied", self.source),
            ("to", self.target),
            *([("name", self.name)] if self.name is not None else []),
            ("length", size),
            ("verified", f"{how}every item read back and compared, {self.seconds:.1f} s"),
            *(("note", note) for note in self.notes),
        ]

    def __str__(self) -> str:
        return self._repr_mimebundle_()["text/plain"]

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """Plain text, Markdown and HTML."""
        return labelled(self._lines())


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
