"""Reasoning that leads to nothing: the Responses API refuses it without what followed. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from workbench import items as of
from workbench.sessions.compaction.groups import is_summary
from workbench.verbs.doctor.chart import Chart, Entry
from workbench.verbs.doctor.finding import ARCHIVED, Finding, found


def idle_reasoning(chart: Chart) -> Iterator[Finding]:
    """Reasoning without its follower: what a model made right behind it."""
    follower: Entry | None = None
    for entry in reversed(chart.entries):
        if entry.kind != "reasoning":
            follower = entry
        elif follower is None or not _came_of_it(follower):
            detail = "nothing follows that came of it"
            yield found("reasoning without follower", entry, detail, ARCHIVED, take=[entry])


def _came_of_it(entry: Entry) -> bool:
    if entry.trouble is not None:  # it may have; when it is gone there is another look
        return True
    return of.role(entry.item) == "assistant" and not is_summary(entry.item)
