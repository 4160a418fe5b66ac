"""How a chat reads where no widget can be shown: the newest of it, in all forms. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import groupby
from typing import Any

from workbench.frames.numbering import turn_label
from workbench.protocols import TurnRecord
from workbench.render.blocks import Block, blocks
from workbench.render.conversation import html_block, markdown_blocks, plain_block
from workbench.render.safe_html import disarmed
from workbench.render.safe_markdown import inline
from workbench.render.text import one_line
from workbench.widgets.chat.entries import Entry, is_summary_entry
from workbench.widgets.chat.past import footer_of

_FOOTER = 'style="opacity:0.8"'


def forms(
    name: str, newest: Sequence[Entry], records: Mapping[str, TurnRecord], *, left: int
) -> dict[str, str]:
    """Plain text, Markdown and HTML of the ``newest`` entries; ``left`` others came before."""
    passages = list(_passages(newest, records))
    head = _head(name, newest, left)
    return {
        "text/plain": "\n\n".join([head, *map(_plain, passages)]),
        "text/markdown": "\n\n".join([f"**{inline(head, 200)}**", *_markdown(passages)]),
        "text/html": disarmed(
            f'<p dir="auto"><strong>{escape(head)}</strong></p>' + "".join(map(_html, passages))
        ),
    }


_Passage = tuple[list[Block], str, bool]
"""What stands together, the line below it, and whether that is hidden or summed up."""


def _passages(newest: Sequence[Entry], records: Mapping[str, TurnRecord]) -> Iterator[_Passage]:
    for _turn, group in groupby(newest, key=lambda each: each.turn):
        found = list(group)
        record = records.get(turn_label(found[-1].turn_id) or "")
        for aside, part in groupby(found, key=_aside):
            items: list[Any] = [item for each in part for item in each.items]
            yield [*_labelled(aside), *blocks(items)], "", bool(aside)
        if record is not None:
            yield [], footer_of(record), False


def _aside(entry: Entry) -> str:
    if entry.hidden:
        return "hidden: not sent to the model"
    return "earlier items were summarised" if is_summary_entry(entry) else ""


def _labelled(aside: str) -> list[Block]:
    return [Block("note", "", aside)] if aside else []


def _head(name: str, newest: Sequence[Entry], left: int) -> str:
    title = f"Chat: {one_line(name, 80)}"
    if not newest:
        return f"{title} (nothing was said yet)"
    return f"{title} ({left:,} earlier entries are not shown)" if left else title


def _plain(passage: _Passage) -> str:
    found, footer, _aside = passage
    return f"[{footer}]" if footer else "\n\n".join(map(plain_block, found))


def _markdown(passages: Sequence[_Passage]) -> Iterator[str]:
    written = iter(markdown_blocks([each for found, _footer, _aside in passages for each in found]))
    for found, footer, _aside in passages:
        if footer:
            yield f"<sub>{inline(footer, 300)}</sub>"
        yield from (next(written) for _ in found)


def _html(passage: _Passage) -> str:
    found, footer, _aside = passage
    if footer:
        return f"<p {_FOOTER}><small>{escape(one_line(footer, 300))}</small></p>\n"
    return "".join(map(html_block, found))
