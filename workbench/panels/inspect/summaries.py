"""The compactions of the past, out of a conversation and its archive. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workbench import items as of
from workbench.items import SUMMARY_HEADER, Item
from workbench.protocols import COMPACTION, ArchivedItem, StoredItem
from workbench.render.text import clean, one_line

CUT = 4_000
"""Characters of a summary that a page shows."""


@dataclass(frozen=True, slots=True)
class Done:
    """One compaction: ``count`` items went to the archive at ``at``, and what stands for them.

    ``last`` is the one that an undo is about; ``again`` says that a later one took its summary in.
    """

    identity: str
    at: datetime
    count: int
    summary: str
    last: bool
    again: bool

    def drawn(self) -> dict[str, Any]:
        """As a page gets it."""
        return {
            "id": self.identity,
            "at": self.at.isoformat(),
            "count": self.count,
            "summary": self.summary,
            "last": self.last,
            "again": self.again,
        }


def compactions(rows: Sequence[StoredItem], archived: Sequence[ArchivedItem]) -> list[Done]:
    """The compactions that left something, the newest first."""
    originals: dict[str, list[ArchivedItem]] = {}
    for each in archived:
        if each.reason.startswith(COMPACTION):
            originals.setdefault(each.reason, []).append(each)
    if not originals:
        return []
    last = [each.reason for each in archived if each.reason in originals][-1]
    live = _summaries(rows)
    before = _summaries(archived)
    found = [
        Done(
            reason.removeprefix(COMPACTION),
            max(each.archived_at for each in items),
            len(items),
            live.get(reason) or before.get(reason, ""),
            last=reason == last,
            again=reason not in live and reason in before,
        )
        for reason, items in originals.items()
    ]
    return sorted(found, key=lambda each: each.at, reverse=True)


def _summaries(rows: Sequence[StoredItem | ArchivedItem]) -> dict[str, str]:
    """What compactions left, by their turn id."""
    found: dict[str, list[str]] = {}
    for row in rows:
        if row.turn_id is not None and row.turn_id.startswith(COMPACTION):
            found.setdefault(row.turn_id, []).append(text_of(row.item, CUT))
    return {turn: "\n\n".join(texts) for turn, texts in found.items()}


def text_of(item: Item, width: int) -> str:
    """What an item says, cut at ``width`` characters, without the mark of a summary."""
    if of.is_encrypted(item):
        return f"encrypted, {of.encrypted_size(item):,} bytes"
    text = clean(of.text(item)).removeprefix(SUMMARY_HEADER).strip()
    return text if len(text) <= width else f"{text[: width - 1]}…"


def line(item: Mapping[str, Any], width: int) -> dict[str, str]:
    """An item in a list: its role, its type, and what it says."""
    given = dict(item)
    return {
        "role": one_line(of.role(given) or "", 40),
        "type": one_line(of.kind(given), 40),
        "text": text_of(given, width),
    }
