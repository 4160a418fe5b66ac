"""The rows of an exported conversation: the columns of a history, and what a reload needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from workbench.frames.columns import Column, ItemRow, build_frame
from workbench.frames.numbering import Counter, turn_label
from workbench.frames.parquet import TABLE_COLUMNS
from workbench.frames.reading import Read
from workbench.frames.survey import Facts, Survey
from workbench.items import call_id, call_name, is_output, role, text
from workbench.protocols import ArchivedItem, Report, TurnRecord
from workbench.verbs.files.source import Changed, Entry, Source, is_shown

if TYPE_CHECKING:
    import pandas as pd

SIZE = 5_000
"""Rows of one frame."""


@dataclass(slots=True)
class Row(ItemRow):
    """An item as a history shows it, and where it was kept."""

    entry: Entry | None = None


def _archived(name: str) -> Any:
    return lambda row: getattr(row.entry, name, None)


COLUMNS: tuple[Column, ...] = (
    *TABLE_COLUMNS,
    Column("turn_id", "string", "the turn's own id", attrgetter("entry.turn_id")),
    Column(
        "archived", "string", "why it is in the archive; NA in the history", _archived("reason")
    ),
    Column("archived_at", "datetime64[us, UTC]", "when it came there", _archived("archived_at")),
)
"""The columns of the file, in order."""


def frames(
    source: Source, report: Report, seen: Callable[[Entry], object]
) -> Iterator[pd.DataFrame]:
    """The conversation as frames of COLUMNS, a page of it in memory at a time.

    It is read twice, as only the whole tells the turn of each item and which has its tokens.
    ``seen`` is called with each entry that is written.
    """
    survey = Survey()
    try:
        for page in _pages(source.as_kept(report)):
            survey.look([_read(each) for each in page if is_shown(each)])
        records = {each.turn_id: each for each in source.all_records()}
        writer = _Writer(source.heading.session_id, survey, records)
        for page in _pages(source.entries(report)):
            for entry in page:
                seen(entry)
            yield build_frame(COLUMNS, writer.rows(page))
        if source.items != survey.items:
            raise Changed("the conversation went on while it was read; nothing was written")
    finally:
        survey.close()


def _pages(entries: Iterator[Entry]) -> Iterator[list[Entry]]:
    while page := list(islice(entries, SIZE)):
        yield page


def _read(entry: Entry) -> Read:
    return Read(entry.item, entry.item, entry.created_at, entry.turn_id)


class _Writer:
    """Makes rows page by page, counting on from one to the next."""

    def __init__(self, session_id: str, survey: Survey, records: Mapping[str, TurnRecord]) -> None:
        self._session_id, self._survey, self._records = session_id, survey, records
        self._counter = Counter()
        self._order = 0

    def rows(self, page: Sequence[Entry]) -> list[Row]:
        """The rows of the next page."""
        facts = self._survey.facts([_read(each) for each in page])
        known = dict(facts.turns)
        return [self._row(entry, facts, known) for entry in page]

    def _row(self, entry: Entry, facts: Facts, known: dict[str, int]) -> Row:
        item, label = entry.item, entry.turn_id or ""
        row = Row(
            session_id=self._session_id,
            raw=item,
            item=item,
            order=None,
            turn=known.get(turn_label(entry.turn_id) or ""),
            created_at=entry.created_at,
            role=role(item),
            content=text(item),
            tool=_tool(item, facts),
            record=self._records.get(label),
            entry=entry,
        )
        if is_shown(entry):
            self._order += 1
            row.order, row.hidden = self._order, isinstance(entry, ArchivedItem)
            row.turn = self._counter.number(item, entry.turn_id, known)
            row.counted = row.record is not None and facts.counted.get(label) == self._order
        return row


def _tool(item: Mapping[str, Any], facts: Facts) -> str | None:
    return call_name(item) or (facts.tools.get(call_id(item) or "") if is_output(item) else None)
