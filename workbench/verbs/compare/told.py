"""What a history says, item by item, apart from the ids that models and services give: to tell
whether two conversations are the same. Pure functions.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from workbench import items as of
from workbench.items import Item

_ATTACHED = ("image_url", "file_url", "file_data", "file_id", "input_audio", "refusal")


class Teller:
    """Digests of items in the order they are given; calls are told by their number."""

    def __init__(self) -> None:
        self._calls: dict[str, int] = {}

    def digest(self, item: Item) -> bytes:
        """16 bytes that are the same for items that say the same in the same place."""
        identity = of.call_id(item)
        number = None if identity is None else self._calls.setdefault(identity, len(self._calls))
        parts = (
            of.kind(item),
            of.role(item),
            number,
            of.call_name(item),
            of.text(item),
            item.get("encrypted_content"),
            item.get("phase"),
            attached(item.get("content")),
        )
        text = repr(parts).encode(errors="surrogatepass")
        return hashlib.blake2b(text, digest_size=16).digest()


def digests(items: Iterable[Item]) -> list[bytes]:
    """The digest of each of ``items``, as one history."""
    teller = Teller()
    return [teller.digest(item) for item in items]


def attached(content: Any) -> list[str]:
    """What the parts of a message hold beside text: images, files, sound."""
    parts = content if isinstance(content, list) else []
    held = [part for part in parts if isinstance(part, Mapping)]
    return [f"{name}={part[name]}" for part in held for name in _ATTACHED if part.get(name)]
