"""What a model would be sent, as a DataFrame: one row for each thing, in the order it is sent.

| column | dtype | meaning |
| --- | --- | --- |
| `part` | string | instructions, tool, output type, history, summary or prompt |
| `order` | Int64 | its `order` in `wb.history`; NA for what is not part of it |
| `role` | string | user, assistant, tool, system or developer |
| `type` | string | the item's type: message, function_call, ... |
| `content` | string | its text; the description of a tool |
| `tokens` | Int64 | estimated |
| `share` | Float64 | of all that is sent, from 0 to 1 |
| `item` | object | the item itself, a dict; NA for what is none |
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import pandas as pd

from workbench.frames.columns import Column, build_frame


@dataclass(frozen=True, slots=True)
class ContextRow:
    """One thing that is sent; ``share`` is of all."""

    part: str
    role: str
    type: str
    content: str
    tokens: int
    share: float = 0.0
    order: int | None = None
    item: Mapping[str, Any] | None = None


CONTEXT_COLUMNS: tuple[Column, ...] = (
    Column(
        "part",
        "string",
        "instructions, tool, output type, history, summary or prompt",
        attrgetter("part"),
    ),
    Column(
        "order",
        "Int64",
        "its `order` in `wb.history`; NA for what is not part of it",
        attrgetter("order"),
    ),
    Column("role", "string", "user, assistant, tool, system or developer", attrgetter("role")),
    Column("type", "string", "the item's type: message, function_call, ...", attrgetter("type")),
    Column("content", "string", "its text; the description of a tool", attrgetter("content")),
    Column("tokens", "Int64", "estimated", attrgetter("tokens")),
    Column("share", "Float64", "of all that is sent, from 0 to 1", attrgetter("share")),
    Column(
        "item",
        "object",
        "the item itself, a dict; NA for what is none",
        lambda row: pd.NA if row.item is None else row.item,
    ),
)
"""The columns of ``wb.context(...).frame``, in order."""


def context_frame(rows: Sequence[ContextRow]) -> pd.DataFrame:
    """A row for each of ``rows``; the columns are CONTEXT_COLUMNS."""
    return build_frame(CONTEXT_COLUMNS, rows)


ROLE_COLUMNS: tuple[Column, ...] = (
    Column("role", "string", "who says it; instructions and tools apart", lambda row: row[0]),
    Column("n_items", "Int64", "how many there are", lambda row: row[1]),
    Column("tokens", "Int64", "estimated", lambda row: row[2]),
    Column("share", "Float64", "of all that is sent, from 0 to 1", lambda row: row[3]),
)
"""The columns of ``wb.context(...).roles``, in order."""


def roles_frame(rows: Sequence[tuple[str, int, int, float]]) -> pd.DataFrame:
    """A row for each role; the columns are ROLE_COLUMNS."""
    return build_frame(ROLE_COLUMNS, rows)
