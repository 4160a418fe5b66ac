"""What somebody typed into a search, as phrases, and how often a text has each of them.

``dark mode`` are two words that both have to be there, ``"dark mode"`` is a phrase, ``mod*`` the
beginning of a word. What stands without a space between (``get_weather``, ``don't``) is a phrase
too. All else is punctuation: there are no operators.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from workbench.words.folding import words

Phrase = tuple[str, ...]
"""Words that stand one behind the other; the last may end in ``*``: it may go on."""

_PART = re.compile(r"[\"“”„‟«»＂]([^\"“”„‟«»＂]*)[\"“”„‟«»＂](\*?)|([^\s\"“”„‟«»＂]+)")
"""What stands in quotes, whether it may go on; else what stands between spaces."""


def phrases_of(text: str) -> tuple[Phrase, ...]:
    """The phrases of what was typed, each once; none where there is no word in it."""
    found: dict[Phrase, None] = {}
    for quoted, star, bare in _PART.findall(text):
        part = quoted or bare
        phrase = words(part)
        if phrase:
            goes_on = bool(star) or part.rstrip().endswith(("*", "＊"))
            phrase[-1] += "*" if goes_on else ""
            found[tuple(phrase)] = None
    return tuple(found)


def counts(text: Sequence[str], phrases: Sequence[Sequence[str]]) -> list[int]:
    """How often each phrase stands in a text, which is given as its words."""
    return [sum(1 for _ in places(text, phrase)) for phrase in phrases]


def places(text: Sequence[str], phrase: Sequence[str]) -> list[int]:
    """Where a phrase stands: the number of its first word, from 0."""
    *whole, last = phrase
    start, goes_on = (last[:-1], True) if last.endswith("*") else (last, False)
    if not whole and not goes_on:
        return _all(text, last)
    behind = len(whole)
    if whole:
        firsts = [at for at in _all(text, whole[0]) if list(text[at : at + behind]) == whole]
    else:
        firsts = list(range(len(text)))
    ends = [(at, at + behind) for at in firsts if at + behind < len(text)]
    if goes_on:
        return [at for at, end in ends if text[end].startswith(start)]
    return [at for at, end in ends if text[end] == last]


def _all(text: Sequence[str], word: str) -> list[int]:
    """Where a word stands; looked for as lists do it, which is quick."""
    found: list[int] = []
    at = -1
    try:
        while True:
            at = text.index(word, at + 1)
            found.append(at)
    except ValueError:
        return found
