"""Stored times as a column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workbench.stores.sqlite import layout

_TIMES = {str, type(None)}


def arrow_times(values: Sequence[Any]) -> Any:
    """Stored times as an Arrow array of timestamp[us, UTC]; null for what is none."""
    import pyarrow as pa

    utc = pa.timestamp("us", "UTC")
    if set(map(type, values)) <= _TIMES:
        try:
            # They are in UTC already: looked at so, they need not be worked out one by one.
            return pa.array(values, pa.string()).cast(pa.timestamp("us")).view(utc)
        except pa.ArrowException:  # one is written in another form
            pass
    return pa.array(map(layout.moment, values), utc)
