"""A history with its archive, shown so that one sees at a glance what has left the conversation.

It is a DataFrame like any other; only how it is displayed differs: archived rows are grey in HTML,
and in plain text, which shows the first and the last columns alone when there is little room, the
column that marks them comes first.
"""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from workbench.frames.readable import unbroken

_GREY = '<tr style="color:gray">'
"""Readable on white (4:1) and on black (5:1) alike."""
_ROW = re.compile(r"<tr>")


class FullHistory(pd.DataFrame):
    """The frame of ``wb.history(..., full=True)``, and what is selected from it."""

    @property
    def _constructor(self) -> type[FullHistory]:
        return FullHistory

    def __repr__(self) -> str:
        if "archived" not in self.columns:
            return super().__repr__()
        others = [name for name in self.columns if name != "archived"]
        return repr(pd.DataFrame(self)[["archived", *others]].fillna({"archived": ""}))

    def _repr_html_(self) -> str | None:
        html = unbroken(super()._repr_html_())  # type: ignore[misc]  # not in pandas' stubs
        if html is None or "archived" not in self.columns:
            return html
        head, begin, body = html.partition("<tbody>")
        rows, end, rest = body.partition("</tbody>")
        marks = iter(_marks(list(self["archived"].notna()), len(_ROW.findall(rows))))
        greyed = _ROW.sub(lambda _row: _GREY if next(marks) else "<tr>", rows)
        return head + begin + greyed + end + rest


def _marks(archived: list[Any], shown: int) -> list[bool]:
    """Which of the ``shown`` rows are archived: pandas leaves out the middle of a long frame, and
    shows a row of dots there.
    """
    if shown >= len(archived):
        return [bool(each) for each in archived] + [False] * (shown - len(archived))
    half = shown // 2
    return [bool(each) for each in (*archived[:half], False, *archived[len(archived) - half :])]
