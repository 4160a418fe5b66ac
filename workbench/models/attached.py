"""What is attached to a message, apart from what it says."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from workbench import items

_KINDS = re.compile("image|file|audio")


def said_and_attached(item: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """The text of a message without its images, files and sounds, and what these are called.

    An image is called by the label in front of it (``[image cat.png]``), which is no part of what
    was said.
    """
    text = items.text(item)
    content = item.get("content")
    if not isinstance(content, Sequence) or isinstance(content, str | bytes):
        return text, ()
    marks = _marks(content)
    said = [line for line in text.split("\n") if line not in marks]
    return "\n".join(said).rstrip("\n"), tuple(map(_called, marks))


def _marks(content: Sequence[Any]) -> list[str]:
    """How `workbench.items.text` shows each thing that is attached."""
    found: list[str] = []
    for place, part in enumerate(content):
        if not isinstance(part, Mapping) or not _KINDS.search(str(part.get("type", ""))):
            continue
        both = {"content": content[max(0, place - 1) : place + 1]}
        found.append(items.text(both).rpartition("\n")[2])
    return list(filter(None, found))


def _called(mark: str) -> str:
    kind, _blank, name = mark.strip("[]").partition(" ")
    return name or {"image": "an image", "file": "a file"}.get(kind, "a sound")
