"""Structured output without a model: fields filled from what the user said, and from nothing else.

A simple schema is an object of texts, numbers, booleans, enums and lists of those, with objects of
the same one level down. A field that must be there and was not said is an error, not a guess.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from workbench.errors import OfflineModelError
from workbench.models import arguments
from workbench.models.clauses import clauses
from workbench.models.questions import HOW
from workbench.models.reading import Entry, last_turn
from workbench.models.recall import Memory, remember
from workbench.models.schema import (
    MISSING,
    Property,
    Schema,
    choices,
    kind,
    loads,
    properties,
    resolve,
    value,
)
from workbench.models.statements import Fact, subject
from workbench.models.summary import told

_ANSWER = frozenset("answer reply response message output result".split())
_SAID = frozenset("question query input prompt request text content body".split())
_NUMBER = re.compile(r"(?<![\w.])[-+]?\d{1,300}(?:\.\d{1,300})?(?![\w])")
_NOT_SIMPLE = "its type is more than texts, numbers, booleans, enums and lists of those"
_AGAINST = re.compile(r"^(?:i|you) (?:really )?(?:hate|dislike|detest|don't|do not|can't)", re.I)


def structured(schema: Schema, entries: Sequence[Entry], answer: str) -> str:
    """JSON of ``schema`` filled from ``entries``; ``answer`` is what a plain reply would say.

    Raises OfflineModelError, naming the field, where the conversation does not say what must be
    given or the schema is not simple.
    """
    message, since = last_turn(entries)
    sources = _Sources(schema, message, since, remember(entries), entries, answer)
    return json.dumps(_object(schema, sources, ""), ensure_ascii=False)


@dataclass(frozen=True)
class _Sources:
    """Where values may come from."""

    root: Schema
    message: str
    since: Sequence[Entry]
    memory: Memory
    entries: Sequence[Entry]
    answer: str

    @property
    def outputs(self) -> dict[str, Any]:
        """Fields of the tools' outputs that are JSON objects."""
        found = (loads(entry.text) for entry in self.since if entry.kind == "output")
        return {key: each for one in found if isinstance(one, dict) for key, each in one.items()}


def _object(schema: Schema, sources: _Sources, path: str) -> dict[str, Any]:
    given = properties(schema, sources.root)
    if not given and schema.get("additionalProperties", True) is not False:
        _refuse(path or "the output", "it has no fixed fields")
    outright = {**sources.outputs, **_outright(schema, given, sources)}
    filled: dict[str, Any] = {}
    for one in given:
        where = f"{path}.{one.name}" if path else one.name
        found = outright.get(one.name, MISSING)
        if found is MISSING:
            found = _field(one, given, sources, where)
        if found is not MISSING:
            filled[one.name] = found
    return filled


def _outright(schema: Schema, given: Sequence[Property], sources: _Sources) -> dict[str, Any]:
    flat = {**schema, "properties": {one.name: one.schema for one in given if _flat(one)}}
    return arguments.stated(flat, sources.message)


def _flat(one: Property) -> bool:
    return one.kind not in ("object", "other")


def _field(
    one: Property, beside: Sequence[Property], sources: _Sources, where: str
) -> Any:  # any JSON value, or MISSING to leave the field out
    found = _nested(one, sources, where) if one.kind == "object" else _found(one, beside, sources)
    if found is not MISSING:
        return found
    if "default" in one.schema:
        return one.schema["default"]
    if one.nullable:
        return None
    if not one.needed:
        return MISSING
    simple = one.kind != "other" and (one.kind != "array" or _list_is_simple(one, sources))
    return _refuse(where, "the conversation does not say it" if simple else _NOT_SIMPLE)


def _refuse(where: str, why: str) -> NoReturn:
    raise OfflineModelError(f"the offline model can't fill {where} of the output: {why}. {HOW}")


def _nested(one: Property, sources: _Sources, where: str) -> Any:
    if "." in where:
        _refuse(where, "objects are filled one level deep only")
    try:
        return _object(one.schema, sources, where)
    except OfflineModelError:
        if one.needed:
            raise
        return MISSING


def _list_is_simple(one: Property, sources: _Sources) -> bool:
    inner, _ = resolve(one.schema.get("items") or {}, sources.root)
    return kind(inner) in ("string", "integer", "number", "boolean", "enum")


def _found(one: Property, beside: Sequence[Property], sources: _Sources) -> Any:
    key = subject(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", one.name))
    fact = _fact(key, sources.memory)
    alone = sum(each.kind == one.kind for each in beside) == 1
    match one.kind:
        case "string":
            return _text(key, fact, sources)
        case "array":
            return _list(one, key, fact, sources) if _list_is_simple(one, sources) else MISSING
        case "boolean":
            return _yes_or_no(key, fact, sources)
        case "enum":
            return _choice(one, fact, sources)
        case "integer" | "number":
            texts = [fact.value] if fact else [_said(key, sources) or ""]
            return _only_number(one, [*texts, *([sources.message] if alone else [])], sources)
    return MISSING


def _fact(key: str, memory: Memory) -> Fact | None:
    if key == "age":
        return next((fact for fact in memory.about("years old")), None)
    words = key.removeprefix("user ").removeprefix("preferred ")
    return memory.facts.get(key) or memory.find(words)


def _text(key: str, fact: Fact | None, sources: _Sources) -> Any:
    if key in ("name", "user name", "username") and sources.memory.name:
        return sources.memory.name
    if fact:
        return fact.value
    if (said := _said(key, sources)) is not None:
        return said
    if key == "summary":
        return told(sources.entries, sources.memory)
    if key in _ANSWER:
        return sources.answer
    return sources.message if key in _SAID and sources.message else MISSING


def _said(key: str, sources: _Sources) -> str | None:
    """``Oulu`` for ``city`` when a message says ``The city is Oulu``; the latest counts."""
    pattern = re.compile(rf"(?:the |our )?{re.escape(key)}(?: is| are|:| =|=) ?(.+)", re.IGNORECASE)
    for message in reversed(sources.memory.messages):
        for clause in clauses(message):
            if not clause.asks and (found := pattern.fullmatch(clause.text)):
                return found[1]
    return None


def _list(one: Property, key: str, fact: Fact | None, sources: _Sources) -> Any:
    inner, _ = resolve(one.schema.get("items") or {}, sources.root)
    memory = sources.memory
    asks_preferences = "prefer" in sources.message or "setting" in sources.message
    if kind(inner) == "string":
        if key in ("preferences", "settings", "likes") or (key == "response" and asks_preferences):
            return [each.value for each in memory.preferences()]
        if key in ("facts", "notes", "memories", "remembered"):
            return [each.told for each in memory.facts.values()]
    text = fact.value if fact else _said(key, sources)
    return value(one.schema, text, sources.root) if text else MISSING


def _yes_or_no(key: str, fact: Fact | None, sources: _Sources) -> Any:
    wanted = re.sub(r"^(?:is|has|use|uses|likes?|prefers?|enable|enabled|wants?) ", "", key)
    fact = fact or sources.memory.find(wanted)
    if fact is None:
        said = _said(key, sources)
        return value({"type": "boolean"}, said, sources.root) if said else MISSING
    word = value({"type": "boolean"}, fact.value, sources.root)
    if word is not MISSING:
        return word
    return not _AGAINST.match(fact.told) if fact.kind == "preference" else MISSING


def _choice(one: Property, fact: Fact | None, sources: _Sources) -> Any:
    for text in (fact.value if fact else "", sources.message):
        spoken = [each for each in choices(one.schema) if _speaks_of(text, str(each))]
        if len(spoken) == 1:
            return spoken[0]
    return MISSING


def _speaks_of(text: str, choice: str) -> bool:
    words = re.escape(choice.casefold().replace("_", " "))
    return re.search(rf"(?<!\w){words}(?!\w)", text.casefold()) is not None


def _only_number(one: Property, texts: Sequence[str], sources: _Sources) -> Any:
    for text in texts:
        numbers = _NUMBER.findall(text)
        if len(numbers) == 1:
            return value(one.schema, numbers[0], sources.root)
    return MISSING
