"""The panel of `wb.app`: all named sessions, and the other panels of the chosen one as its tabs."""

from workbench.widgets.app.listing import Hit, Listed
from workbench.widgets.app.panel import AppPanel, Desk

__all__ = ["AppPanel", "Desk", "Hit", "Listed"]
