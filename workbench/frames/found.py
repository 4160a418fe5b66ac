"""What a search has found as a DataFrame, one row per item, the best first.

| column | dtype | meaning |
| --- | --- | --- |
| `session` | string | the session's name in this workspace, NA for one without |
| `session_id` | string | its id in the store |
| `store` | string | the store's URL, without secrets; NA for a session of another library |
| `order` | Int64 | the item's place in the history, from 1, as in `wb.history` |
| `turn` | Int64 | the turn it belongs to, from 1 |
| `role` | string | user, assistant, tool, system or developer |
| `type` | string | the item's type: message, function_call, ... |
| `snippet` | string | the text around what was found, which stands between `**` |
| `score` | Float64 | how well it fits (BM25): the higher, the better |
| `created_at` | datetime64[us, UTC] | when it was stored |
| `item` | item | the item itself, a dict |
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from operator import attrgetter
from typing import Any

import pandas as pd

from workbench import items as of
from workbench.frames.columns import Column, build_frame
from workbench.words import MARK


@dataclass(frozen=True, slots=True)
class FoundRow:
    """One item that was found, and where."""

    session: str | None
    session_id: str
    store: str | None
    order: int | None
    turn: int | None
    item: Mapping[str, Any]
    snippet: str
    score: float
    created_at: datetime | None


FOUND_COLUMNS: tuple[Column, ...] = (
    Column(
        "session",
        "string",
        "the session's name in this workspace, NA for one without",
        attrgetter("session"),
    ),
    Column("session_id", "string", "its id in the store", attrgetter("session_id")),
    Column(
        "store",
        "string",
        "the store's URL, without secrets; NA for a session of another library",
        attrgetter("store"),
    ),
    Column(
        "order",
        "Int64",
        "the item's place in the history, from 1, as in `wb.history`",
        attrgetter("order"),
    ),
    Column("turn", "Int64", "the turn it belongs to, from 1", attrgetter("turn")),
    Column(
        "role",
        "string",
        "user, assistant, tool, system or developer",
        lambda row: of.role(row.item),
    ),
    Column(
        "type",
        "string",
        "the item's type: message, function_call, ...",
        lambda row: of.kind(row.item),
    ),
    Column(
        "snippet",
        "string",
        "the text around what was found, which stands between `**`",
        attrgetter("snippet"),
    ),
    Column(
        "score", "Float64", "how well it fits (BM25): the higher, the better", attrgetter("score")
    ),
    Column("created_at", "datetime64[us, UTC]", "when it was stored", attrgetter("created_at")),
    Column("item", "item", "the item itself, a dict", attrgetter("item")),
)
"""The columns of ``wb.search``, in order."""

_SHOWN = ("session", "session_id", "order", "turn", "role", "snippet", "score", "created_at")
"""The columns that people look at; the others are there to go on with."""

_WIDTH = 400
"""Characters of a snippet that are shown; pandas would cut it after 50."""

_CELL = re.compile(rf"{re.escape(MARK)}(.+?){re.escape(MARK)}")


class FoundFrame(pd.DataFrame):
    """The frame of ``wb.search``: in HTML what was found is marked, and snippets are whole."""

    @property
    def _constructor(self) -> type[FoundFrame]:
        return FoundFrame

    def __repr__(self) -> str:
        with pd.option_context("display.max_colwidth", _WIDTH, "display.expand_frame_repr", False):
            return repr(self._shown())

    def _repr_html_(self) -> str | None:
        if "snippet" not in self.columns:
            plain: str | None = super()._repr_html_()  # type: ignore[misc]  # not in pandas' stubs
            return plain
        shown = self._shown()
        texts = shown.select_dtypes(include=["string"]).map(_escaped, na_action="ignore")
        marked = shown.copy()
        marked[texts.columns] = texts
        marked["snippet"] = marked["snippet"].map(_marked, na_action="ignore")
        # What a model wrote between dollar signs is no formula.
        with pd.option_context("display.max_colwidth", None, "display.html.use_mathjax", False):
            return marked.to_html(escape=False, max_rows=60, show_dimensions=True, notebook=True)

    def _shown(self) -> pd.DataFrame:
        return pd.DataFrame(self)[[name for name in _SHOWN if name in self.columns]]


def _escaped(text: str) -> str:
    return escape(text)


def _marked(text: str) -> str:
    return _CELL.sub(r"<mark>\1</mark>", text)


def found_frame(rows: Sequence[FoundRow]) -> FoundFrame:
    """The frame of what was found, in the order of ``rows``; the columns are FOUND_COLUMNS."""
    return FoundFrame(build_frame(FOUND_COLUMNS, rows))
