"""Markdown of a model as HTML that can do nothing: the tags, attributes and links are ours.

Follows CommonMark with the tables and strikethrough of GFM, through markdown-it-py with raw HTML
off, so that tags in a reply are shown as text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any

from workbench.render.text import LONG, TEX_LINKS, clean

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token

_WEB = re.compile(r"(?:https?://|mailto:)[^\s\"'<>`]+\Z", re.IGNORECASE)
_LANGUAGE = re.compile(r"[A-Za-z0-9+#._-]{1,40}")
_BLOCKS = ("paragraph", "heading", "list_item", "bullet_list", "ordered_list", "blockquote")
_DIRECTED = frozenset(f"{name}_open" for name in (*_BLOCKS, "th", "td"))
_APART: dict[str, str | int | float] = {"target": "_blank", "rel": "noopener noreferrer"}
_ALIGN = re.compile(r"text-align:(?:left|right|center)")


def markdown_to_html(text: str) -> str:
    """``text``, Markdown, as HTML without script, handlers, styles of its own or remote loads.

    Links go to http, https and mailto only and open apart; others stay text, images become links.
    Right-to-left paragraphs are told by their own text. Above LONG characters: as `preformatted`.
    """
    text = clean(text)
    if len(text) > LONG:
        return f"<p>{len(text):,} characters, shown as they are:</p>\n{preformatted(text)}"
    try:
        return disarmed(str(_parser().render(text, {})))
    except RecursionError:
        return preformatted(text)


def preformatted(text: str) -> str:
    """``text`` as it is, escaped, in a ``<pre>``."""
    return f'<pre dir="auto">{escape(clean(text), quote=False)}</pre>\n'


def literal(text: str) -> str:
    """What a person typed, escaped, with its line breaks, not yet `disarmed`."""
    lines = escape(clean(text), quote=False).split("\n")
    return f'<p dir="auto">{"<br>".join(lines)}</p>\n'


def disarmed(html: str) -> str:
    """``html`` in which TeX can't make links: an element between them breaks the command."""
    return TEX_LINKS.sub(r"\\<span></span>", html)


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.validateLink = _allowed  # type: ignore[method-assign]
    parser.core.ruler.push("workbench_attributes", _own_attributes)
    parser.add_render_rule("image", _image)
    parser.add_render_rule("fence", _code)
    parser.add_render_rule("code_block", _code)
    return parser


def _allowed(url: str) -> bool:
    """Absolute web and mail addresses only: a relative one would lead into the notebook server."""
    return _WEB.match(url) is not None


def _own_attributes(state: StateCore) -> None:
    """Keep no attribute of the text's making except addresses, numbers and alignment."""
    for token in state.tokens:
        align = str(token.attrs.get("style", ""))
        start = token.attrs.get("start")
        token.attrs = {"dir": "auto"} if token.type in _DIRECTED else {}
        if _ALIGN.fullmatch(align):
            token.attrs["style"] = align
        if isinstance(start, int):
            token.attrs["start"] = start
        _inline_attributes(token.children or ())


def _inline_attributes(tokens: Sequence[Token]) -> None:
    tag = ""
    for token in tokens:
        if token.type == "link_open":
            href = str(token.attrs.get("href", ""))
            # The parser does not ask about an empty address, which would lead to the page itself.
            tag = "a" if _allowed(href) else "span"
            token.attrs = {"href": href, **_APART} if tag == "a" else {}
        if token.type in ("link_open", "link_close"):
            token.tag = tag  # links don't nest, so the last one opened is the one that closes
            tag = tag if token.type == "link_open" else ""
        elif token.type == "image":
            token.meta["in_link"] = tag == "a"


def _image(_self: Any, tokens: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
    """A label in place of the image, which would be loaded from wherever the reply says."""
    token = tokens[index]
    label = escape(f"[image: {token.content}]" if token.content else "[image]")
    address = str(token.attrs.get("src", ""))
    if token.meta.get("in_link") or not _allowed(address):
        return label
    return f'<a href="{escape(address)}" target="_blank" rel="noopener noreferrer">{label}</a>'


def _code(_self: Any, tokens: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
    token = tokens[index]
    language = _LANGUAGE.match(token.info.strip())
    name = f' class="language-{language[0]}"' if language else ""
    return f'<pre dir="ltr"><code{name}>{escape(token.content, quote=False)}</code></pre>\n'
