"""DataFrame views of conversations: fixed columns and dtypes, empty or not.

Every function takes any session with the SDK's protocol; what a session can't tell is ``pd.NA``.
"""

from __future__ import annotations

from workbench.frames.catalogue import (
    CATALOGUE_COLUMNS,
    SESSION_COLUMNS,
    catalogue_frame,
    sessions_frame,
)
from workbench.frames.columns import HISTORY_COLUMNS, Column, build_frame, columns_table
from workbench.frames.history import FULL_COLUMNS, history_frame
from workbench.frames.turns import TURN_COLUMNS, turns_frame

__all__ = [
    "CATALOGUE_COLUMNS",
    "FULL_COLUMNS",
    "HISTORY_COLUMNS",
    "SESSION_COLUMNS",
    "TURN_COLUMNS",
    "Column",
    "build_frame",
    "catalogue_frame",
    "columns_table",
    "history_frame",
    "sessions_frame",
    "turns_frame",
]
