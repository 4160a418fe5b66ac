"""How the panel of a comparison reads with no kernel, before anything was asked."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from workbench.render.lines import cell
from workbench.render.safe_html import disarmed
from workbench.render.text import one_line


def listed(columns: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Plain text, Markdown and HTML: what would be compared, by label and kind."""
    lines = [(one_line(label), one_line(kind)) for label, kind in columns]
    html = "".join(
        f'<li><span dir="auto">{escape(label)}</span> ({escape(kind)})</li>\n'
        for label, kind in lines
    )
    return {
        "text/plain": "To compare: " + ", ".join(f"{label} ({kind})" for label, kind in lines),
        "text/markdown": "To compare:\n\n"
        + "\n".join(f"- {cell(label)} ({cell(kind)})" for label, kind in lines),
        "text/html": disarmed(f"<p>To compare:</p>\n<ul>\n{html}</ul>\n"),
    }
