"""A history frame made the plain way: row by row, each column by its own extractor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from workbench import items as of
from workbench.frames import FULL_COLUMNS, HISTORY_COLUMNS
from workbench.frames.columns import ItemRow, build_frame
from workbench.frames.full import FullHistory
from workbench.frames.numbering import number_turns, turn_label
from workbench.frames.reading import Read, read_everything, read_rows, read_turns
from workbench.protocols import TurnRecord


async def plain_history(
    session: Any, *, limit: int | None = None, full: bool = False
) -> pd.DataFrame:
    """What `workbench.frames.history_frame` has to give, cell by cell."""
    reads, whole = (
        (await read_everything(session), True) if full else await read_rows(session, limit)
    )
    records = {each.turn_id: each for each in await read_turns(session)}
    rows = item_rows(session.session_id, reads, records, whole=whole)
    rows = rows[0 if limit is None else max(0, len(rows) - limit) :]
    if full:
        return FullHistory(build_frame(FULL_COLUMNS, rows))
    return build_frame(HISTORY_COLUMNS, rows)


def item_rows(
    session_id: str,
    reads: Sequence[Read],
    records: Mapping[str, TurnRecord],
    *,
    whole: bool,
) -> list[ItemRow]:
    """The items with their places, turns, tools and records."""
    places = _places(reads) if whole else [(None, None)] * len(reads)
    named = [(of.call_id(each.item), of.call_name(each.item)) for each in reads]
    tools = {identity: name for identity, name in named if identity and name}
    rows = [
        ItemRow(
            session_id=session_id,
            raw=each.raw,
            item=each.item,
            order=order,
            turn=turn,
            created_at=each.created_at,
            role=of.role(each.item),
            content=of.text(each.item),
            tool=_tool(each.item, tools),
            record=records.get(each.turn_id) if each.turn_id is not None else None,
            archived=each.archived,
            hidden=each.hidden,
        )
        for each, (order, turn) in zip(reads, places, strict=True)
    ]
    _place_tokens(rows)
    return rows


def _places(reads: Sequence[Read]) -> list[tuple[int | None, int | None]]:
    live = [each for each in reads if each.archived is None]
    numbers = number_turns((each.item, each.turn_id) for each in live)
    known = {
        label: number
        for each, number in zip(live, numbers, strict=True)
        if (label := turn_label(each.turn_id)) is not None
    }
    counted = iter(enumerate(numbers, start=1))
    return [
        next(counted)
        if each.archived is None
        else (None, known.get(turn_label(each.turn_id) or ""))
        for each in reads
    ]


def _tool(item: Mapping[str, Any], tools: Mapping[str, str]) -> str | None:
    return of.call_name(item) or (tools.get(of.call_id(item) or "") if of.is_output(item) else None)


def _place_tokens(rows: Sequence[ItemRow]) -> None:
    last: dict[str, ItemRow] = {}
    for row in rows:
        if row.record is None:
            continue
        before = last.get(row.record.turn_id)
        if before is None or row.role == "assistant" or before.role != "assistant":
            last[row.record.turn_id] = row
    for row in last.values():
        row.counted = True


def assert_same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    """Fail unless both frames are the same, cell by cell and dtype by dtype."""
    assert list(found.columns) == list(expected.columns)
    assert [str(each) for each in found.dtypes] == [str(each) for each in expected.dtypes]
    assert type(found) is type(expected)
    pd.testing.assert_frame_equal(found, expected)
    for name in found.columns:
        assert found[name].tolist() == expected[name].tolist() or name == "created_at", name
