"""The panel that inspects a conversation. See `workbench.widgets.inspect.panel`."""

from __future__ import annotations

from workbench.widgets.inspect.panel import Inspect

__all__ = ["Inspect"]
