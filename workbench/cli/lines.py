"""What a command prints: a table for people, or a JSON object a line for programs.

No colours, here or in a pipe. What comes from a store is a stranger's text, and is cleaned of what
would move the cursor of a terminal.
"""

from __future__ import annotations

import json
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

GAP = "  "
LONGEST = 1000
"""Characters of a value that a table shows in a pipe."""
NARROW = 12
"""Columns that a terminal without room cuts no further."""


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a frame as plain JSON values: None for NA, times in ISO 8601."""
    plain = frame.astype(object).where(frame.notna(), None)
    return [
        {str(name): _plain(value) for name, value in row.items()}
        for row in plain.to_dict("records")
    ]


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def print_json(rows: Iterable[Mapping[str, Any]]) -> None:
    """One object a line, in ASCII: it arrives in any locale, and escapes what a terminal obeys."""
    for row in rows:
        print(json.dumps(row))


def print_table(columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> None:
    """A line a row under the heads of ``columns``; in a terminal no line is wider than that."""
    from workbench.render.text import one_line

    cells = [[one_line(_said(row.get(name)), LONGEST) for name in columns] for row in rows]
    room = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    print(*aligned([list(columns.values()), *cells], room), sep="\n")


def _said(value: Any) -> str:
    return "-" if value is None or value == "" else str(value)


def aligned(rows: Sequence[Sequence[str]], room: int | None = None) -> list[str]:
    """Lines with their columns below each other, the widest cut until they fit into ``room``."""
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    while room is not None and sum(widths) + len(GAP) * (len(widths) - 1) > room:
        widest = max(range(len(widths)), key=widths.__getitem__)
        if widths[widest] <= NARROW:
            break
        widths[widest] -= 1
    return [GAP.join(map(padded, row, widths)).rstrip() for row in rows]


def padded(text: str, size: int) -> str:
    """``text`` in exactly ``size`` columns of a terminal."""
    if width(text) > size:
        while width(text) > size - 1:
            text = text[:-1]
        text += "…"
    return text + " " * (size - width(text))


def width(text: str) -> int:
    """How many columns of a terminal ``text`` takes: two for a wide sign (UAX 11), none for one
    that combines with the sign before it."""
    return sum(
        0 if unicodedata.combining(sign) else 1 + (unicodedata.east_asian_width(sign) in "WF")
        for sign in text
    )
