"""Text that is safe to print: no escapes, no control characters, no halves of characters."""

from __future__ import annotations

import re
from typing import Any

LONG = 50_000
"""Characters above which a text is shown as it is, unrendered: parsing hostile Markdown may take
more than linear time."""

SHOWN = 20_000
"""Characters of a tool's arguments or output that are shown; the frame has them all."""

_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor movement (ECMA-48, 5.4)
    r"|\x1b\][^\x07\x1b\n]*(?:\x07|\x1b\\)"  # OSC: titles, links, the clipboard
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SURROGATES = re.compile(r"[\ud800-\udfff]+")
_LINE_ENDS = re.compile(r"\r\n?|[\u2028\u2029]")

TEX_LINKS = re.compile(
    r"\\(?=(?:href|url|style|class|cssId|data|require|mmlToken|unicode|includegraphics|bbox)"
    r"(?![A-Za-z]))"
)
"""The backslash of TeX commands that make links, styles or loads: pages typeset maths in our text,
and not every page (nbconvert's, for one) has MathJax's safe mode on."""


_OF_THE_LINE = {
    "overwrite=True": "--overwrite",
    "format= ": "--format ",
    "repair=True": "--repair",
    "again=True": "--again",
}
"""What messages call an argument in Python, and what it is called as an option."""


def as_options(message: str) -> str:
    """``message`` for who has written a line with options, and no Python."""
    for python, line in _OF_THE_LINE.items():
        message = message.replace(python, line)
    return message


def clean(text: Any) -> str:
    """``text`` without terminal escapes and control characters except newline and tab.

    Line ends become newlines; half a surrogate pair becomes U+FFFD, since it can't be encoded.
    """
    text = _LINE_ENDS.sub("\n", str(text))
    text = _CONTROLS.sub("", _ESCAPES.sub("", text))
    return _SURROGATES.sub(_whole, text)


def _whole(found: re.Match[str]) -> str:
    return found[0].encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def one_line(text: Any, width: int = 100) -> str:
    """``text`` cleaned, on one line, its end left out when it is longer than ``width``."""
    joined = " ".join(clean(str(text)[: 4 * width]).split())
    return joined if len(joined) <= width else joined[: width - 1] + "…"


def shown(text: Any) -> str:
    """``text`` cleaned, cut at SHOWN characters with a note of how many more there are."""
    text = str(text)
    rest = len(text) - SHOWN
    return clean(text) if rest <= 0 else f"{clean(text[:SHOWN])}\n[{rest:,} more characters]"
