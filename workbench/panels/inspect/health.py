"""The tab of the doctor: what is wrong, and what a repair does about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.panels.inspect.place import Place
from workbench.panels.plain import plainly
from workbench.render.text import one_line
from workbench.verbs.doctor import doctor

if TYPE_CHECKING:
    import pandas as pd

LISTED = 500
"""Findings that a page gets; `workbench.doctor` has all."""
COLUMNS = ("finding", "order", "turn", "type", "detail", "repair")


async def findings(place: Place) -> dict[str, Any]:
    """What is wrong with the conversation."""
    return drawn(await plainly(lambda: doctor(place.target, store=place.store)))


async def repaired(place: Place) -> dict[str, Any]:
    """Repair it, in one step; what was done."""
    done = await plainly(lambda: doctor(place.target, store=place.store, repair=True))
    return drawn(done)


def drawn(found: pd.DataFrame) -> dict[str, Any]:
    """Rows of texts and numbers, and how many of them a repair does something about."""
    rows = [_row(each) for each in found[list(COLUMNS)].itertuples(index=False)]
    return {
        "rows": rows[:LISTED],
        "more": max(0, len(rows) - LISTED),
        "repairs": sum(not str(row["repair"]).startswith("none") for row in rows),
    }


def _row(values: Any) -> dict[str, Any]:
    import pandas as pd

    shown = {
        name: None if pd.isna(value) else value for name, value in zip(COLUMNS, values, strict=True)
    }
    return {
        name: one_line(value, 300) if isinstance(value, str) else value and int(value)
        for name, value in shown.items()
    }
