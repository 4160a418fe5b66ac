"""The form in which the items of the contract come back from the Conversations API."""

from __future__ import annotations

from workbench.items import Item
from workbench.testing.data import ITEMS

TAKEN = ("text", "unicode", "emoji", "control characters", "a megabyte")
"""The items of the contract that the API has room for: it keeps Responses items, not any JSON."""


def kept(item: Item) -> Item | None:
    """The item as it comes back; None where it is refused.

    The API keeps no difference between a text and a list of one text, and gives ids itself.
    """
    if item in ITEMS.values():
        return item if item in [ITEMS[name] for name in TAKEN] else None
    if item.get("role") == "assistant" and isinstance(item["content"], list):
        return {"role": "assistant", "content": "".join(part["text"] for part in item["content"])}
    return {name: value for name, value in item.items() if name != "id"}
