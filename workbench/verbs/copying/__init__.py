"""``wb.copy``: a conversation from one store to another, and what forks need of it."""

from __future__ import annotations

from workbench.verbs.copying.doing import copy
from workbench.verbs.copying.report import CopyReport

__all__ = ["CopyReport", "copy"]
