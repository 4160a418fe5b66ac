"""One turn as plain text, Markdown and HTML: the reply stands out, the rest is folded or small.

The user's prompt is not repeated (it is in the cell), but for small pictures in HTML. Tools are
folded above the reply, and a line below it says how long it took, what it cost, who answered and
where it is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from workbench.render.blocks import Block, blocks
from workbench.render.conversation import (
    html_block,
    markdown_blocks,
    plain_block,
    small_pictures,
)
from workbench.render.safe_html import disarmed, markdown_to_html, preformatted
from workbench.render.safe_markdown import escape_markdown, fenced, has_maths, inline
from workbench.render.text import clean, one_line

_NOTES = {
    "cancelled": "Stopped before it was finished.",
    "pending": "Waits for an approval before it goes on.",
    "replaced": "Replaced by a later run.",
}
# The variable is JupyterLab's indent of printed text, which a notice above the turn has.
_TURN = 'style="padding-left:var(--jp-code-padding,0)"'
_CLOSE = 'style="margin-bottom:-0.5em"'
_NOTE = 'style="margin:0.4em 0"'
_SMALL = 'style="margin-top:0.4em;opacity:0.7"'
_WRONG = 'style="border-left:3px solid #d32f2f;padding-left:0.6em;margin:0.4em 0"'
_CURSOR = "▍"


def footer(
    *,
    seconds: float | None = None,
    input_tokens: int | None = None,
    output_tokens: int | None = None,
    estimated: bool = False,
    model: str | None = None,
    store: str | None = None,
    status: str = "done",
) -> str:
    """One line of text: ``0.8 s · 120 + 34 tokens (estimated) · offline · sqlite chats.db``.

    Tokens are input + output. What is None is left out, and so is the status ``done``.
    """
    parts = (
        None if seconds is None else duration(seconds),
        _tokens(input_tokens, output_tokens, estimated),
        model and one_line(model),
        store and one_line(store, 200),
        None if status == "done" else one_line(status),
    )
    return " · ".join(filter(None, parts))


def duration(seconds: float) -> str:
    """``24 ms``, ``0.8 s`` or ``1 min 5 s``."""
    if seconds < 0.1:
        return f"{1000 * seconds:.0f} ms"
    if round(seconds, 1) < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def _tokens(given: int | None, made: int | None, estimated: bool) -> str | None:
    if given is None and made is None:
        return None
    counts = " + ".join("?" if each is None else f"{each:,}" for each in (given, made))
    return f"{counts} tokens" + (" (estimated)" if estimated else "")


def turn_plain(
    items: Iterable[Any],
    *,
    text: str,
    footer: str = "",
    status: str = "done",
    error: str | None = None,
    streaming: bool = False,
) -> str:
    """The turn as text that is safe to print; ``text`` is the reply, ``items`` are the turn's."""
    parts = [plain_block(each) for each in _above(items, text, streaming=streaming)]
    parts.append(clean(text))
    parts += [f"Error: {clean(error)}"] if error else []
    parts += _note(status)
    parts.append(one_line(footer, 400))
    return "\n\n".join(filter(None, parts))


def turn_markdown(
    items: Iterable[Any],
    *,
    text: str,
    footer: str = "",
    status: str = "done",
    error: str | None = None,
    streaming: bool = False,
) -> str:
    """The turn as Markdown that is safe in readers which render raw HTML."""
    above = _above(items, text, streaming=streaming)
    parts = markdown_blocks(above)
    parts.append(escape_markdown(text, spare_code=not any(has_maths(each.text) for each in above)))
    parts += [_CURSOR] if streaming and not _note(status) else []
    parts += [f"**Error:**\n\n{fenced(error)}"] if error else []
    parts += [f"*{note}*" for note in _note(status)]
    parts += [f"<sub>{inline(footer, 400)}</sub>"] if footer else []
    return "\n\n".join(filter(None, parts))


def turn_html(
    items: Iterable[Any],
    *,
    text: str,
    footer: str = "",
    status: str = "done",
    error: str | None = None,
    streaming: bool = False,
) -> str:
    """The turn as HTML that reads well light and dark, with or without its inline styles."""
    items = list(items)
    parts = [small_pictures(each) for each in blocks(items) if _is_the_users(each)]
    parts += [html_block(each) for each in _above(items, text, streaming=streaming)]
    if text or streaming:
        body = _with_cursor(markdown_to_html(text), streaming and not _note(status))
        close = f" {_CLOSE}" if body.endswith("</p>\n") else ""
        parts.append(f'<div class="workbench-reply" dir="auto"{close}>{body}</div>\n')
    if error:
        parts.append(f"<div {_WRONG}><strong>Error</strong>\n{preformatted(error)}</div>\n")
    parts += [f"<p {_NOTE}><em>{note}</em></p>\n" for note in _note(status)]
    if footer:
        line = escape(one_line(footer, 400))
        parts.append(f'<div class="workbench-footer" {_SMALL}><small>{line}</small></div>\n')
    return disarmed(f'<div class="workbench-turn" {_TURN}>{"".join(parts)}</div>')


def turn_forms(items: Iterable[Any], **parts: Any) -> dict[str, str]:
    """The turn in all three forms, by MIME type; ``parts`` are the keywords that each takes."""
    return {
        "text/plain": turn_plain(items, **parts),
        "text/markdown": turn_markdown(items, **parts),
        "text/html": turn_html(items, **parts),
    }


def _with_cursor(body: str, wanted: bool) -> str:
    """``body`` with the mark of a text that still grows, behind its last word."""
    mark = f'<span aria-hidden="true">{_CURSOR}</span>' if wanted else ""
    text = body.removesuffix("</p>\n")
    return f"{text}{mark}</p>\n" if text != body else body + mark


def _note(status: str) -> list[str]:
    return [_NOTES[status]] if status in _NOTES else []


def _above(items: Iterable[Any], text: str, *, streaming: bool) -> list[Block]:
    """What came before the reply: all but what the user said and the message that is the reply."""
    found = [each for each in blocks(items) if not _is_the_users(each)]
    reply = _reply(found, text, streaming=streaming)
    return [each for index, each in enumerate(found) if index != reply]


def _is_the_users(block: Block) -> bool:
    return block.title == "user" and block.kind == "message"


def _reply(found: Sequence[Block], text: str, *, streaming: bool) -> int | None:
    """Where the reply itself is among the blocks: while it streams it may not be there yet."""
    for index in range(len(found) - 1, -1, -1):
        block = found[index]
        if block.kind == "message" and block.title == "assistant":
            written = bool(text) and not streaming and index == len(found) - 1
            return index if written or block.text == text else None
    return None
