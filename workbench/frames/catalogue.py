"""The sessions of a store, and the named sessions of a workspace, as DataFrames.

``sessions_frame``, one row per session of a store:

| column | dtype | meaning |
| --- | --- | --- |
| `session_id` | string | the conversation's id in the store |
| `n_items` | Int64 | how many items it has |
| `created_at` | datetime64[us, UTC] | when it was begun |
| `updated_at` | datetime64[us, UTC] | when it was last written |

``catalogue_frame`` (``wb.list_sessions``), one row per named session:

| column | dtype | meaning |
| --- | --- | --- |
| `name` | string | the session's name in this workspace |
| `session_id` | string | its id in the store |
| `store` | string | the store's URL, without secrets |
| `n_items` | Int64 | how many items it has |
| `agent` | string | the agent it was last used with |
| `model` | string | the model it was last used with |
| `title` | string | its title |
| `tags` | string | its tags, with a comma and a space between them |
| `metadata` | string | its metadata, as a JSON object |
| `created_at` | datetime64[us, UTC] | when it was begun |
| `updated_at` | datetime64[us, UTC] | when it was last written |
| `last_used` | datetime64[us, UTC] | when it was last asked or looked at here |
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from workbench.frames.columns import Column, build_frame
from workbench.protocols import Store

if TYPE_CHECKING:
    import pandas as pd

_TIME = "datetime64[us, UTC]"

SESSION_COLUMNS: tuple[Column, ...] = (
    Column("session_id", "string", "the conversation's id in the store", attrgetter("session_id")),
    Column("n_items", "Int64", "how many items it has", attrgetter("n_items")),
    Column("created_at", _TIME, "when it was begun", attrgetter("created_at")),
    Column("updated_at", _TIME, "when it was last written", attrgetter("updated_at")),
)
"""The columns of ``sessions_frame``, in order."""


def _given(name: str, dtype: str, doc: str) -> Column:
    return Column(name, dtype, doc, lambda row: row.get(name))


CATALOGUE_COLUMNS: tuple[Column, ...] = (
    _given("name", "string", "the session's name in this workspace"),
    _given("session_id", "string", "its id in the store"),
    _given("store", "string", "the store's URL, without secrets"),
    _given("n_items", "Int64", "how many items it has"),
    _given("agent", "string", "the agent it was last used with"),
    _given("model", "string", "the model it was last used with"),
    _given("title", "string", "its title"),
    _given("tags", "string", "its tags, with a comma and a space between them"),
    _given("metadata", "string", "its metadata, as a JSON object"),
    _given("created_at", _TIME, "when it was begun"),
    _given("updated_at", _TIME, "when it was last written"),
    _given("last_used", _TIME, "when it was last asked or looked at here"),
)
"""The columns of ``catalogue_frame``, in order."""


async def sessions_frame(store: Store) -> pd.DataFrame:
    """The sessions of a store in the store's order; the columns are SESSION_COLUMNS."""
    return build_frame(SESSION_COLUMNS, await store.list_sessions())


def catalogue_frame(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """A frame of the columns CATALOGUE_COLUMNS from mappings by those names.

    A missing key or None is NA; other keys are left out. Times are datetimes, naive ones in UTC.
    """
    return build_frame(CATALOGUE_COLUMNS, rows)
