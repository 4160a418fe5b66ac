"""Which columns a grid shows first, and what a page is told of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workbench.render.text import one_line
from workbench.widgets.grid.column import GridColumn
from workbench.widgets.grid.filters import way

FIRST = 30
"""Columns of a frame that is none of ours that are shown at first."""

_HISTORY = ("order", "turn", "archived", "role", "type", "content", "tool_call_function")
_FOUND = ("session", "order", "turn", "role", "snippet", "score")
_KNOWN = {
    "content": (*_HISTORY, "created_at"),
    "snippet": (*_FOUND, "created_at"),
}
"""A column by which a frame of ours is known, and those of it that people read."""


def shown_first(columns: Sequence[GridColumn]) -> list[int]:
    """The places of the columns that are shown until the reader chooses others."""
    names = {each.name for each in columns}
    for mark, wanted in _KNOWN.items():
        if {mark, "role", "item"} <= names:
            return [place for place, each in enumerate(columns) if each.name in wanted]
    plain = [place for place, each in enumerate(columns) if each.kind != "item"]
    return (plain or list(range(len(columns))))[:FIRST]


def about(columns: Sequence[GridColumn], *, found: bool) -> list[list[Any]]:
    """What a page is told of the columns: name, kind, dtype, how it is filtered. ``found``: they
    are of ``wb.search``, whose snippets mark what was found."""
    return [
        [
            one_line(each.name),
            "snippet" if found and each.name == "snippet" else each.kind,
            one_line(each.dtype),
            way(each),
        ]
        for each in columns
    ]
