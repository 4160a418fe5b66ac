"""How conversations and turns show themselves: plain text, Markdown, HTML. Pure functions.

What a model or a tool wrote is taken as hostile: nothing here lets it run script, load anything
from elsewhere, or move the cursor of a terminal.
"""

from __future__ import annotations

from workbench.render.conversation import html, markdown, plain
from workbench.render.safe_html import markdown_to_html
from workbench.render.safe_markdown import escape_markdown
from workbench.render.text import clean
from workbench.render.turn import duration, footer, turn_forms, turn_html, turn_markdown, turn_plain

__all__ = [
    "clean",
    "duration",
    "escape_markdown",
    "footer",
    "html",
    "markdown",
    "markdown_to_html",
    "plain",
    "turn_forms",
    "turn_html",
    "turn_markdown",
    "turn_plain",
]
