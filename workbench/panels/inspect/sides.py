"""A dry run side by side: the conversation as it is, and as a compaction would leave it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workbench.items import SUMMARY_HEADER
from workbench.panels.inspect.summaries import CUT, line
from workbench.protocols import StoredItem
from workbench.render.text import clean
from workbench.sessions.compaction.report import Compaction

SHOWN = 60
"""Items of a side that are shown: the first and the last half of these."""


def drawn(rows: Sequence[StoredItem], report: Compaction) -> dict[str, Any]:
    """Both sides as lines, those in the middle of a long one left out."""
    marks = taken(rows, report)
    before = [{**line(row.item, 160), "taken": mark} for row, mark in zip(rows, marks, strict=True)]
    after: list[dict[str, Any]] = [each for each in before if not each["taken"]]
    if any(marks):
        place = len(marks) - marks[::-1].index(True)
        stays = sum(not mark for mark in marks[:place])
        after.insert(stays, _summary(report))
    return {"before": _ends(before), "after": _ends(after)}


def taken(rows: Sequence[StoredItem], report: Compaction) -> list[bool]:
    """Which rows would be summarised: ``report.summarised`` stands among them in this order."""
    marks = []
    place = 0
    for row in rows:
        found = place < len(report.summarised) and row.item == report.summarised[place]
        marks.append(found)
        place += found
    return marks


def _summary(report: Compaction) -> dict[str, Any]:
    text = clean(report.summary).removeprefix(SUMMARY_HEADER).strip()
    return {"role": "summary", "type": "message", "text": text[:CUT], "taken": False}


def _ends(lines: list[dict[str, Any]]) -> dict[str, Any]:
    """The first and the last ones, and how many lie between them."""
    if len(lines) <= SHOWN:
        return {"head": lines, "between": 0, "tail": []}
    half = SHOWN // 2
    return {"head": lines[:half], "between": len(lines) - 2 * half, "tail": lines[-half:]}
