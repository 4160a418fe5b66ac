"""What a turn and a log are told of a compaction that has started itself."""

from __future__ import annotations

from dataclasses import replace

from workbench.errors import WorkbenchError, shorten
from workbench.protocols import Spent
from workbench.sessions.compaction.report import Compaction


def spent(report: Compaction) -> Spent | None:
    """What a turn has to know of it; nothing when another process has done it, at no cost."""
    if report.id is None:
        return report.usage if report.usage.requests else None
    line = f"{report.headline[:1].upper()}{report.headline[1:]}."
    return replace(report.usage, notice=line)


def untouched(session_id: str, error: Exception) -> str:
    """That it failed, and why; an error that is not ours without its words, which may quote."""
    why = error if isinstance(error, WorkbenchError) else type(error).__name__
    return (
        f"Session {shorten(session_id)} was not compacted: {why}. The history is as it was; the "
        "next turn tries again."
    )
