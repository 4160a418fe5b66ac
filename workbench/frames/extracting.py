"""What a history shows of one item by itself, as a tuple: quickly for the items most are.

Every function of `workbench.items` looks at an item from the start and takes any item whatever.
Messages, calls of functions and their outputs, as the SDK's Runner stores them, are told from the
rest by a few keys, and then there is nothing left to look for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench import items as of
from workbench.frames.columns import tool_error

FACTS = (
    "role",
    "type",
    "content",
    "name",
    "tool_call_arguments",
    "tool_call_id",
    "tool_call_error",
    "item_id",
)
"""What `facts` gives, in order; ``name`` is that of the tool, on a call."""

Facts = tuple[Any, ...]
_NOTHING: Mapping[str, Any] = {}


def facts(raw: Any) -> Facts:
    """FACTS of an item; what is no mapping has none."""
    if type(raw) is not dict:
        return _any(raw if isinstance(raw, Mapping) else _NOTHING)
    kind = raw.get("type")
    if kind is None or kind == "message":
        found = _message(raw)
    elif kind == "function_call":
        found = _call(raw)
    else:
        found = _output(raw) if kind == "function_call_output" else None
    return _any(raw) if found is None else found


def _any(item: Mapping[str, Any]) -> Facts:
    return (
        of.role(item),
        of.kind(item),
        of.text(item),
        of.call_name(item),
        of.call_arguments(item),
        of.call_id(item),
        tool_error(item),
        item.get("id"),
    )


def _message(item: dict[str, Any]) -> Facts | None:
    role = item.get("role")
    if type(role) is not str or not role or "call_id" in item or of.is_encrypted(item):
        return None
    content = item.get("content")
    if type(content) is list and len(content) == 1 and type(content[0]) is dict:
        content = content[0].get("text")  # one part with a text, as a model answers
    if type(content) is not str:
        content = of.text(item)
    return role, "message", content, None, None, None, None, item.get("id")


_CALL = frozenset(
    ("type", "name", "arguments", "call_id", "id", "status", "namespace", "caller", "provider_data")
)
_OUTPUT = frozenset(("type", "call_id", "output", "id", "caller", "provider_data"))


def _call(item: dict[str, Any]) -> Facts | None:
    if not item.keys() <= _CALL or item.get("status") == "failed":
        return None
    name, arguments, identity = item.get("name"), item.get("arguments"), item.get("call_id")
    if not (type(name) is type(arguments) is type(identity) is str and name):
        return None
    text = f"{name}({arguments})"
    return "assistant", "function_call", text, name, arguments, identity, None, item.get("id")


def _output(item: dict[str, Any]) -> Facts | None:
    output, identity = item.get("output"), item.get("call_id")
    if not (type(output) is type(identity) is str and item.keys() <= _OUTPUT):
        return None
    error = tool_error(item) if output.startswith(("An error", "Tool ")) else None
    return "tool", "function_call_output", output, None, None, identity, error, item.get("id")
