"""The chat panel: a conversation that is read, gone on with, taken back and branched."""

from __future__ import annotations

from workbench.widgets.chat.desk import Desk
from workbench.widgets.chat.panel import ChatPanel

__all__ = ["ChatPanel", "Desk"]
