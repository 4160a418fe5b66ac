"""Markdown of a model made harmless while it stays Markdown, for readers that render raw HTML.

GitHub, nbviewer, nbconvert and editors each parse Markdown a little differently, so nothing here
relies on how one of them does: what could become a tag, an image, a link with another scheme or
an open code fence is split by a zero-width space, which shows as nothing in text and in code.
Only blocks of code keep their text as it is, rewritten at the left margin with fences of our own,
so that every parser takes them for code.
"""

from __future__ import annotations

import re
from functools import cache
from html import escape
from typing import TYPE_CHECKING

from workbench.render.text import LONG, TEX_LINKS, clean, one_line

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_SPLIT = "\u200b"
_AUTOLINK = re.compile(r"<(https?://[^\s<>\"'()\[\]\\`*_$]+)>")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_IMAGE = re.compile(r"!(?=\[)")
_WEB = r"(?:https?://|mailto:)[^\s<>\"'\\]"
_LINK = re.compile(rf"\](?=\((?!{_WEB}))|\](?=:(?![ \t]+{_WEB}))")
_FENCE = re.compile(r"^([ \t>*+.)0-9-]*)(`(?=``)|~(?=~~))", re.MULTILINE)
_MATHS = re.compile(r"\$\$|\\[\[(]|\\begin\b")
_SYNTAX = re.compile(r"[\\`*\[\]$]")
_LANGUAGE = re.compile(r"[A-Za-z0-9+#._-]{1,40}")


def escape_markdown(text: str, *, spare_code: bool = True) -> str:
    """``text``, Markdown, in which no reader finds HTML, images, or links except web and mail.

    Ordinary Markdown reads as before; blocks of code move to the left margin. Above LONG
    characters it is one block of code. ``spare_code=False`` splits tags in blocks of code too: for
    a text that stands in one document with others that have maths (see `has_maths`).
    """
    text = clean(text)
    if len(text) > LONG:
        return f"{len(text):,} characters, shown as they are:\n\n{fenced(text)}"
    lines = text.split("\n")
    parts: list[tuple[bool, str]] = []
    position = 0
    for start, end, code in _code_blocks(text):
        parts += [(False, "\n".join(lines[position:start])), (True, code)]
        position = end
    parts.append((False, "\n".join(lines[position:])))
    spare_code = spare_code and not any(has_maths(part) for is_code, part in parts if not is_code)
    written = (
        _prose(part) if not is_code else part if spare_code else split(part)
        for is_code, part in parts
    )
    return "\n\n".join(filter(None, (part.strip("\n") for part in written)))


def has_maths(text: str) -> bool:
    """Whether ``text`` may open displayed maths, which some parsers look for before code: an
    unclosed one would reach into a block of code further down and expose what follows in it."""
    return _MATHS.search(text) is not None


def _code_blocks(text: str) -> list[tuple[int, int, str]]:
    """First line, line after the last, and the block written anew, of each block of code."""
    found: list[tuple[int, int, str]] = []
    for token in _parser().parse(text, {}):
        if token.type in ("fence", "code_block") and token.map is not None:
            start, end = token.map
            if not found or start >= found[-1][1]:
                found.append((start, end, _fence(token.content, token.info)))
    return found


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").disable(["html_block", "html_inline"]).enable("table")


def _prose(text: str) -> str:
    text = _AUTOLINK.sub(r"[\1](\1)", text)
    text = _FENCE.sub(rf"\1\2{_SPLIT}", text)
    return split(text)


def split(text: str) -> str:
    """``text`` with a zero-width space in all that could be HTML, an image or another link."""
    text = _TAG.sub(f"<{_SPLIT}", text)
    text = _IMAGE.sub(f"!{_SPLIT}", text)
    text = _LINK.sub(f"]{_SPLIT}", text)
    return TEX_LINKS.sub(rf"\\{_SPLIT}", text)


def fenced(text: str, language: str = "") -> str:
    """``text`` as a block of code that nothing in it can end, harmless even where it is not one."""
    return _fence(split(clean(text)), language)


def _fence(code: str, info: str) -> str:
    runs = [len(run) for run in re.findall(r"`{3,}", code)]
    marks = "`" * max(3, 1 + max(runs, default=0))
    language = _LANGUAGE.match(info.strip())
    return f"{marks}{language[0] if language else ''}\n{code.rstrip(chr(10))}\n{marks}"


def inline(text: str, width: int = 100) -> str:
    """``text`` on one line, for places where HTML and Markdown meet (a summary, a footer)."""
    short = escape(TEX_LINKS.sub(rf"\\{_SPLIT}", one_line(text, width)))
    return _SYNTAX.sub(lambda found: f"&#{ord(found[0])};", short)
