"""The context of the next turn as HTML: a bar by role, its figures, the items folded away."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from workbench.frames.context import ContextRow
from workbench.render.text import one_line
from workbench.verbs.context.roles import colour_of

if TYPE_CHECKING:
    from workbench.verbs.context.report import Context

_SHOWN = 200
"""Things that are listed; the frame has all."""
_BAR = "display:flex;height:1.1em;border-radius:3px;overflow:hidden;max-width:60em"
_WINDOW = (
    "height:0.35em;border-radius:3px;max-width:60em;margin-top:3px;"
    "background:rgba(128,128,128,0.25)"
)
_LEFT = 'style="text-align:left"'
_RIGHT = 'style="text-align:right"'


def context_html(context: Context) -> str:
    """The page, not yet `disarmed`."""
    head = (
        f"<p><strong>{_text(context.session, 200)}</strong>: {_text(context.headline, 300)}</p>\n"
    )
    notes = "".join(f"<li>{_text(line, 300)}</li>" for line in context.lines())
    return (
        f'<div class="workbench-context">{head}{_bar(context)}{_roles(context)}'
        + (f"<ul>{notes}</ul>\n" if notes else "")
        + f"{_items(context.rows)}</div>"
    )


def _bar(context: Context) -> str:
    parts = "".join(
        f'<div title="{_text(role, 40)}: {size:,}" '
        f'style="width:{share:.4%};background:{colour_of(role)}"></div>'
        for role, _count, size, share in context.by_role()
    )
    window = ""
    if context.used is not None:
        filled = min(1.0, context.used)
        window = (
            f'<div title="of the window" style="{_WINDOW}"><div style="width:{filled:.2%};'
            'min-width:2px;height:100%;border-radius:3px;background:#8172b3"></div></div>'
        )
    return f'<div style="{_BAR}">{parts}</div>{window}\n'


def _roles(context: Context) -> str:
    rows = "".join(
        f'<tr><td {_LEFT}><span style="display:inline-block;width:0.8em;height:0.8em;'
        f'border-radius:2px;background:{colour_of(role)}"></span> {_text(role, 40)}</td>'
        f"<td {_RIGHT}>{count:,}</td><td {_RIGHT}>{size:,}</td><td {_RIGHT}>{share:.1%}</td></tr>\n"
        for role, count, size, share in context.by_role()
    )
    heads = "".join(f"<th {_RIGHT}>{each}</th>" for each in ("items", "tokens", "share"))
    return f'<table style="margin:0.4em 0"><tr><th {_LEFT}>role</th>{heads}</tr>\n{rows}</table>\n'


def _items(rows: tuple[ContextRow, ...]) -> str:
    shown = "".join(map(_row, rows[:_SHOWN]))
    more = len(rows) - _SHOWN
    rest = f"<p>{more:,} more are in <code>.frame</code></p>" if more > 0 else ""
    heads = "".join(f"<th {_LEFT}>{each}</th>" for each in ("part", "order", "role", "text"))
    return (
        "<details><summary>What is sent, in order</summary>\n"
        f"<table><tr>{heads}<th {_RIGHT}>tokens</th></tr>\n{shown}</table>{rest}</details>\n"
    )


def _row(row: ContextRow) -> str:
    order = "" if row.order is None else f"{row.order}"
    text = f'<td {_LEFT} dir="auto">{_text(row.content, 120)}</td>'
    cells = "".join(f"<td {_LEFT}>{_text(each, 40)}</td>" for each in (row.part, order, row.role))
    return f"<tr>{cells}{text}<td {_RIGHT}>{row.tokens:,}</td></tr>\n"


def _text(text: str, width: int) -> str:
    return escape(one_line(text, width))
