"""A list of items as plain text, Markdown and HTML.

Messages stand in the open; tools with their outputs and reasoning are folded away. Images are the
text ``[image]``, and in HTML small ones stand below it: nothing is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import Any

from workbench.render.blocks import Block, blocks
from workbench.render.safe_html import disarmed, literal, markdown_to_html
from workbench.render.safe_markdown import escape_markdown, fenced, has_maths, inline
from workbench.render.summary import by_lines, is_summary
from workbench.render.text import clean, one_line, shown

_QUIET = 'style="margin:0.3em 0;opacity:0.85"'
_IMAGE = 'style="max-height:10em;max-width:100%;margin-right:0.5em"'
PICTURE = 400_000
"""Characters of a picture's address that are put into a page: a saved notebook holds each of them,
for each time that it is shown."""

_RAISED = 'style="margin:0.6em 0"'


def plain(items: Iterable[Any]) -> str:
    """``items`` as text that is safe to print: a paragraph per message, a line per tool."""
    return "\n\n".join(map(plain_block, blocks(items)))


def markdown(items: Iterable[Any]) -> str:
    """``items`` as Markdown in which HTML, remote images and other links of theirs do nothing."""
    return "\n\n".join(markdown_blocks(blocks(items)))


def markdown_blocks(found: Sequence[Block], *, cut: Callable[[Any], str] = shown) -> list[str]:
    """Each of ``found`` as Markdown, for one document; ``cut`` shortens what is folded away."""
    spare = not any(has_maths(each.text) for each in found if each.kind == "message")
    return [_markdown_block(each, spare_code=spare, cut=cut) for each in found]


def html(items: Iterable[Any]) -> str:
    """``items`` as HTML that needs neither a style sheet nor script, light or dark."""
    shown_blocks = "".join(map(html_block, blocks(items)))
    return disarmed(f'<div class="workbench-conversation">{shown_blocks}</div>')


def plain_block(block: Block) -> str:
    """One block as text: a message whole, anything else on a line or two."""
    if block.kind == "message":
        return f"{one_line(block.title)}: {clean(block.text)}"
    if block.kind == "tool":
        output = "..." if block.output is None else one_line(block.output)
        return f"[tool] {tool_title(block)} -> {output}"
    return f"[{one_line(block.title)}] {one_line(block.text)}"


def _markdown_block(block: Block, *, spare_code: bool, cut: Callable[[Any], str]) -> str:
    """One block as Markdown; what is not a message is folded into ``<details>``."""
    if block.kind == "message":
        body = escape_markdown(readable(block), spare_code=spare_code)
        return f"**{inline(block.title)}:**\n\n{body}"
    if block.kind == "note":
        return f"*{inline(block.text)}*"
    title = tool_title(block) if block.kind == "tool" else block.title
    inner = "\n\n".join(fenced(cut(part)) for part in folded_parts(block))
    return f"<details><summary>{inline(title)}</summary>\n\n{inner}\n\n</details>"


def html_block(block: Block) -> str:
    """One block as HTML, not yet `disarmed`; what is not a message is folded away."""
    if block.kind == "message":
        said = block.title == "assistant"
        body = markdown_to_html(readable(block)) if said else literal(block.text)
        role = escape(one_line(block.title))
        body += small_pictures(block)
        return f'<div class="workbench-message" {_RAISED}><strong>{role}</strong>\n{body}</div>\n'
    if block.kind == "note":
        return f'<p dir="auto"><em>{escape(one_line(block.text))}</em></p>\n'
    title = tool_title(block) if block.kind == "tool" else block.title
    inner = "".join(_folded(part) for part in folded_parts(block))
    return f"<details {_QUIET}><summary><code>{escape(title)}</code></summary>\n{inner}</details>\n"


def small_pictures(block: Block) -> str:
    """The pictures in a block that are small enough to stand in a notebook, not yet `disarmed`."""
    shown = [each for each in block.pictures if len(each) <= PICTURE]
    images = "".join(f'<img src="{escape(each)}" alt="" {_IMAGE}>' for each in shown)
    return f"<p {_QUIET}>{images}</p>\n" if images else ""


def readable(block: Block) -> str:
    """The text of a message; that of a summary keeps its lines."""
    summary = block.title == "assistant" and is_summary(block.text)
    return by_lines(block.text) if summary else block.text


def tool_title(block: Block) -> str:
    """The call on one line, as ``get_weather({"city": "Oulu"})``."""
    return f"{one_line(block.title, 60)}({one_line(block.text, 80)})"


def folded_parts(block: Block) -> list[str]:
    """What lies in the fold: the arguments when the title could not hold them, and the output."""
    if block.kind == "reasoning":
        return [block.text]
    whole = one_line(block.text, 80) == block.text.strip()
    output = "(no output yet)" if block.output is None else block.output or "(empty)"
    return [output] if whole else [block.text, output]


def _folded(text: str) -> str:
    body = escape(shown(text), quote=False)
    return f'<pre dir="auto" style="white-space:pre-wrap">{body}</pre>\n'
