"""The arguments of a call, taken from the words of the message that asks for it.

Tried in this order: a JSON object, ``key=value`` and ``key: value`` pairs, positions in brackets,
words of an enum, numbers and quoted texts in order, and what follows ``for``, ``in``, ``about``...
What can't be found is reported as missing; nothing is made up.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from workbench.models.clauses import bare, clip, plain
from workbench.models.schema import MISSING, Property, Schema, choices, properties, value

LONGEST = 20_000
"""Characters of a message in which arguments are looked for."""

_NUMBER = re.compile(r"(?<![\w.])[-+]?\d{1,300}(?:\.\d{1,300})?(?![\w])")
_QUOTED = re.compile(r"\"([^\"]*)\"|(?<!\w)'([^']*)'(?!\w)|`([^`]*)`")
_WORD = re.compile(r"[^\W_]+")
_CUT = re.compile(r"[,;)\n]|[.!?](?= |$)")
_LEAD = re.compile(
    r"(?:[\s,:;()\-]|(?:tool|function|please|with|using|and|then|the following|arguments?|args|on"
    r"|for|in|of|about|at|from|to|by|as|that|saying)\b)+",
    re.IGNORECASE,
)
_TAIL = frozenset("and with please then now tool thanks".split())
_CONNECTOR = re.compile(r"\b(?:for|in|of|about|from|at|to|with|on|saying|as|and)\b|[,;]", re.I)
_PLACE = re.compile(r"\b(?:for|in|of|about)\s+(?:the\s+)?", re.IGNORECASE)
_JSON = json.JSONDecoder()


@dataclass
class Filling:
    """Arguments found so far, and the part of the text that is not used yet."""

    schema: Schema
    text: str
    found: dict[str, Any] = field(default_factory=dict)

    @property
    def open(self) -> list[Property]:
        """Properties still without a value: those that must be given first."""
        left = [each for each in properties(self.schema) if each.name not in self.found]
        return sorted(left, key=lambda each: not each.needed)

    def put(self, one: Property, text: str) -> bool:
        """Give ``one`` the value that ``text`` spells; False when it spells none."""
        made = value(one.schema, _unquoted(text), self.schema)
        if made is MISSING:
            return False
        self.found[one.name] = made
        return True


def fill(schema: Schema, text: str, before: str = "") -> tuple[dict[str, Any], list[str]]:
    """Arguments for ``schema`` from the words after a tool's name, then from those before it.

    Returns the arguments and the names of the properties that must be given and were not found.
    Optional ones that nothing was said about are left out, or null where the schema lists them.
    """
    filling = Filling(schema, plain(text[:LONGEST]))
    _from_json(filling)
    _from_pairs(filling)
    if not _from_brackets(filling):
        for step in (_from_enums, _from_quotes, _from_numbers, _from_booleans, _from_rest):
            step(filling)
    if before and any(each.needed for each in filling.open):
        _from_before(filling, plain(before[-LONGEST:]))
    missing = [each.name for each in filling.open if each.needed]
    nulls = {each.name: None for each in filling.open if each.listed and each.nullable}
    return {**filling.found, **nulls}, missing


def stated(schema: Schema, text: str) -> dict[str, Any]:
    """Only what ``text`` says outright: a JSON object, ``key=value`` and ``key: value``."""
    filling = Filling(schema, plain(text[:LONGEST]))
    _from_json(filling)
    _from_pairs(filling, outright=True)
    return filling.found


def _from_json(filling: Filling) -> None:
    place = filling.text.find("{")
    known = {each.name for each in properties(filling.schema)}
    for _ in range(20):
        if place < 0:
            return
        try:
            found, end = _JSON.raw_decode(filling.text, place)
        except (ValueError, RecursionError):
            place = filling.text.find("{", place + 1)
            continue
        if isinstance(found, dict) and known & set(found):
            filling.found |= {key: found[key] for key in found if key in known}
            filling.text = filling.text[:place] + filling.text[end:]
            return
        place = filling.text.find("{", end)


def _from_pairs(filling: Filling, *, outright: bool = False) -> None:
    """``key=value``, ``key: value``; if not ``outright``, ``key is value``, ``with key value``."""
    by_key = {_key_words(each.name).casefold(): each for each in filling.open}
    if not by_key:
        return
    keys = "|".join(_key_pattern(key) for key in sorted(by_key, key=len, reverse=True))
    pair = re.compile(
        rf"(?<!\w)(?:(?P<a>{keys})\s?(?:=|:)\s?|(?P<b>{keys}) (?:is|as) "
        rf"|(?:with|and|,|the) (?P<c>{keys}) (?=\S))",
        re.IGNORECASE,
    )
    matches = list(pair.finditer(filling.text))
    kept, last = [], 0
    for index, found in enumerate(matches):
        end = matches[index + 1].start() if index + 1 < len(matches) else len(filling.text)
        key = _key_words(found["a"] or found["b"] or found["c"]).casefold()
        length = _value_length(filling.text[found.end() : end])
        taken = filling.text[found.end() : found.end() + length]
        weak = outright if found["a"] is None else False
        weak = weak or (found["c"] is not None and len(key) < 2)
        if not weak and by_key[key].name not in filling.found and filling.put(by_key[key], taken):
            kept.append(filling.text[last : found.start()])
            last = found.end() + length
    filling.text = " ".join([*kept, filling.text[last:]])


def _key_words(name: str) -> str:
    return " ".join(_WORD.findall(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)))


def _key_pattern(words: str) -> str:
    return r"[ _-]?".join(map(re.escape, words.split()))


def _value_length(text: str) -> int:
    """How much of ``text`` is the value at its start."""
    if quoted := _QUOTED.match(text):
        return quoted.end()
    if text[:1] in "[{" and text:
        try:
            return _JSON.raw_decode(text)[1]
        except (ValueError, RecursionError):
            pass
    cut = _CUT.search(text)
    return len(_without_tail(text[: cut.start()] if cut else text))


def _from_brackets(filling: Filling) -> bool:
    """Positions, when the name is followed by a bracket: ``add(2, 3)``."""
    text = filling.text.lstrip()
    if not text.startswith("("):
        return False
    inner = text[1:].rsplit(")", 1)[0] if ")" in text else text[1:]
    pieces = [piece for piece in _pieces(inner) if piece]
    in_order = [each for each in properties(filling.schema) if each.name not in filling.found]
    for one, piece in zip(in_order, pieces, strict=False):
        filling.put(one, piece)
    return True


def _pieces(text: str) -> list[str]:
    """``text`` at its commas, those in quotes and lists excepted."""
    masked = re.sub(r"\"[^\"]*\"|'[^']*'|\[[^\[\]]*\]", lambda m: "x" * len(m[0]), text)
    cuts = [-1, *(index for index, char in enumerate(masked) if char == ","), len(text)]
    return [text[a + 1 : b].strip() for a, b in pairwise(cuts)]


def _from_enums(filling: Filling) -> None:
    for one in (each for each in filling.open if each.kind == "enum"):
        for choice in choices(one.schema):
            spoken = _key_pattern(_key_words(str(choice)))
            if spoken and (found := re.search(rf"(?<!\w){spoken}(?!\w)", filling.text, re.I)):
                filling.found[one.name] = choice
                filling.text = filling.text[: found.start()] + filling.text[found.end() :]
                break


def _from_quotes(filling: Filling) -> None:
    _in_order(filling, "string", _QUOTED)


def _from_numbers(filling: Filling) -> None:
    for one in (each for each in filling.open if each.kind == "array" and each.needed):
        found = _NUMBER.findall(filling.text)
        if found and _number_list(one):
            filling.put(one, ", ".join(found))
            filling.text = _NUMBER.sub(" ", filling.text)
    _in_order(filling, "integer number", _NUMBER)


def _number_list(one: Property) -> bool:
    return (one.schema.get("items") or {}).get("type") in ("integer", "number")


def _in_order(filling: Filling, kinds: str, pattern: re.Pattern[str]) -> None:
    """Give what ``pattern`` finds, in order, to the open properties of those kinds."""
    kept, last = [], 0
    waiting = [each for each in filling.open if each.kind in kinds.split()]
    for found in pattern.finditer(filling.text):
        if not waiting:
            break
        if filling.put(waiting[0], found[0]):
            waiting.pop(0)
            kept.append(filling.text[last : found.start()])
            last = found.end()
    filling.text = " ".join([*kept, filling.text[last:]])


def _from_booleans(filling: Filling) -> None:
    _in_order(filling, "boolean", re.compile(r"\b(?:true|false|yes|no|on|off)\b", re.IGNORECASE))


def _from_rest(filling: Filling) -> None:
    """What is left goes to the texts that must be given: whole to one, in pieces to several."""
    wanted = [each for each in filling.open if each.needed and each.kind in ("string", "array")]
    rest = _trimmed(filling.text)
    if not wanted or not rest:
        return
    if len(wanted) == 1:
        filling.put(wanted[0], _single(filling.text))
        return
    pieces = filter(None, map(_trimmed, _CONNECTOR.split(filling.text)))
    for one, piece in zip(wanted, pieces, strict=False):
        filling.put(one, piece)


def _single(text: str) -> str:
    """The one thing a text is about: ``Oulu`` of ``in Oulu for me`` and ``to look in Oulu``."""
    aim = re.match(r"\W*(?:tool |function )?to (?!\W)", text)
    if aim and (places := list(_PLACE.finditer(text, aim.end()))):
        return _trimmed(text[places[0].end() :])
    whole = _trimmed(text)
    if re.match(r"\W*(?:in|at|from)\b", text, re.IGNORECASE):
        return _trimmed(re.split(r" (?:for|on|at|from|in) ", whole, maxsplit=1)[0])
    return whole


def _from_before(filling: Filling, before: str) -> None:
    """``What's the weather in Oulu? Use get_weather``: the words before the tool's name."""
    filling.text = before
    _from_pairs(filling)
    for step in (_from_enums, _from_quotes, _from_numbers):
        step(filling)
    texts = [each for each in filling.open if each.needed and each.kind == "string"]
    places = list(_PLACE.finditer(filling.text))
    if len(texts) == 1 and places:
        filling.put(texts[0], _trimmed(_CUT.split(filling.text[places[-1].end() :])[0]))


def _trimmed(text: str) -> str:
    lead = _LEAD.match(text)
    return bare(_without_tail(bare(text[lead.end() :] if lead else text)))


def _without_tail(text: str) -> str:
    """``text`` without the ``and``, ``please``... at its end."""
    for _ in range(4):
        text = text.rstrip(" ,;:()")
        head, _, last = text.rpartition(" ")
        if last.casefold() not in _TAIL:
            break
        text = head
    return text


def _unquoted(text: str) -> str:
    quoted = _QUOTED.fullmatch(text.strip())
    return next(filter(None, quoted.groups()), "") if quoted else bare(text)


def question(tool: str, missing: Iterable[str], found: Mapping[str, Any]) -> str:
    """The question for arguments that were not found, with what was found in its example."""
    names = list(missing)
    known = [f"{name}={clip(json.dumps(each), 60)}" for name, each in found.items()]
    example = ", ".join([*known, *(f"{name}=..." for name in names)])
    which = "argument" if len(names) == 1 else "arguments"
    needs = f"To call {tool} I need the {which} {', '.join(names)}."
    return f"{needs} Say for example: {tool}({example})"
