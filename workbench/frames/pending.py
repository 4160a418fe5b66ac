"""The calls that wait for an approval, as a DataFrame: one row per call.

| column | dtype | meaning |
| --- | --- | --- |
| `session` | string | the session's name, or its id |
| `turn` | Int64 | the turn that asked, as `wb.turns` counts |
| `call_id` | string | the call, as `wb.approve` and `wb.reject` take it |
| `tool` | string | the tool that is to be called |
| `arguments` | string | what it is to be called with: JSON, mostly |
| `agent` | string | the agent that wants to call it |
| `asked_at` | datetime64[us, UTC] | when the turn came to a halt |
| `status` | string | waiting, approved, rejected; started: the run goes on, or was cut off |
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from workbench.frames.columns import Column, build_frame

if TYPE_CHECKING:
    import pandas as pd


def _given(name: str, dtype: str, doc: str) -> Column:
    return Column(name, dtype, doc, lambda row: row.get(name))


PENDING_COLUMNS: tuple[Column, ...] = (
    _given("session", "string", "the session's name, or its id"),
    _given("turn", "Int64", "the turn that asked, as `wb.turns` counts"),
    _given("call_id", "string", "the call, as `wb.approve` and `wb.reject` take it"),
    _given("tool", "string", "the tool that is to be called"),
    _given("arguments", "string", "what it is to be called with: JSON, mostly"),
    _given("agent", "string", "the agent that wants to call it"),
    _given("asked_at", "datetime64[us, UTC]", "when the turn came to a halt"),
    _given(
        "status",
        "string",
        "waiting, approved, rejected; started: the run goes on, or was cut off",
    ),
)
"""The columns of ``wb.pending``, in order."""


def pending_frame(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """A frame of the columns PENDING_COLUMNS from mappings by those names."""
    return build_frame(PENDING_COLUMNS, rows)
