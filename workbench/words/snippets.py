"""The piece of a text where what was looked for stands, with that marked."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workbench.words.folding import WORD, folded, without_blobs
from workbench.words.phrases import places

MARK = "**"
"""Stands before and behind what was found, as bold text in Markdown."""

WIDTH = 120
"""Characters of a snippet, about."""

_ELSEWHERE = "…"
_CHUNK = re.compile(r"\S+")
_SPACE = re.compile(r"\s+")
_UNSHOWN = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069]")
"""What would move the cursor, or turn the text around."""
_BOLD = re.compile(r"\*\*+")
"""The text's own marks, which are left out: those that stand say what was found."""
_LONE = re.compile("[\ud800-\udfff]")
_JAMO = "\u1100", "\u11ff"
"""Parts of Korean signs: several of them are one sign."""


Span = tuple[str, int, int]
"""A word as it is compared, and where in the text it is written."""


@dataclass(frozen=True, slots=True)
class _Find:
    """Where a phrase was found, and which of them."""

    start: int
    end: int
    phrase: int


def snippet(text: str, phrases: Sequence[Sequence[str]], *, width: int = WIDTH) -> str:
    """About ``width`` characters of ``text`` on one line, where most of the phrases stand.

    What was found stands between `MARK`; ``…`` is where the text goes on.
    """
    finds = _finds(text, phrases)
    start, end = _window(text, finds, width)
    shown: list[str] = [_ELSEWHERE] if text[:start].strip() else []
    at = start
    for first, last in _joined(finds, start, end):
        shown += [_unmarked(text[at:first]), MARK, _unmarked(text[first:last]), MARK]
        at = last
    shown += [_unmarked(text[at:end]), _ELSEWHERE if text[end:].strip() else ""]
    return _one_line("".join(shown))


def _finds(text: str, phrases: Sequence[Sequence[str]]) -> list[_Find]:
    """Every place of every phrase, in the order of the text."""
    spans = list(_spans(text))
    words = [word for word, _start, _end in spans]
    finds = [
        _Find(spans[at][1], spans[at + len(phrase) - 1][2], number)
        for number, phrase in enumerate(phrases)
        for at in places(words, phrase)
    ]
    return sorted(finds, key=lambda each: (each.start, each.end))


def _window(text: str, finds: Sequence[_Find], width: int) -> tuple[int, int]:
    """The part of the text that is shown: where most different phrases stand close together."""
    first = _closest(finds, width)
    if not finds:
        return 0, _cut(text, 0, width)
    begin, end = finds[first].start, finds[first].end
    for each in finds[first:]:
        if each.end - begin > width:
            break
        end = max(end, each.end)
    end = min(end, begin + width)
    room = max(0, width - (end - begin))
    start = _cut_before(text, begin, max(0, begin - room // 2))
    return start, _cut(text, end, max(end, min(len(text), start + width)))


def _closest(finds: Sequence[_Find], width: int) -> int:
    """The number of the find from which on most different phrases stand within ``width``."""
    best, most, last = 0, 0, 0
    inside: dict[int, int] = {}
    for first, find in enumerate(finds):
        while last < len(finds) and (last <= first or finds[last].end - find.start <= width):
            inside[finds[last].phrase] = inside.get(finds[last].phrase, 0) + 1
            last += 1
        if len(inside) > most:
            best, most = first, len(inside)
        inside[find.phrase] -= 1
        if not inside[find.phrase]:
            del inside[find.phrase]
    return best


def _cut_before(text: str, begin: int, start: int) -> int:
    """A place from ``start`` on, before ``begin``, at which a word begins."""
    if start == 0 or text[start - 1].isspace():
        return start
    found = _SPACE.search(text, start, begin)
    return found.end() if found else start


def _cut(text: str, least: int, end: int) -> int:
    """A place up to ``end``, behind ``least``, at which a word ends."""
    if end >= len(text) or text[end].isspace():
        return min(end, len(text))
    gap = max(text.rfind(" ", least, end), text.rfind("\n", least, end))
    return gap if gap > least else end


def _joined(finds: Sequence[_Find], start: int, end: int) -> list[tuple[int, int]]:
    """The finds within the part that is shown; those that touch or overlap are one."""
    joined: list[tuple[int, int]] = []
    for each in finds:
        first, last = max(each.start, start), min(each.end, end)
        if first >= last:
            continue
        if joined and first <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], last)
        else:
            joined.append((first, last))
    return joined


def _unmarked(text: str) -> str:
    return _BOLD.sub("", text)


def _one_line(text: str) -> str:
    text = _LONE.sub("\ufffd", _UNSHOWN.sub("", text))
    return _SPACE.sub(" ", text).strip()


def _spans(text: str) -> Iterator[Span]:
    """The words of a text, as `workbench.words.words` has them, and where each is written."""
    plain = without_blobs(text)
    if plain.isascii():
        yield from _of_ascii(plain, 0)
        return
    for chunk in _CHUNK.finditer(plain):
        yield from (_of_ascii if chunk[0].isascii() else _of_any)(chunk[0], chunk.start())


def _of_ascii(text: str, offset: int) -> list[Span]:
    return [
        (found[0], offset + found.start(), offset + found.end())
        for found in WORD.finditer(text.lower())
    ]


def _of_any(chunk: str, offset: int) -> Iterator[Span]:
    """What is written with several characters is compared as one, and the other way round."""
    parts: list[str] = []
    written: list[tuple[int, int]] = []
    for start, end in _units(chunk):
        part = folded(chunk[start:end])
        parts.append(part)
        written += [(offset + start, offset + end)] * len(part)
    for found in WORD.finditer("".join(parts).lower()):
        yield found[0], written[found.start()][0], written[found.end() - 1][1]


def _units(chunk: str) -> Iterator[tuple[int, int]]:
    """Signs with the marks that belong to them."""
    start = 0
    for at in range(1, len(chunk)):
        if not _belongs(chunk[at], chunk[at - 1]):
            yield start, at
            start = at
    yield start, len(chunk)


def _belongs(char: str, before: str) -> bool:
    if _JAMO[0] <= char <= _JAMO[1]:
        return _JAMO[0] <= before <= _JAMO[1] or "\uac00" <= before <= "\ud7a3"
    if char.isascii():
        return False
    first = unicodedata.normalize("NFKD", char)[:1] or char
    return unicodedata.category(first)[0] == "M"
