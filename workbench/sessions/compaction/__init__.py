"""A long history becomes a summary. See `workbench.sessions.compaction.session`."""

from __future__ import annotations

from workbench.sessions.compaction.session import CompactionSession

__all__ = ["CompactionSession"]
