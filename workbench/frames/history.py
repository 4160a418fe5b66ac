"""The history of a session as a DataFrame, one row per item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from workbench import items as of
from workbench.frames.columns import HISTORY_COLUMNS, ItemRow, build_frame
from workbench.frames.numbering import number_turns
from workbench.frames.reading import Read, check_limit, read_rows, read_turns
from workbench.protocols import Session, TurnRecord

if TYPE_CHECKING:
    import pandas as pd


async def history_frame(session: Session, *, limit: int | None = None) -> pd.DataFrame:
    """The newest ``limit`` items of any session (None: all), oldest first, one row each.

    The columns are HISTORY_COLUMNS. ``order`` and ``turn`` count from the start of the whole
    history; a session that can't tell how much lies before the items it gave has NA there. Raises
    InvalidValue for a limit below 0, and what reading the session raises.
    """
    check_limit(limit)
    reads, whole = await read_rows(session, limit)
    records = {each.turn_id: each for each in await read_turns(session)}
    rows = item_rows(session.session_id, reads, records, whole=whole)
    return build_frame(HISTORY_COLUMNS, rows[_skipped(len(rows), limit) :])


def _skipped(count: int, limit: int | None) -> int:
    return 0 if limit is None else max(0, count - limit)


def item_rows(
    session_id: str, reads: Sequence[Read], records: Mapping[str, TurnRecord], *, whole: bool = True
) -> list[ItemRow]:
    """The items with their places, turns and tools; ``whole`` says that they start the history."""
    numbers = number_turns((each.item, each.turn_id) for each in reads)
    tools = _tools(reads)
    rows = [
        ItemRow(
            session_id=session_id,
            raw=each.raw,
            item=each.item,
            order=order if whole else None,
            turn=turn if whole else None,
            created_at=each.created_at,
            role=of.role(each.item),
            content=of.text(each.item),
            tool=_tool(each.item, tools),
            record=records.get(each.turn_id) if each.turn_id is not None else None,
        )
        for order, (each, turn) in enumerate(zip(reads, numbers, strict=True), start=1)
    ]
    _place_tokens(rows)
    return rows


def _tools(reads: Sequence[Read]) -> dict[str, str]:
    """The name of the tool of each call id."""
    named = ((of.call_id(each.item), of.call_name(each.item)) for each in reads)
    return {identity: name for identity, name in named if identity and name}


def _tool(item: Mapping[str, Any], tools: Mapping[str, str]) -> str | None:
    return of.call_name(item) or (tools.get(of.call_id(item) or "") if of.is_output(item) else None)


def _place_tokens(rows: Sequence[ItemRow]) -> None:
    """Mark one row of each recorded turn: its last assistant item, or its last item."""
    last: dict[str, ItemRow] = {}
    for row in rows:
        if row.record is None:
            continue
        before = last.get(row.record.turn_id)
        if before is None or row.role == "assistant" or before.role != "assistant":
            last[row.record.turn_id] = row
    for row in last.values():
        row.counted = True
