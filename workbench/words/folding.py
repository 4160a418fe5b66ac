"""A text as its words: in small letters, without accents, each a run of letters and digits.

Letters are compared as people type them: NFKC and case folding (Unicode 15, chapters 3.11 and 5.18)
make the full-width and the ligature forms plain, and accents, points and strokes are left out in
Latin, Greek, Cyrillic, Hebrew and Arabic. In scripts that are written without spaces (Chinese,
Japanese, Thai, Lao, Khmer, Burmese and their like) and in Korean, which writes endings onto words,
each sign is a word: a run of them is found wherever it stands. Everything else is punctuation.

Words consist of ``a`` to ``z``, digits and characters beyond ASCII, so that what splits a text at
all else (the ``ascii`` tokenizer of SQLite's FTS5) sees these words and no others.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

LONGEST = 64
"""Characters of a word; a longer one counts as several, one behind the other."""

WORD = re.compile(rf"[a-z0-9\x80-\U0010ffff]{{1,{LONGEST}}}")
"""A word of a text that was folded and is in small letters."""

_SMALL = bytes(
    code if code > 127 else ord(chr(code).lower()) if chr(code).isalnum() else ord(" ")
    for code in range(256)
)
"""Of each byte of UTF-8 what it is as part of a word: itself, a small letter, or a space."""
_SHORT = 64
"""Characters of a chunk that is worth remembering."""

_LONG = re.compile(rf"\S{{{LONGEST + 1}}}")
_MAYBE_BLOB = re.compile(r"base64,|[A-Za-z0-9+/_-]{256}")
_BLOB = re.compile(
    # What a file is when it is written as text; never worth finding, and large.
    r"data:[\w.+/;=-]{0,200};base64,[A-Za-z0-9+/=_-]*"
    r"|(?<![A-Za-z0-9+/_-])(?=[A-Za-z+/_-]*[0-9])(?=[a-z0-9+/_-]*[A-Z])[A-Za-z0-9+/_-]{256,}={0,2}"
)

_DROPPED = re.compile(
    "["
    "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"  # accents
    "\u0483-\u0489"  # Cyrillic
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"  # Hebrew points
    "\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed"  # Arabic
    "\u00ad\u034f\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"  # not to be seen
    "\ufe00-\ufe0f\U000e0100-\U000e01ef"  # which form of a sign
    "]+"
)
_STROKES = {"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t", "ı": "i"}

_SIGNS = (
    (0x0E00, 0x0E4F),  # Thai
    (0x0E80, 0x0ECF),  # Lao
    (0x0EDC, 0x0EDF),
    (0x1000, 0x103F),  # Burmese
    (0x1050, 0x108F),
    (0x109A, 0x109F),
    (0x1100, 0x11FF),  # Korean, in parts
    (0x1780, 0x17D3),  # Khmer
    (0x17D7, 0x17DD),
    (0x1950, 0x19CF),  # Tai Le, New Tai Lue
    (0x1A20, 0x1A7F),  # Tai Tham
    (0x1B00, 0x1B4F),  # Balinese
    (0x3005, 0x3007),  # Chinese, Japanese
    (0x3021, 0x312F),
    (0x3130, 0x318F),
    (0x31A0, 0x31FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xA000, 0xA48F),  # Yi
    (0xA960, 0xA97F),
    (0xA980, 0xA9CF),  # Javanese
    (0xA9E0, 0xA9EF),
    (0xAA60, 0xAA7F),
    (0xAC00, 0xD7FF),  # Korean
    (0xF900, 0xFAFF),
    (0x1B000, 0x1B16F),
    (0x20000, 0x3FFFF),
)
"""Where the signs lie of which each is a word."""


class _Split(dict[int, str]):
    """What a character stands for when words are told apart; filled as characters are met."""

    def __missing__(self, code: int) -> str:
        self[code] = found = self._of(code)
        return found

    def _of(self, code: int) -> str:
        char = chr(code)
        if char in _STROKES:
            return _STROKES[char]
        if unicodedata.category(char)[0] not in "LMN":
            return " "
        return f" {char} " if any(low <= code <= high for low, high in _SIGNS) else char


_split = _Split()


def words(text: str) -> list[str]:
    """The words of a text, in order."""
    text = without_blobs(text)
    ascii_only = text.isascii()
    if not ascii_only:
        text = " ".join([each if each.isascii() else _plain(each) for each in text.split()])
    # Bytes are translated several times as fast as text is searched.
    found = text.encode().translate(_SMALL).decode().split()
    if ascii_only and _LONG.search(text) is None:
        return found
    return [part for word in found for part in _parts(word)]


def without_blobs(text: str) -> str:
    """``text`` with spaces in the place of what is no text but the content of a file."""
    if _MAYBE_BLOB.search(text) is None:
        return text
    return _BLOB.sub(lambda found: " " * len(found[0]), text)


def _parts(word: str) -> list[str]:
    if len(word) <= LONGEST:
        return [word]
    return [word[start : start + LONGEST] for start in range(0, len(word), LONGEST)]


def _plain(chunk: str) -> str:
    """A piece of text without white space as words with spaces between them."""
    return _remembered(chunk) if len(chunk) <= _SHORT else folded(chunk)


def folded(chunk: str) -> str:
    """What is left of a text that is not ASCII alone: small letters and digits, and spaces."""
    plain = unicodedata.normalize("NFKD", chunk).casefold()
    plain = _DROPPED.sub("", unicodedata.normalize("NFKD", plain))
    return unicodedata.normalize("NFC", plain).translate(_split)


# A conversation has the same few words with an accent again and again.
_remembered = lru_cache(maxsize=8192)(folded)
