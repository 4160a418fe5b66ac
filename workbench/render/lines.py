"""What there is to know of a thing: a label and a value on each line, in all forms."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from workbench.render.safe_html import disarmed
from workbench.render.text import one_line


def labelled(lines: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Plain text, Markdown and HTML of ``lines``, by MIME type; nothing in them is markup."""
    rows = [(one_line(label, 80), one_line(value, 300)) for label, value in lines]
    width = max((len(label) for label, _value in rows), default=0)
    cells = "".join(
        f'<tr><th style="text-align:left">{escape(label)}</th>'
        f'<td style="text-align:left" dir="auto">{escape(value)}</td></tr>'
        for label, value in rows
    )
    table = "\n".join(f"| {cell(label)} | {cell(value)} |" for label, value in rows)
    return {
        "text/plain": "\n".join(f"{label:<{width}}  {value}" for label, value in rows),
        "text/markdown": f"| | |\n| --- | --- |\n{table}",
        "text/html": disarmed(f"<table>{cells}</table>"),
    }


def cell(value: str) -> str:
    """A value inside a Markdown table: one line, nothing of it read as Markdown or HTML."""
    safe = escape(value).replace("|", "&#124;").replace("\n", " ")
    return "".join(f"\\{char}" if char in "\\`*_[]!~$" else char for char in safe)


def table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], *, title: str = ""
) -> dict[str, str]:
    """Markdown and HTML of a table under a line that says what it is, by MIME type."""
    above = f"{cell(title)}\n\n" if title else ""
    head_line, *body_lines = ([cell(each) for each in row] for row in (columns, *rows))
    lines = [head_line, ["---"] * len(columns), *body_lines]
    head = "".join(f'<th style="text-align:left">{escape(name)}</th>' for name in columns)
    body = "".join(
        "<tr>"
        + "".join(f'<td style="text-align:left" dir="auto">{escape(each)}</td>' for each in row)
        + "</tr>"
        for row in rows
    )
    caption = f'<p dir="auto">{escape(title)}</p>' if title else ""
    return {
        "text/markdown": above + "\n".join(f"| {' | '.join(line)} |" for line in lines),
        "text/html": disarmed(f"{caption}<table><tr>{head}</tr>{body}</table>"),
    }
