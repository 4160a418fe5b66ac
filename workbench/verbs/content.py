"""What an item becomes when a person edits it. Pure.

Only what the model or the service wrote has an id; an item that says something else now must not
go on under it: the Responses API would look up what it knows by that id, or refuse. Without ids and
statuses both the Responses and the chat completions model of the SDK take these forms.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from workbench import items as of
from workbench.errors import InvalidValue
from workbench.items import SUMMARY_HEADER, Item
from workbench.sessions.compaction.groups import is_summary
from workbench.verbs.refused import why_refused

PLACEHOLDER_ID = "__fake_id__"
"""The SDK's id for what has none (``agents.models.fake_id``): its chat completions model wants to
see one on an assistant message of several parts, its Responses model takes it off again."""

_GIVEN = ("id", "status")
_ASKED = {"function_call": "arguments", "custom_tool_call": "input"}
"""Kinds of calls that a text can be the question of, and where they keep it."""
_SEALED = frozenset({"reasoning", "compaction"})
"""What only the service that wrote it can read."""


def edited(item: Item, content: Any) -> Item:
    """``item`` with other content: a text, a list of content parts, or a whole item (a dict).

    A text is the text of a message, the arguments of a call, the output of a call. Raises
    InvalidValue for what it can't be.
    """
    name = of.kind(item)
    if name in _SEALED:
        raise InvalidValue(
            f"a {name} item is the model's own and can't be edited; hide it, or rewind"
        )
    if isinstance(content, Mapping):
        return _whole(item, dict(content))
    if not isinstance(content, str | list):
        raise InvalidValue(
            "the content is a text, a list of content parts or a whole item (a dict), "
            f"not a {type(content).__name__}"
        )
    if of.is_call(item):
        return _call(item, content)
    if of.is_output(item):
        return _output(item, content)
    if name != "message":
        raise InvalidValue(f"a {name} item has no text to edit; give the whole item as a dict")
    return _message(item, content)


def _whole(item: Item, given: Item) -> Item:
    """A whole item may not part a call from its output, nor become one."""
    pairs = (of.is_call, of.is_output, of.call_id)
    if any(part(item) != part(given) for part in pairs) or of.kind(given) in _SEALED:
        raise InvalidValue(
            f"a {of.kind(item)} item can only become one of its sort, with the same call_id"
        )
    if (why := why_refused(given)) is not None:
        raise InvalidValue(f"models refuse such an item: {why}")
    if isinstance(parts := given.get("content"), list):
        given["content"] = _parts(parts, of.role(given))
    if given.get("id") == item.get("id") and not _needs_id(given):
        given.pop("id", None)
    return given


def _needs_id(item: Item) -> bool:
    from workbench.stores.conversations.items import NEEDS_ID

    return of.kind(item) in NEEDS_ID - {"custom_tool_call"}


def _call(item: Item, content: str | list[Any]) -> Item:
    place = _ASKED.get(of.kind(item))
    if place is None or not isinstance(content, str):
        raise InvalidValue(
            f"the content of a {of.kind(item)} is "
            + ("text" if place else "of its own kind: give the whole item as a dict")
        )
    if place == "arguments" and not _is_object(content):
        raise InvalidValue("the arguments of a function_call are the text of a JSON object")
    return {**_bare(item), place: content}


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _output(item: Item, content: str | list[Any]) -> Item:
    if not isinstance(item.get("output"), str | list) and of.kind(item) not in (
        "function_call_output",
        "custom_tool_call_output",
    ):
        raise InvalidValue(f"a {of.kind(item)} has no text for an output; give the whole item")
    kept = item if _needs_id(item) else _bare(item)
    return {**kept, "output": content if isinstance(content, str) else _parts(content, None)}


def _message(item: Item, content: str | list[Any]) -> Item:
    if is_summary(item) and isinstance(content, str):
        content = f"{SUMMARY_HEADER}\n{content.removeprefix(SUMMARY_HEADER).strip()}"
    kept = {name: item[name] for name in ("role", "phase") if item.get(name) is not None}
    if isinstance(content, str):
        return {**kept, "content": content}
    content = _parts(content, of.role(item))
    if of.role(item) != "assistant":
        return {**kept, "type": "message", "content": content}
    return {
        "id": PLACEHOLDER_ID,
        "type": "message",
        **kept,
        "status": "completed",
        "content": content,
    }


def _parts(given: list[Any], role: str | None) -> list[Any]:
    """The parts of a content, as the SDK's models expect them; a text is one too.

    Raises InvalidValue for what is none, and where there is none.
    """
    if not given:
        raise InvalidValue('the list of content parts is empty; "" is no text')
    kind = "output_text" if role == "assistant" else "input_text"
    parts = [{"type": kind, "text": each} if isinstance(each, str) else each for each in given]
    for part in parts:
        if not isinstance(part, Mapping) or not isinstance(part.get("type"), str):
            raise InvalidValue(
                "a content part is text, or a dict with a type, such as "
                f"{{'type': '{kind}', 'text': ...}}"
            )
    return [
        {"annotations": [], **part} if part["type"] == "output_text" else part for part in parts
    ]


def _bare(item: Item) -> Item:
    """``item`` without what its author filled in."""
    return {name: value for name, value in item.items() if name not in _GIVEN}


def without_id(item: Item) -> Item | None:
    """``item`` as it can stand without the reasoning it came from; None where it can't."""
    if "id" not in item or item["id"] == PLACEHOLDER_ID:
        return item
    if _needs_id(item):
        return None
    if of.kind(item) == "message" and not isinstance(item.get("content"), str):
        return {**item, "id": PLACEHOLDER_ID}
    dropped = _GIVEN if of.kind(item) == "message" else ("id",)
    return {name: value for name, value in item.items() if name not in dropped}
