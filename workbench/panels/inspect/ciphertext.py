"""What of a conversation is encrypted, by which keys, and how that looks. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from workbench.items import ENVELOPE, Item, decode, encryption_key_id, is_encrypted
from workbench.panels.inspect.summaries import text_of
from workbench.protocols import Key, RawItem, StoredItem
from workbench.render.text import clean

WIDTH = 400
"""Characters of an item that are shown on each side."""


@dataclass(frozen=True, slots=True)
class Survey:
    """Counts of items, the archived ones among them; ``form`` is plain, encrypted, mixed, empty."""

    items: int
    encrypted: int
    sdk: int
    unreadable: int
    archived: int
    key_ids: tuple[str, ...]

    @property
    def form(self) -> str:
        """What the conversation is as a whole."""
        if not self.items:
            return "empty"
        if not self.encrypted:
            return "plain"
        return "encrypted" if self.encrypted == self.items else "mixed"


def survey(raw: Sequence[RawItem]) -> Survey:
    """What is encrypted of ``raw``."""
    items = [_item(each) for each in raw]
    sealed = [item for item in items if item is not None and is_encrypted(item)]
    ids = dict.fromkeys(filter(None, map(encryption_key_id, sealed)))
    return Survey(
        items=len(raw),
        encrypted=len(sealed),
        sdk=sum(ENVELOPE not in item for item in sealed),
        unreadable=sum(item is None for item in items),
        archived=sum(each.reason is not None for each in raw),
        key_ids=tuple(clean(each)[:40] for each in ids),
    )


@dataclass(frozen=True, slots=True)
class Sample:
    """One item: as it is stored, and what it says where that can be told."""

    COUNT: ClassVar[int] = 3

    number: int
    stored: str
    size: int
    plain: str | None

    def drawn(self) -> dict[str, Any]:
        """As a page gets it."""
        return {
            "number": self.number,
            "stored": self.stored,
            "size": self.size,
            "plain": self.plain,
        }


def samples(raw: Sequence[RawItem], read: Sequence[StoredItem]) -> list[Sample]:
    """The newest few of the conversation; ``read`` is what they say, as far as that is known."""
    live = [each for each in raw if each.reason is None]
    first = max(0, len(live) - Sample.COUNT)
    plain = _by_key(live[first:], read)
    return [
        Sample(
            number,
            _cut(clean(each.data.decode("utf-8", "replace"))),
            len(each.data),
            text_of(plain[each.key], WIDTH) if each.key in plain else None,
        )
        for number, each in enumerate(live[first:], start=first + 1)
    ]


def _by_key(live: Sequence[RawItem], read: Sequence[StoredItem]) -> dict[Key, Item]:
    """What each says. A wrapper that is not ours has other keys: there the places count."""
    plain = {row.key: row.item for row in read}
    if len(read) != len(live) or any(each.key in plain for each in live):
        return plain
    return {each.key: row.item for each, row in zip(live, read, strict=True)}


def _item(raw: RawItem) -> Item | None:
    try:
        return decode(raw.data)
    except (ValueError, RecursionError):
        return None


def _cut(text: str) -> str:
    return text if len(text) <= WIDTH else f"{text[: WIDTH - 1]}…"
