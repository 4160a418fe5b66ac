"""A conversation as exchanges: what a model was given anew, and what it answered. Pure functions.

A session holds items only, so the requests that were made are worked out from them: what a person,
an application or a tool wrote was given; what stands behind it and comes from the model was one
answer. Two forms of the same thing (text and a list with one text, other ids, JSON with other
spaces) are the same to `Place`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from workbench import items as of
from workbench.items import Item

_CHANGING = frozenset(("id", "status", "created_by", "annotations", "logprobs", "phase"))
_INPUT = frozenset(("user", "system", "developer"))
_FIRST = ("role", "type", "call_id", "name")
"""The fields that a reader looks for first."""
_TEXTS = frozenset(("input_text", "output_text", "text"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request: the items that were ``given`` since the one before, and those ``answered``.

    ``usage`` has ``input_tokens``, ``output_tokens`` and ``estimated``, as far as they are known: a
    session knows them by the turn, and they lie on the last exchange of each.
    """

    given: Sequence[Item]
    answered: Sequence[Item]
    turn: int = 1
    model: str | None = None
    usage: Mapping[str, Any] = field(default_factory=dict)


def is_answer(item: Mapping[str, Any]) -> bool:
    """Whether an item comes from a model."""
    return not of.is_output(item) and of.role(item) not in _INPUT


def is_thought(item: Mapping[str, Any]) -> bool:
    """Whether an item is reasoning: bound to the response it came with, it can't be said again."""
    return of.kind(item) == "reasoning"


def split(items: Iterable[Item]) -> list[tuple[list[Item], list[Item]]]:
    """What was given and what was answered, in turns; an end without an answer is left out."""
    pairs: list[tuple[list[Item], list[Item]]] = []
    given: list[Item] = []
    answered: list[Item] = []
    for item in items:
        if is_thought(item):
            continue
        if is_answer(item):
            answered.append(item)
            continue
        if answered:
            pairs.append((given, answered))
            given, answered = [], []
        given.append(item)
    return [*pairs, (given, answered)] if answered else pairs


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a conversation a model is asked: ``before`` is what was said in earlier turns, an
    item each; ``now`` what belongs to this turn; both as text that is equal for what is the same.
    """

    before: tuple[str, ...]
    now: tuple[str, ...]
    prompt: tuple[str, ...]
    """The start of ``now``: what the turn began with."""

    @property
    def digest(self) -> str:
        """``now`` in 16 hexadecimal digits."""
        return sha256("\n".join(self.now).encode("utf-8", "surrogatepass")).hexdigest()[:16]

    def likeness(self, other: Place) -> tuple[bool, int]:
        """How much of what came before is the same: all of it, and how many items from the end."""
        common = 0
        for one, another in zip(reversed(self.before), reversed(other.before), strict=False):
            if one != another:
                break
            common += 1
        return self.before == other.before, common


def place_of(items: Sequence[Item], *, outputs: bool = True) -> Place:
    """The place that a model is in when it is given ``items``.

    ``outputs`` False: what tools answered makes no difference, only that they did.
    """
    known = [item for item in items if not is_thought(item)]
    start, end = _prompt(known)
    calls: dict[str, int] = {}
    now = [_signature(item, calls, outputs=outputs) for item in known[start:]]
    before = [_signature(item, None, outputs=outputs) for item in known[:start]]
    return Place(tuple(before), tuple(now), tuple(now[: end - start]))


def prompt_of(items: Sequence[Item]) -> str:
    """What the turn that ``items`` end in began with, as text."""
    known = [item for item in items if not is_thought(item)]
    start, end = _prompt(known)
    return "\n".join(of.text(item) for item in known[start:end] if of.is_user_message(item))


def _prompt(items: Sequence[Item]) -> tuple[int, int]:
    """Where the messages that this turn began with start and end."""
    end = len(items)
    while end and of.role(items[end - 1]) not in _INPUT:
        end -= 1
    start = end
    while start and of.role(items[start - 1]) in _INPUT:
        start -= 1
    return start, end


def _signature(item: Item, calls: dict[str, int] | None, *, outputs: bool) -> str:
    """``item`` as text, without what is another each time; calls by their number in the turn."""
    kind, identity = of.kind(item), of.call_id(item)
    number = None if calls is None or identity is None else calls.setdefault(identity, len(calls))
    content: Any
    if kind == "message":
        content = _parts(item.get("content"))
    elif of.is_output(item):
        content = _json(of.output_text(item)) if outputs else None
    elif of.is_call(item):
        content = [of.call_name(item), _json(of.call_arguments(item))]
    else:
        content = {name: value for name, value in item.items() if name not in _CHANGING}
    return json.dumps([kind, of.role(item), number, content], sort_keys=True, default=str)


def _parts(content: Any) -> Any:
    parts = [content] if isinstance(content, str) else list(content or ())
    texts = [_text(part) for part in parts]
    if all(each is not None for each in texts):
        return "".join(filter(None, texts)).strip()
    return [_known(part) if text is None else text for part, text in zip(parts, texts, strict=True)]


def _text(part: Any) -> str | None:
    if isinstance(part, Mapping):
        return part.get("text") if part.get("type") in _TEXTS else part.get("refusal")
    return part if isinstance(part, str) else None


def _known(part: Any) -> Any:
    if not isinstance(part, Mapping):
        return part
    return {key: value for key, value in part.items() if value is not None and key != "detail"}


def _json(text: str | None) -> Any:
    try:
        return json.loads(text or "null")
    except (ValueError, RecursionError):
        return text


def readable(item: Item, names: dict[str, str]) -> Item:
    """``item`` as a person would write it: no ids of a service, no empty fields, text as text.

    Calls are named ``call_1``, ``call_2``, ... in ``names``, which goes on from item to item.
    """
    kept = {
        name: value
        for name, value in item.items()
        if value is not None and name not in ("id", "status", "logprobs") and value != []
    }
    if isinstance(identity := of.call_id(item), str):
        kept["call_id"] = names.setdefault(identity, f"call_{len(names) + 1}")
    if of.kind(item) == "message":
        kept.pop("type", None)
        kept["content"] = _plain(item.get("content"))
    return {name: kept[name] for name in (*_FIRST, *kept) if name in kept}


def _plain(content: Any) -> Any:
    """The content of a message: text where there is one text and nothing else."""
    if not isinstance(content, list):
        return content
    parts = [_stripped(part) for part in content]
    if len(parts) == 1 and isinstance(parts[0], dict) and parts[0].keys() == {"type", "text"}:
        return parts[0]["text"]
    return parts


def _stripped(part: Any) -> Any:
    if not isinstance(part, Mapping):
        return part
    kept = {key: value for key, value in part.items() if value is not None and value != []}
    kept.pop("logprobs", None)
    return kept
