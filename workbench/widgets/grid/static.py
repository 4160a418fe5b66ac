"""A grid where nothing runs: its first rows as a table, under a line of counts."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.render.lines import table
from workbench.render.text import one_line
from workbench.widgets.grid.column import GridColumn
from workbench.widgets.grid.looking import View
from workbench.widgets.grid.values import preview

ROWS = 10
"""Rows of the saved form."""

_WIDTH = 80


def counted(view: View, all_rows: int, selected: int) -> str:
    """The line of counts."""
    line = f"{all_rows:,} {'row' if all_rows == 1 else 'rows'}"
    if view.total != all_rows:
        line = f"{view.total:,} of {line}"
    return line + (f", {selected:,} selected" if selected else "")


def forms(columns: Sequence[GridColumn], view: View, title: str, counts: str) -> dict[str, str]:
    """Plain text, Markdown and HTML by MIME type."""
    names = [one_line(each.name, _WIDTH) for each in columns]
    rows = [
        [one_line(preview(each.at(int(row))) or "", _WIDTH) for each in columns]
        for row in view.page(0, ROWS)
    ]
    heading = f"{title}: {counts}"
    if view.total > ROWS:
        heading += f"; the first {ROWS}:"
    return {
        "text/plain": "\n".join([heading, *_aligned(names, rows)]),
        **table(names, rows, title=heading),
    }


def _aligned(names: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [names, *rows]
    widths = [max(len(line[place]) for line in lines) for place in range(len(names))]
    return [
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]
