"""A summary, which was written line by line, as Markdown that keeps its lines apart."""

from __future__ import annotations

from itertools import pairwise

from workbench.items import SUMMARY_HEADER

_BREAK = "  "


def is_summary(text: str) -> bool:
    """Whether a message says of itself that it is a summary."""
    return text.startswith(SUMMARY_HEADER)


def by_lines(text: str) -> str:
    """``text`` as Markdown in which each line stays one: CommonMark joins a line to the paragraph
    or the list item above it."""
    lines = [line.rstrip() for line in text.split("\n")]
    apart = [f"{line}{_end(line, after)}" for line, after in pairwise(lines)]
    return "\n".join([*apart, *lines[-1:]])


def _end(line: str, after: str) -> str:
    if not line or not after or _is_listed(after):
        return ""
    return "\n" if _is_listed(line) else _BREAK


def _is_listed(line: str) -> bool:
    return line.startswith(("- ", "* ", " ", "\t"))
