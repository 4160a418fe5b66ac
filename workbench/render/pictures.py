"""The pictures in an item that a page can show by itself: their bytes, never an address."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from workbench import items as of

# Not SVG, which is a document with links and scripts of its own.
_EMBEDDED = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+={0,2}")
_BYTES = re.compile(r"[A-Za-z0-9+/]+={0,2}")
_GENERATED = frozenset(("png", "jpeg", "webp"))
_WITHIN = ("content", "output", "result", "outputs")


def pictures(item: Mapping[str, Any]) -> tuple[str, ...]:
    """``data:`` addresses of the pictures in ``item``, in order. Never raises on odd items."""
    if of.kind(item) == "image_generation_call":
        return tuple(_generated(item))
    return tuple(found for name in _WITHIN for found in _in(item.get(name)))


def _generated(item: Mapping[str, Any]) -> Iterator[str]:
    form, data = item.get("output_format", "png"), item.get("result")
    if form in _GENERATED and isinstance(data, str) and _BYTES.fullmatch(data):
        yield f"data:image/{form};base64,{data}"


def _in(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        address = value.get("image_url")
        address = address.get("url") if isinstance(address, Mapping) else address
        if isinstance(address, str) and _EMBEDDED.fullmatch(address):
            yield address
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        for part in value:
            if isinstance(part, Mapping):
                yield from _in(part)
