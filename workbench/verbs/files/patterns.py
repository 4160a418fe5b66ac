"""What personal data looks like: e-mail addresses, cards, phone and social security numbers.

Each pattern finds spans in a text. They are made for what people type: a number that could as well
be a date, an order, a version, a hash or an id is left alone, and what is doubtful between words
about a phone is taken for one. They read each text once, whatever is in it (no pattern goes back
over a long run of characters).

- ``email``: addresses, international ones too.
- ``card``: 13 to 19 digits in the groups that cards have, with a valid check digit (ISO/IEC 7812,
  Luhn), beginning with 2 to 6 as those of all payment networks do.
- ``ssn``: US social security numbers, AAA-GG-SSSS, without the areas that are never given out.
- ``phone``: numbers with ``+``, with a trunk 0 and gaps, in North American form, or behind a word
  such as ``tel`` or ``call me at``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

Span = tuple[int, int]
Find = Callable[[str], Iterator[Span]]

_GAP = "[ \u00a0\u2009\u202f.\\-\u2010\u2011\u2012\u2013]"
_DASH = "[ \u00a0\\-\u2010\u2011\u2012\u2013]"

_EMAIL = re.compile(
    r"(?<![\w%+.-])[\w%+.-]++(?:'[\w%+.-]++){0,3}+@"
    r"(?:[\w-]{1,63}\.){1,8}(?:xn--[a-z0-9-]{2,59}|[^\W\d_]{2,63})"
)
_CARD = re.compile(
    rf"(?<!\w)(?<!\d\.)(?:\d{{13,19}}|"
    rf"\d{{4}}({_GAP})\d{{4}}\1\d{{4}}\1\d{{1,7}}(?:\1\d{{3}})?|"
    rf"\d{{4}}({_GAP})\d{{6}}\2\d{{4,5}})(?!\w)"
)
_SSN = re.compile(
    rf"(?<![\w-])(?!000|666|9)\d{{3}}({_DASH})(?!00)\d{{2}}\1(?!0000)\d{{4}}(?![\w-])"
)
_SSN_NAMED = re.compile(
    r"(?i)(?<![^\W_])(?:ssn|social security (?:number|no\.?))\W{0,3}(?:is\W{0,3})?"
    r"((?!000|666|9)\d{3}(?!00)\d{2}(?!0000)\d{4})(?!\w)"
)

_MORE = r"(?:\)?[ \u00a0.\-/\u2010-\u2013]?[ ]?\(?\d)"
_EXTENSION = r"(?:[ ,]{0,2}(?:x|ext\.?)[ ]?\d{1,6})?"
_PHONES = tuple(
    re.compile(pattern)
    for pattern in (
        # International, as ITU-T E.123 writes it.
        rf"(?<![\w+])\+[1-9]{_MORE}{{7,14}}+{_EXTENSION}(?!\w)",
        rf"(?<![\w+.-])00[1-9]\d{{0,2}}[ -]{_MORE}{{6,12}}+{_EXTENSION}(?!\w)",
        # North America.
        r"(?<![\w+.-])(?:1[ .-]?)?\(\d{3}\)[ -]?\d{3}[ .-]\d{4}" + _EXTENSION + r"(?![\w-])",
        r"(?<![\w+./-])(?:1([ .-]))?\d{3}([.-])\d{3}\2\d{4}" + _EXTENSION + r"(?![\w-])",
        r"(?<![\w+./-])(?<!\d )(?:1 )?[2-9]\d{2} [2-9]\d{2} \d{4}"
        + _EXTENSION
        + r"(?![\w-])(?! \d)",
        r"(?<![\w+./-])(?:1[ -])?[2-9]\d{2} \d{3}-\d{4}" + _EXTENSION + r"(?![\w-])",
        # A trunk 0: Europe, Asia, Australia.
        r"(?<![\w+./:-])(?:\(0[1-9]\d{0,3}\)|0[1-9]\d{0,3})(?:[ /-]\d{2,8}){1,4}+(?![\w:])(?!-\d)",
    )
)
_PHONE_NAMED = re.compile(
    r"(?i)(?<!\w)(?:tel(?:ephone)?|phone|mobile|cell(?:phone)?|fax|call|ring|text|whatsapp|sms|"
    r"puh|handy|m[oó]vil|t[eé]l[eé]fono|t[eé]l)(?:(?:[ .:=#]{1,3}|number|no\.|is|me|us|her|him|"
    r"them|at|on|\"){0,8})(?<![^\W_])([+(]?\d(?:[ .()/-]{0,2}\d){6,14})(?!\w)(?!-\d)"
)
_DATE = re.compile(
    r"(?:19|20)\d{2}([-/. ]?)[01]\d\1[0-3]\d(?!\d)|[0-3]\d([-/. ])[01]\d\2(?:19|20)\d{2}"
)


def email(text: str) -> Iterator[Span]:
    """Addresses of e-mail."""
    if "@" in text:
        yield from (found.span() for found in _EMAIL.finditer(text))


def card(text: str) -> Iterator[Span]:
    """Numbers of payment cards."""
    for found in _CARD.finditer(text):
        digits = [int(each) for each in found[0] if each.isdigit()]
        if 13 <= len(digits) <= 19 and 2 <= digits[0] <= 6 and _luhn(digits):
            yield found.span()


def _luhn(digits: list[int]) -> bool:
    doubled = (sum(divmod(2 * each, 10)) for each in digits[-2::-2])
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def ssn(text: str) -> Iterator[Span]:
    """US social security numbers."""
    yield from (found.span() for found in _SSN.finditer(text))
    yield from (found.span(1) for found in _SSN_NAMED.finditer(text))


def phone(text: str) -> Iterator[Span]:
    """Phone numbers."""
    for pattern in _PHONES:
        yield from (each.span() for each in pattern.finditer(text) if _is_phone(each[0]))
    for found in _PHONE_NAMED.finditer(text):
        if _is_phone(found[1]):
            yield found.span(1)


def _is_phone(found: str) -> bool:
    """Whether it has as many digits as a phone number, and is neither a date nor a coordinate."""
    number = found.partition("x")[0].partition("ext")[0]
    count = sum(each.isdigit() for each in number)
    if _DATE.match(number.lstrip("(")):
        return False
    if number.startswith("+") and re.fullmatch(r"\+\d{1,3}\.\d+", number):
        return False
    least = 9 if number.lstrip("(").startswith("0") else 7
    return least <= count <= 15


NAMED: dict[str, Find] = {"email": email, "card": card, "ssn": ssn, "phone": phone}
"""By name, in the order in which they are looked for: what one has found is no text for the next,
so a card is never taken for a phone."""
