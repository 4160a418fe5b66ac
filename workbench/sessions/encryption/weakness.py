"""What makes a key easily guessed, as far as that can be seen from the key itself."""

from __future__ import annotations

from itertools import pairwise

FEWEST = 8
"""Different bytes that a key has at least. 32 random bytes have 24 or more, and 32 random
hexadecimal digits have fewer than 8 once in some 20 million keys."""

_FEWEST_OF_WORDS = 5
_ROWS = "qwertyuiop asdfghjkl zxcvbnm 01234567890"
_NEIGHBOURS = {left + right for left, right in pairwise(_ROWS)}


def weakness(data: bytes) -> str | None:
    """Why ``data`` is a weak key, in words that don't show it; None when nothing is seen."""
    if len(set(data)) < (FEWEST if len(data) >= 32 else _FEWEST_OF_WORDS):
        return "it has too few different characters"
    # A little above the half: the same words twice, with a space or a dash between them.
    longest = min(len(data) // 2 + 2, len(data) - 6)
    if any(_repeats(data, size) for size in range(1, longest + 1)):
        return "it repeats itself"
    if _steps(data) > len(data) * 3 // 4:
        return "it is a sequence"
    return None


def _repeats(data: bytes, size: int) -> bool:
    """Whether most bytes are those that stand ``size`` before them."""
    same = sum(left == right for left, right in zip(data, data[size:], strict=False))
    return same >= (len(data) - size) * 3 / 4


def _steps(data: bytes) -> int:
    """How many bytes follow from the one before: counting up or down, or the next key to press."""
    found = 0
    for left, right in pairwise(data):
        pair = (chr(left) + chr(right)).lower()
        found += right - left in (-1, 0, 1) or pair in _NEIGHBOURS or pair[::-1] in _NEIGHBOURS
    return found
