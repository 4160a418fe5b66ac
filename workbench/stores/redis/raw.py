"""A conversation as Redis holds it: the bytes of each item, whatever they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workbench.protocols import RawItem
from workbench.stores.redis.calls import Calls
from workbench.stores.redis.layout import Label
from workbench.stores.redis.reading import Look


async def read_raw(calls: Calls, session_id: str) -> list[RawItem]:
    """The conversation, oldest first, then the archive."""
    look = await calls.ask(session_id, "look", Look, -1)
    labels = look.labels if look.is_labelled else look.stand_ins()
    texts, shelf = await calls.ask(session_id, "archived", _archive)
    return [
        *(_raw(text, label) for text, label in zip(look.texts, labels, strict=True)),
        *(_raw(text, label, archived=True) for text, label in zip(texts, shelf, strict=True)),
    ]


def _archive(reply: Sequence[Any]) -> tuple[list[bytes], list[Label]]:
    texts, labels = reply
    return texts, [Label.parse(each) for each in labels]


def _raw(text: bytes, label: Label, *, archived: bool = False) -> RawItem:
    reason = label.reason if archived else None
    return RawItem(label.key, text, label.created_at, label.turn_id, reason)
