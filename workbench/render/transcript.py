"""A whole conversation as a document for people: a Markdown file, or a page that stands alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from workbench.render.blocks import Block, blocks
from workbench.render.conversation import (
    folded_parts,
    markdown_blocks,
    readable,
    tool_title,
)
from workbench.render.page_style import STYLE
from workbench.render.safe_html import disarmed, literal, markdown_to_html
from workbench.render.safe_markdown import inline
from workbench.render.text import clean, one_line

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; "
POLICY += "form-action 'none'"
"""What a browser may do with the page: show it. https://www.w3.org/TR/CSP3/"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Items that stand together. ``turn`` is the number of their turn, None for what has none;
    ``details`` a line about it; ``aside`` why they are not part of what a model is sent."""

    items: Sequence[Mapping[str, Any]]
    turn: int | None = None
    details: str = ""
    aside: str | None = None


def transcript_markdown(
    title: str, lines: Sequence[tuple[str, str]], passages: Sequence[Passage]
) -> Iterator[str]:
    """The pieces of a Markdown file, in which nothing that was said is HTML, an image or a trap.

    ``lines`` stand below the title: a label and a value each.
    """
    yield f"# {inline(title, 200)}\n\n"
    yield "".join(f"- {inline(label)}: {inline(value, 300)}\n" for label, value in lines)
    shown = [blocks(each.items) for each in passages]
    # All at once: whether code is safe as it is depends on the whole document.
    written = iter(markdown_blocks([block for each in shown for block in each], cut=clean))
    turn = 0
    for passage, found in zip(passages, shown, strict=True):
        if passage.turn is not None and passage.turn != turn:
            turn = passage.turn
            yield f"\n## Turn {turn}\n"
            yield f"\n<sub>{inline(passage.details, 300)}</sub>\n" if passage.details else ""
        body = "\n\n".join(next(written) for _ in found)
        yield f"\n{body if passage.aside is None else _aside_markdown(passage.aside, body)}\n"


def _aside_markdown(aside: str, body: str) -> str:
    return f"<details><summary><em>{inline(aside)}</em></summary>\n\n{body}\n\n</details>"


def transcript_html(
    title: str, lines: Sequence[tuple[str, str]], passages: Sequence[Passage]
) -> Iterator[str]:
    """The pieces of a page that needs no network, runs no script, and reads well light and dark."""
    yield _head(one_line(title, 200))
    yield _header(one_line(title, 200), lines)
    turn, is_open = 0, False
    for passage in passages:
        if passage.turn is not None and passage.turn != turn:
            turn = passage.turn
            yield ("</section>\n" if is_open else "") + _turn(turn, passage.details)
            is_open = True
        body = "".join(map(_block, blocks(passage.items)))
        yield disarmed(body if passage.aside is None else _aside(passage.aside, body))
    yield ("</section>\n" if is_open else "") + "</main>\n</body>\n</html>\n"


def _head(title: str) -> str:
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{escape(title)}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n"
    )


def _header(title: str, lines: Sequence[tuple[str, str]]) -> str:
    rows = "".join(
        f"<dt>{escape(one_line(label))}</dt>"
        f'<dd dir="auto" lang="">{escape(one_line(value, 300))}</dd>\n'
        for label, value in lines
    )
    return disarmed(
        f'<header>\n<h1 dir="auto" lang="">{escape(title)}</h1>\n<dl>\n{rows}</dl>\n</header>\n'
    )


def _turn(number: int, details: str) -> str:
    small = f" <small>{escape(one_line(details, 300))}</small>" if details else ""
    return disarmed(f'<section id="turn-{number}">\n<h2>Turn {number}{small}</h2>\n')


def _aside(aside: str, body: str) -> str:
    label = escape(one_line(aside))
    return f'<details class="aside">\n<summary>{label}</summary>\n{body}</details>\n'


def _block(block: Block) -> str:
    if block.kind == "message":
        return _message(block)
    if block.kind == "note":
        return f'<p class="note" dir="auto" lang="">{escape(one_line(block.text, 300))}</p>\n'
    title = tool_title(block) if block.kind == "tool" else block.title
    parts = "".join(_folded(part) for part in folded_parts(block))
    summary = f'<summary dir="auto"><code>{escape(title)}</code></summary>'
    return f'<details class="{block.kind}">\n{summary}\n{parts}{_pictures(block)}</details>\n'


def _message(block: Block) -> str:
    role = escape(one_line(block.title, 40))
    known = block.title if block.title in ("user", "assistant", "system", "developer") else "other"
    said = markdown_to_html(readable(block)) if known == "assistant" else literal(block.text)
    return (
        f'<article class="{known}">\n<h3>{role}</h3>\n<div lang="">\n{said}</div>\n'
        f"{_pictures(block)}</article>\n"
    )


def _folded(text: str) -> str:
    return f'<pre class="wrapped" dir="auto" lang="">{escape(clean(text), quote=False)}</pre>\n'


def _pictures(block: Block) -> str:
    return "".join(f'<img src="{escape(each)}" alt="[image]">\n' for each in block.pictures)
