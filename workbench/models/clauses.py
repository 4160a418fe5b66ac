"""Text into clauses: the pieces of a message that can each hold one statement or question.

Every step is linear in the length of the text, and a clause is cut at `LONGEST` characters before
a grammar sees it, so that no message, however hostile, takes long.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

LONGEST = 1000
"""Characters of one clause that are looked at."""

_ALIKE = str.maketrans(
    {"’": "'", "‘": "'", "ʼ": "'", "′": "'", "＇": "'", "“": '"', "”": '"', "„": '"', "«": '"',
     "»": '"', "\u200b": None, "\ufeff": None}
)  # fmt: skip
_TITLES = "".join(rf"(?<!\b{title}\.)" for title in ("Dr", "Mr", "Ms", "Mrs", "St", "Prof"))
_SENTENCE_END = re.compile(rf"(?<=[.!?…;]){_TITLES}[\"')\]]*\s+|(?<=[。！？؟])")
_FIRST_PERSON = (
    r"i|i'm|im|i'd|my|our|call me|set|use|change|switch|turn|enable|disable|remember|forget|please"
    r"|always|never|note|don't forget|answer|reply|what's|what is|what are|who am|where do i"
    r"|summari[sz]e|tell me|do you"
)
_JOINT = re.compile(
    rf",? (?:and|but|also|then|so) (?=(?:{_FIRST_PERSON}|what|who|where|how|which)\b)"
    rf"|, (?=(?:{_FIRST_PERSON})\b)",
    re.IGNORECASE,
)
_SETS = re.compile(r"(?:please )?(?:set|change) ", re.IGNORECASE)
_NEXT_PAIR = re.compile(r",? and (?=(?:the |my )?[\w-]{1,40}(?: [\w-]{1,40})? to )", re.IGNORECASE)
_LEAD = re.compile(
    r"(?:hi|hello|hey|howdy|ok|okay|well|so|also|and|but|then|actually|no|yes|yeah|thanks|thank you"
    r"|btw|by the way|oh|from now on|in future|now|first|next|great"
    r"|good (?:morning|afternoon|evening|day))(?: there| all| again)?(?:[,:;!.\- ]+|$)",
    re.IGNORECASE,
)
_POLITE = re.compile(
    r"(?:please|pls|kindly|(?:can|could|would|will) you(?: please)?|i(?:'d| would) like you to"
    r"|i want you to)(?:[, ]+|$)",
    re.IGNORECASE,
)
_YOU = {
    "i am": "you are", "i was": "you were", "i'm": "you're", "i've": "you've", "i'd": "you'd",
    "i'll": "you'll", "i": "you", "me": "you", "my": "your", "mine": "yours", "our": "your",
    "myself": "yourself", "we": "you",
}  # fmt: skip
_ME = re.compile(r"\b(?:" + "|".join(_YOU) + r")\b", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class Clause(NamedTuple):
    """One statement, wish or question, without greeting, ``please`` and closing punctuation."""

    text: str
    asks: bool
    """Whether it ended in a question mark."""
    polite: bool
    """Whether it began with ``please``, ``can you`` and the like: then it is a wish."""


def clauses(text: str) -> Iterator[Clause]:
    """The clauses of a message in order; an empty one stands for a mere greeting."""
    for line in text.splitlines():
        if not line or line.isspace():
            continue
        for sentence in _SENTENCE_END.split(plain(line)):
            pieces = [each for piece in _JOINT.split(sentence) for each in _pairs(piece)]
            for number, piece in enumerate(pieces, 1):
                yield _clause(piece, last=number == len(pieces))


def _pairs(piece: str) -> list[str]:
    """``set a to b and c to d`` as two wishes; anything else as it is."""
    if not (verb := _SETS.match(piece)):
        return [piece]
    first, *others = _NEXT_PAIR.split(piece)
    return [first, *(verb[0] + other for other in others)]


def plain(text: str) -> str:
    """``text`` on one line with straight quotes and single spaces."""
    return " ".join(text.translate(_ALIKE).split())


def _clause(piece: str, *, last: bool) -> Clause:
    asks = last and piece.rstrip("\"') ").endswith(("?", "？", "؟"))
    rest, polite = piece[:LONGEST].strip(), False
    for _ in range(6):
        if found := _LEAD.match(rest):
            rest = rest[found.end() :]
        elif found := _POLITE.match(rest):
            rest, polite = rest[found.end() :], True
        else:
            break
    return Clause(bare(rest), asks, polite)


def bare(text: str) -> str:
    """``text`` without quotes, brackets and punctuation around it."""
    if text[:1].isalnum() and text[-1].isalnum():
        return text
    return text.strip().rstrip(" .!?,;:…。！？؟").strip(" \"'`*").rstrip(" .!?,;:")


def second_person(text: str) -> str:
    """What the user said of themself, said to them: ``I like my tea`` -> ``you like your tea``."""
    return _ME.sub(lambda found: _YOU[found.group().lower()], text)


def clip(text: str, width: int) -> str:
    """``text`` on one line of at most ``width`` characters, free of control characters."""
    if len(text) <= width and text.isprintable():
        return text
    line = _CONTROL.sub(" ", " ".join(text[: width * 4].split()))
    return line if len(line) <= width and len(text) <= width * 4 else line[: width - 1] + "…"


def sentence(text: str) -> str:
    """``text`` with a capital and a full stop."""
    ended = text if text.endswith((".", "!", "?", "…")) else text + "."
    return ended[:1].upper() + ended[1:]


def listing(parts: list[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))
