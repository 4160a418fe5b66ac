"""How the app reads where no widget can be shown: the sessions, and the chosen conversation."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from workbench.render import conversation
from workbench.render.lines import table
from workbench.render.safe_html import disarmed
from workbench.render.safe_markdown import inline
from workbench.render.text import one_line
from workbench.widgets.app.listing import Listed

ROWS = 50
"""Sessions that are listed, the last used first."""

ITEMS = 100
"""Items of the chosen conversation that are shown, the newest."""

_COLUMNS = ("session", "title", "tags", "items", "store", "last used")


def forms(
    sessions: Sequence[Listed], name: str | None, items: Sequence[Any], total: int
) -> dict[str, str]:
    """Plain text, Markdown and HTML; ``items`` are the last of ``total`` in session ``name``."""
    rows = [_row(each) for each in sessions[:ROWS]]
    listed = table(_COLUMNS, rows, title=_summary(len(sessions)))
    plain = [_summary(len(sessions)), *("  ".join(filter(None, row)) for row in rows)]
    texts = {"text/plain": "\n".join(plain), **listed}
    if name is None:
        return texts
    left = _left_out(len(items), total)
    said = {
        "text/plain": conversation.plain(items),
        "text/markdown": conversation.markdown(items),
        "text/html": conversation.html(items),
    }
    title = one_line(name, 200)
    heads = {
        "text/plain": f"\n\n{title}{left}\n\n",
        "text/markdown": f"\n\n### {inline(title, 200)}\n\n{left}\n\n",
        "text/html": disarmed(f'<h3 dir="auto">{escape(title)}</h3><p>{escape(left)}</p>'),
    }
    return {kind: texts[kind] + heads[kind] + said[kind] for kind in texts}


def _summary(count: int) -> str:
    if not count:
        return "No sessions yet."
    more = f" (the last {ROWS} used)" if count > ROWS else ""
    return f"{count:,} session{'' if count == 1 else 's'}{more}"


def _left_out(shown: int, total: int) -> str:
    return f" (the last {shown:,} of {total:,} items)" if shown < total else ""


def _row(session: Listed) -> list[str]:
    used = session.used_at
    return [
        one_line(session.name, 80),
        one_line(session.title or "", 120),
        one_line(", ".join(session.tags), 120),
        "" if session.items is None else f"{session.items:,}",
        one_line(session.store, 120),
        "" if used is None else f"{used:%Y-%m-%d %H:%M} UTC",
    ]
