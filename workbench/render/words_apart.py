"""In which words texts differ. Pure functions, quick on texts of any length and kind."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import groupby
from typing import NamedTuple

_DENSE = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
"""Scripts that write no spaces: Thai, Lao, Burmese, Khmer, Japanese, Chinese."""
_SIGNS = (
    r"\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ecd\u102b-\u103e\u17b4-\u17d3"
    r"\u3099\u309a"
)
"""Of these, what is written above, below or around the letter before it."""
_MARKS = (
    r"!-/:-@\[-`{-~\u00a1-\u00bf\u2010-\u2027\u2030-\u205e\u3000-\u303f\uff01-\uff0f\uff1a-\uff20"
)
_WORDS = re.compile(rf"\s+|[{_DENSE}][{_SIGNS}]*|[{_MARKS}]|(?:(?![{_DENSE}{_MARKS}])\S)+")
"""A run of spaces, a letter of a dense script, a punctuation mark, or a word."""
_LINES = re.compile(r"[^\n]*\n|[^\n]+")

MOST = 1_000
"""Words, or lines, above which texts are not taken apart any further: matching takes their product.
"""


class Span(NamedTuple):
    """A part of a text, and whether another text has something else in its place."""

    text: str
    differs: bool


def words_apart(texts: Sequence[str]) -> list[list[Span]]:
    """Each text in parts: the first with what any other has not, the others with what it has not.

    Texts that are too long for words are compared line by line, and what is too long even so is
    one part.
    """
    if len(texts) < 2:
        return [[Span(text, False)] for text in texts]
    first, *others = texts
    pairs = [_pair(first, other) for other in others]
    return [_joined(first, [one for one, _ in pairs]), *(_spans(two) for _, two in pairs)]


def by_chunk(spans: Sequence[Span]) -> list[Span]:
    """The same with all that stands between two spaces marked as one, and the spaces never."""
    chunks: list[list[Span]] = [[]]
    for span in spans:
        for part in re.findall(r"\s+|\S+", span.text):
            if part.isspace():
                chunks += [[Span(part, False)], []]
            else:
                chunks[-1].append(Span(part, span.differs))
    return [
        Span("".join(each.text for each in chunk), any(each.differs for each in chunk))
        for chunk in chunks
        if chunk
    ]


Marked = list[tuple[str, bool]]


def _pair(one: str, other: str) -> tuple[Marked, Marked]:
    for parts in (_WORDS, _LINES):
        mine, theirs = parts.findall(one), parts.findall(other)
        if max(len(mine), len(theirs)) <= MOST:
            return _matched(mine, theirs)
    return [(one, one != other)], [(other, one != other)]


def _matched(mine: list[str], theirs: list[str]) -> tuple[Marked, Marked]:
    differs = [True] * len(mine), [True] * len(theirs)
    for start, begin, size in SequenceMatcher(None, mine, theirs, False).get_matching_blocks():
        differs[0][start : start + size] = [False] * size
        differs[1][begin : begin + size] = [False] * size
    one, other = (
        list(zip(words, marks, strict=True))
        for words, marks in zip((mine, theirs), differs, strict=True)
    )
    return one, other


def _joined(text: str, several: Sequence[Marked]) -> list[Span]:
    """One text with the marks of several: a letter is marked where one of them marks it."""
    marks = [False] * len(text)
    for marked in several:
        place = 0
        for word, differs in marked:
            if differs:
                marks[place : place + len(word)] = [True] * len(word)
            place += len(word)
    return _spans(list(zip(text, marks, strict=True)))


def _spans(marked: Marked) -> list[Span]:
    return [
        Span("".join(word for word, _ in group), differs)
        for differs, group in groupby(marked, key=lambda each: each[1])
    ]
