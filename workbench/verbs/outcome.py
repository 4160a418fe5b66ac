"""What a change of a conversation did, in sentences: an object that shows itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import Any

from workbench.render.lines import cell
from workbench.render.safe_html import disarmed
from workbench.render.text import one_line


@dataclass(frozen=True, slots=True, repr=False)
class Outcome:
    """How many ``items`` and (where it is about turns) ``turns`` a change has moved.

    ``lines`` say it, the last of them how to take it back. Nothing moved: both counts are 0.
    """

    session: str
    lines: tuple[str, ...]
    items: int
    turns: int = 0

    def __repr__(self) -> str:
        return f"<{self.lines[0].rstrip('.')}>"

    def __str__(self) -> str:
        return "\n".join(one_line(line, 1_000) for line in self.lines)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """Plain text, Markdown and HTML."""
        lines = str(self).splitlines()
        return {
            "text/plain": "\n".join(lines),
            "text/markdown": "\n\n".join(map(cell, lines)),
            "text/html": disarmed("".join(f"<p>{escape(line)}</p>" for line in lines)),
        }


def count(number: int, noun: str) -> str:
    """``1 item``, ``2 items``."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def listed(numbers: Iterable[int]) -> str:
    """Numbers as people write them: ``2``, ``2 and 5``, ``2 to 4 and 7``."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    parts = [
        part
        for run in runs
        for part in ([f"{run[0]} to {run[-1]}"] if len(run) > 2 else list(map(str, run)))
    ]
    head, last = parts[:-1], parts[-1]
    return f"{', '.join(head)} and {last}" if head else last
