"""The history of a session as a DataFrame, one row per item.

With ``full=True`` the archived items stand in it too, in their places: what a compaction has
summarised, a turn that was cancelled, failed, replaced or cleared. Such a frame has one more column
behind ``turn``:

| column | dtype | meaning |
| --- | --- | --- |
| `archived` | string | why it is in the archive: compacted, cleared, ...; NA in the history |
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING

from workbench.frames.chunks import Taken, chunk_of
from workbench.frames.columns import HISTORY_COLUMNS, Column
from workbench.frames.labels import Labels
from workbench.frames.reading import Read, checked_limit, read_everything, read_rows, read_turns
from workbench.frames.scanning import Scan, scan_history
from workbench.frames.table import Table
from workbench.protocols import Report, Session, TurnColumns, TurnRecord

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

_STEP = 5_000
"""Rows that are made between two reports."""


@dataclass(frozen=True, slots=True)
class Rows:
    """A history that was read item by item; ``whole``: it begins with the first of them."""

    session_id: str
    reads: Sequence[Read]
    records: Sequence[TurnRecord]
    whole: bool

    def table(self, report: Report | None = None) -> Table:
        """Its columns."""
        taken: list[Taken] = []
        for start in range(0, len(self.reads), _STEP):
            if report is not None:
                report(start, len(self.reads))
            taken.append(chunk_of(self.reads[start : start + _STEP]))
        labels = Labels().with_items([each.labels for each in taken])
        labels = labels.with_records(turn_columns(self.records))
        return Table(self.session_id, [each.chunk for each in taken], labels, self.whole)


@dataclass(frozen=True, slots=True)
class History:
    """All that was read of a session for its history; `frame` needs the session no more."""

    read: Rows | Scan
    limit: int | None
    full: bool

    def frame(self, report: Report | None = None) -> pd.DataFrame:
        """The DataFrame; ``report(done, total)`` is called on the way."""
        table = self.read.table(report)
        skip = 0 if self.limit is None else max(0, len(table) - self.limit)
        if not self.full:
            return table.frame(HISTORY_COLUMNS, skip)
        from workbench.frames.full import FullHistory

        return FullHistory(table.frame(FULL_COLUMNS, skip))


async def read_history(
    session: Session,
    *,
    limit: int | None = None,
    full: bool = False,
    report: Report | None = None,
) -> History:
    """Read what `history_frame` shows; ``report(done, total)`` is called on the way."""
    limit = checked_limit(limit)
    read = await scan_history(session, full=full, report=report)
    return History(read or await _read_rows(session, limit, full), limit, full)


async def _read_rows(session: Session, limit: int | None, full: bool) -> Rows:
    whole = True
    if full:
        reads = await read_everything(session)
    else:
        reads, whole = await read_rows(session, limit)
    return Rows(session.session_id, reads, await read_turns(session), whole)


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


def turn_columns(records: Sequence[TurnRecord]) -> TurnColumns:
    """What a frame shows of these turns."""
    return TurnColumns(
        [each.turn_id for each in records],
        [each.agent for each in records],
        [each.model for each in records],
        [each.input_tokens for each in records],
        [each.output_tokens for each in records],
    )
