"""The part of JSON Schema that tools and structured outputs use, read one property at a time."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

Schema = Mapping[str, Any]

_NUMBER = re.compile(r"[-+]?\d{1,300}(?:\.\d{1,300})?(?:[eE][-+]?\d{1,3})?")
_TRUE, _FALSE = frozenset(("true", "yes", "on")), frozenset(("false", "no", "off"))
_SPLIT = re.compile(r"\s*[,;]\s*(?:and\s+)?|\s+and\s+")


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()
"""What a text gives when no value of the wanted type can be read from it."""


@dataclass(frozen=True, slots=True)
class Property:
    """One property of an object schema, with references resolved and ``null`` set apart."""

    name: str
    schema: Schema
    kind: str
    """string, integer, number, boolean, enum, array, object, or other for what is none of them."""
    needed: bool
    """Whether it must be given: required, without a default, and not nullable."""
    nullable: bool
    listed: bool
    """Whether the schema names it in ``required`` (strict schemas name every property)."""


def properties(schema: Schema, root: Schema | None = None) -> list[Property]:
    """The properties of an object schema, in its order."""
    root = schema if root is None else root
    listed = set(schema.get("required") or ())
    given = schema.get("properties") or {}
    return [_property(name, inner, name in listed, root) for name, inner in given.items()]


def _property(name: str, given: Schema, listed: bool, root: Schema) -> Property:
    schema, nullable = resolve(given, root)
    if "default" in given:
        schema = {**schema, "default": given["default"]}
    optional = "default" in schema or nullable
    return Property(name, schema, kind(schema), listed and not optional, nullable, listed)


def resolve(given: Schema, root: Schema) -> tuple[Schema, bool]:
    """``given`` without references and without its null branch, and whether null is allowed."""
    schema, nullable = given, False
    for _ in range(8):
        if isinstance(reference := schema.get("$ref"), str):
            schema = _referred(reference, root)
        elif isinstance(branches := schema.get("anyOf") or schema.get("oneOf"), list):
            real = [branch for branch in branches if branch.get("type") != "null"]
            nullable = nullable or len(real) < len(branches)
            if len(real) != 1:
                break
            schema = real[0]
        elif isinstance(types := schema.get("type"), list):
            nullable = nullable or "null" in types
            schema = {**schema, "type": next((each for each in types if each != "null"), "null")}
        else:
            break
    return schema, nullable


def _referred(reference: str, root: Schema) -> Schema:
    found: Any = root
    for part in reference.removeprefix("#/").split("/"):
        found = found.get(part, {}) if isinstance(found, Mapping) else {}
    return found if isinstance(found, Mapping) else {}


def kind(schema: Schema) -> str:
    """The kind of a resolved schema; see `Property.kind`."""
    if isinstance(schema.get("enum"), list) or "const" in schema:
        return "enum"
    name = schema.get("type")
    if name in ("string", "integer", "number", "boolean", "object"):
        return str(name)
    return "array" if name == "array" and "prefixItems" not in schema else "other"


def choices(schema: Schema) -> list[Any]:
    """The values of an enum or a const."""
    return list(schema["enum"]) if "enum" in schema else [schema["const"]]


def value(schema: Schema, text: str, root: Schema) -> Any:
    """The value of that schema which the whole ``text`` spells, or MISSING."""
    text = text.strip()
    match kind(schema):
        case "enum":
            return _choice(schema, text)
        case "string":
            return text or MISSING
        case "integer" | "number" as wanted:
            return number(text, whole=wanted == "integer")
        case "boolean":
            word = text.casefold()
            return True if word in _TRUE else False if word in _FALSE else MISSING
        case "array":
            return _array(schema, text, root)
        case _:
            found = loads(text)
            return found if isinstance(found, dict) else MISSING


def _choice(schema: Schema, text: str) -> Any:
    wanted = alike(text)
    return next((each for each in choices(schema) if alike(str(each)) == wanted), MISSING)


def _array(schema: Schema, text: str, root: Schema) -> Any:
    found = loads(text)
    if isinstance(found, list):
        return found
    inner, _ = resolve(schema.get("items") or {}, root)
    values = [value(inner, part.strip(" '\""), root) for part in _SPLIT.split(text) if part]
    return MISSING if not values or MISSING in values else values


def number(text: str, *, whole: bool) -> Any:
    """The number that ``text`` spells: an int where it is whole, else a finite float."""
    if not _NUMBER.fullmatch(text):
        return MISSING
    parsed = float(text)
    if not re.search(r"[.eE]", text):
        return int(text)
    if not math.isfinite(parsed) or (whole and not parsed.is_integer()):
        return MISSING
    return int(parsed) if whole else parsed


def loads(text: str) -> Any:
    """The JSON value of ``text``, or MISSING."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return MISSING


def alike(name: str) -> str:
    """``get_weather``, ``get weather`` and ``getWeather`` as one word."""
    return "".join(filter(str.isalnum, name)).casefold()
