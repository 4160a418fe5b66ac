"""From the items of a conversation to what stands in the chat, one thing under the other. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from workbench import items as of
from workbench.frames.numbering import number_turns
from workbench.frames.reading import Read
from workbench.protocols import COMPACTION
from workbench.render.blocks import blocks
from workbench.render.summary import is_summary
from workbench.render.text import SHOWN, clean

MESSAGE = 60_000
"""Characters of a message that a page is sent unasked; those of what is folded away are fewer."""
PICTURE = 8_000_000
"""Characters of a picture's address."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in the chat: an item, and where it is a call, what answered it.

    ``order`` and ``turn`` are those of ``wb.history``.
    """

    item: Mapping[str, Any]
    order: int
    turn: int
    turn_id: str | None
    hidden: bool = False
    output: Mapping[str, Any] | None = None

    @property
    def items(self) -> list[Mapping[str, Any]]:
        """The item, and the output."""
        return [self.item] if self.output is None else [self.item, self.output]

    @property
    def is_prompt(self) -> bool:
        """Whether a person said it."""
        return of.is_user_message(self.item)


def entries(reads: Sequence[Read]) -> list[Entry]:
    """What stands in the chat for these items; an output stands with its call."""
    turns = number_turns((each.item, each.turn_id) for each in reads)
    found: list[Entry] = []
    calls: dict[str, int] = {}
    for order, (read, turn) in enumerate(zip(reads, turns, strict=True), start=1):
        item = read.item
        identity = of.call_id(item)
        if of.is_output(item) and identity in calls:
            place = calls.pop(str(identity))
            found[place] = replace(found[place], output=item)
            continue
        if of.is_call(item) and identity is not None:
            calls[identity] = len(found)
        # The reasoning of hosted models is mostly encrypted: there is nothing to be read.
        if of.kind(item) != "reasoning" or of.text(item):
            found.append(Entry(item, order, turn, read.turn_id, read.hidden))
    return found


def row(entry: Entry, *, whole: bool = False) -> dict[str, Any]:
    """What a page is told of an entry; ``whole`` leaves nothing out of a long text."""
    return {
        **content(entry.items, whole=whole),
        "order": entry.order,
        "turn": entry.turn,
        "hidden": entry.hidden,
        "call_id": of.call_id(entry.item) if of.is_call(entry.item) else None,
        "compaction": compaction_of(entry),
    }


def content(items: Sequence[Any], *, whole: bool = False) -> dict[str, Any]:
    """What a page shows of an item (or of a call and its output): the same for the same."""
    found = blocks(items)
    if not found:
        return {"kind": "note", "title": "", "text": "", "output": None, "cut": 0, "pictures": []}
    block = found[0]
    most = MESSAGE if block.kind == "message" else SHOWN
    text, cut = _cut(block.text, None if whole else most)
    output, more = (
        (None, 0) if block.output is None else _cut(block.output, None if whole else most)
    )
    return {
        "kind": block.kind,
        "title": clean(block.title),
        "text": text,
        "output": output,
        "cut": cut + more,
        "pictures": [*_fitting(block.pictures), *_remote(items)],
    }


def compaction_of(entry: Entry) -> str | None:
    """The id of the compaction that an entry is the summary of."""
    made = entry.turn_id or ""
    return made.removeprefix(COMPACTION) if made.startswith(COMPACTION) else None


def is_summary_entry(entry: Entry) -> bool:
    """Whether an entry stands for earlier ones."""
    return compaction_of(entry) is not None or is_summary(of.text(entry.item))


def _cut(text: str, most: int | None) -> tuple[str, int]:
    """The text cleaned, and how many characters more there are."""
    if most is None or len(text) <= most:
        return clean(text), 0
    return clean(text[:most]), len(text) - most


def _fitting(pictures: Iterable[str]) -> list[str]:
    return [each for each in pictures if len(each) <= PICTURE]


def _remote(items: Sequence[Any]) -> Iterator[str]:
    """Addresses of pictures that lie elsewhere: the page asks before it loads one."""
    for item in items:
        parts = item.get("content") if isinstance(item, Mapping) else None
        for part in parts if isinstance(parts, list) else []:
            address = part.get("image_url") if isinstance(part, Mapping) else None
            if isinstance(address, str) and address.lower().startswith(("https://", "http://")):
                yield clean(address[:2_000])
