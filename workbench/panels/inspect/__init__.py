"""``wb.inspect``: context, compaction, encryption and health of a conversation. See `face`."""

from __future__ import annotations

from workbench.panels.inspect.face import inspect

__all__ = ["inspect"]
