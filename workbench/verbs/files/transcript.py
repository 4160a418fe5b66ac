"""Transcripts: a conversation as a Markdown file or as a page, for people to read.

Hidden items stand in their place, folded away and marked; so do those of the archive. What a tool
was asked and answered, and what a model thought, is folded away too. Such a file is not read again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import BinaryIO

from workbench.frames.numbering import Counter, turn_label
from workbench.frames.reading import why
from workbench.protocols import HIDDEN, ArchivedItem, Report, TurnRecord
from workbench.render import footer
from workbench.render.transcript import Passage, transcript_html, transcript_markdown
from workbench.verbs.files.report import counted
from workbench.verbs.files.source import Entry, Heading, Source, is_shown

Make = Callable[[str, Sequence[tuple[str, str]], Sequence[Passage]], Iterator[str]]


def write_markdown(source: Source, file: BinaryIO, report: Report) -> None:
    """Write the conversation as Markdown."""
    _write(transcript_markdown, source, file, report)


def write_html(source: Source, file: BinaryIO, report: Report) -> None:
    """Write the conversation as a page."""
    _write(transcript_html, source, file, report)


def _write(make: Make, source: Source, file: BinaryIO, report: Report) -> None:
    heading = source.redacted_heading()
    entries = list(source.entries(report))
    records = {record.turn_id: record for record in source.records()}
    found = list(passages(entries, records))
    title = heading.title or heading.name or heading.session_id
    for piece in make(title, _lines(heading, source, found), found):
        file.write(piece.encode("utf-8", "replace"))


def _lines(heading: Heading, source: Source, found: Sequence[Passage]) -> list[tuple[str, str]]:
    length = f"{counted(source.turns, 'turn')}, {counted(source.items, 'item')}"
    return [
        ("session", heading.name or heading.session_id),
        *([("tags", ", ".join(heading.tags))] if heading.tags else []),
        ("length", length + (f", {counted(source.kept, 'item')} archived" if source.kept else "")),
        *([("begun", f"{heading.created_at:%Y-%m-%d %H:%M} UTC")] if heading.created_at else []),
        ("exported", f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"),
    ]


def passages(entries: Sequence[Entry], records: dict[str, TurnRecord]) -> Iterator[Passage]:
    """The entries in pieces: those of a turn that stand together, and what is set aside."""
    for (turn, aside, turn_id), group in groupby(_placed(entries), key=lambda each: each[0]):
        items = [entry.item for _place, entry in group]
        record = records.get(turn_id) if turn_id is not None else None
        label = None if aside is None else f"{aside}: {counted(len(items), 'item')}"
        yield Passage(items=items, turn=turn, details=_details(record), aside=label)


_Place = tuple[int | None, str | None, str | None]
"""The number of the turn, why it is set aside, the id of the turn."""


def _placed(entries: Sequence[Entry]) -> Iterator[tuple[_Place, Entry]]:
    counter, known = Counter(), dict[str, int]()
    for entry in entries:
        label = turn_label(entry.turn_id)
        if is_shown(entry):
            turn = counter.number(entry.item, entry.turn_id, known)
            hidden = "hidden" if isinstance(entry, ArchivedItem) else None
            yield (turn, hidden, label), entry
        elif isinstance(entry, ArchivedItem) and entry.reason != HIDDEN:
            yield (None, f"archived, {why(entry.reason)}", label), entry


def _details(record: TurnRecord | None) -> str:
    if record is None:
        return ""
    line = footer(
        seconds=record.seconds,
        input_tokens=record.input_tokens,
        output_tokens=record.output_tokens,
        estimated=record.estimated,
        model=record.model,
        status=record.status,
    )
    return f"{record.started_at:%Y-%m-%d %H:%M} UTC · {line}"
