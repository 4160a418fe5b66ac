"""What the models of the SDK refuse, whatever stands around it. Pure.

Source: the item types of the Responses API (``ResponseInputItemParam`` of the ``openai`` package).
"""

from __future__ import annotations

from workbench import items as of
from workbench.items import Item

_ROLES = frozenset({"user", "assistant", "system", "developer"})
_NEEDED = {
    "function_call": ("call_id", "name", "arguments"),
    "function_call_output": ("output",),
    "custom_tool_call": ("call_id", "name", "input"),
    "custom_tool_call_output": ("call_id", "output"),
}


def why_refused(item: Item) -> str | None:
    """Why ``item`` is none of a conversation, in a few words; None where it is one."""
    name = of.kind(item)
    if name == "unknown":
        return "it has neither a type nor a role"
    if name == "message":
        if of.role(item) not in _ROLES:
            return "its role is none of user, assistant, system and developer"
        return None if isinstance(item.get("content"), str | list) else "a message without content"
    missing = [each for each in _NEEDED.get(name, ()) if item.get(each) is None]
    return f"a {name} without {missing[0]}" if missing else None
