"""The history of a session as a DataFrame, one row per item.

With ``full=True`` the archived items stand in it too, in their places: what a compaction has
summarised, a turn that was cancelled, failed, replaced or cleared. Such a frame has one more column
behind ``turn``:

| column | dtype | meaning |
| --- | --- | --- |
| `archived` | string | why it is in the archive: compacted, cleared, ...; NA in the history |
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from workbench import items as of
from workbench.frames.columns import HISTORY_COLUMNS, Column, ItemRow, build_frame
from workbench.frames.numbering import number_turns, turn_label
from workbench.frames.reading import Read, check_limit, read_everything, read_rows, read_turns
from workbench.protocols import Session, TurnRecord

if TYPE_CHECKING:
    import pandas as pd

_ARCHIVED = Column(
    "archived",
    "string",
    "why it is in the archive: compacted, cleared, ...; NA in the history",
    attrgetter("archived"),
)

FULL_COLUMNS: tuple[Column, ...] = (*HISTORY_COLUMNS[:3], _ARCHIVED, *HISTORY_COLUMNS[3:])
"""The columns of ``wb.history(..., full=True)``, in order."""

Report = Callable[[int, int], object]
_STEP = 5_000
"""Rows that are made between two reports."""


@dataclass(frozen=True, slots=True)
class History:
    """All that was read of a session for its history; `frame` needs the session no more."""

    session_id: str
    reads: Sequence[Read]
    records: Mapping[str, TurnRecord]
    whole: bool
    limit: int | None
    full: bool

    def frame(self, report: Report | None = None) -> pd.DataFrame:
        """The DataFrame; ``report(done, total)`` is called on the way."""
        rows = item_rows(self.session_id, self.reads, self.records, whole=self.whole, report=report)
        rows = rows[_skipped(len(rows), self.limit) :]
        if not self.full:
            return build_frame(HISTORY_COLUMNS, rows)
        from workbench.frames.full import FullHistory

        return FullHistory(build_frame(FULL_COLUMNS, rows))


async def read_history(
    session: Session, *, limit: int | None = None, full: bool = False
) -> History:
    """Read what `history_frame` shows."""
    check_limit(limit)
    whole = True
    if full:
        reads = await read_everything(session)
    else:
        reads, whole = await read_rows(session, limit)
    records = {each.turn_id: each for each in await read_turns(session)}
    return History(session.session_id, reads, records, whole, limit, full)


async def history_frame(
    session: Session, *, limit: int | None = None, full: bool = False
) -> pd.DataFrame:
    """The newest ``limit`` items of any session (None: all), oldest first, one row each.

    The columns are HISTORY_COLUMNS, with ``full`` FULL_COLUMNS. ``order`` and ``turn`` count from
    the start of the whole history; a session that can't tell how much lies before the items it gave
    has NA there, and an archived item has no ``order``. Raises InvalidValue for a limit below 0,
    Unsupported for ``full`` where there is no archive, and what reading the session raises.
    """
    return (await read_history(session, limit=limit, full=full)).frame()


def _skipped(count: int, limit: int | None) -> int:
    return 0 if limit is None else max(0, count - limit)


def item_rows(
    session_id: str,
    reads: Sequence[Read],
    records: Mapping[str, TurnRecord],
    *,
    whole: bool = True,
    report: Report | None = None,
) -> list[ItemRow]:
    """The items with their places, turns and tools; ``whole`` says that they start the history."""
    places = _places(reads) if whole else [(None, None)] * len(reads)
    tools = _tools(reads)
    rows = []
    for number, (each, (order, turn)) in enumerate(zip(reads, places, strict=True)):
        if report is not None and not number % _STEP:
            report(number, len(reads))
        rows.append(
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
            )
        )
    _place_tokens(rows)
    return rows


def _places(reads: Sequence[Read]) -> list[tuple[int | None, int | None]]:
    """Order and turn of each item. An archived one has the number of its turn where some of that
    turn is still in the history.
    """
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
