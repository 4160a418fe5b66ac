"""A turn that is under way, as the pages see it: rows that come, and text that grows.

Pages have got each row, and each character, once. When the turn has ended its entries are matched
with these rows, and what a page has is not sent again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from workbench import items as of
from workbench.render.text import clean
from workbench.widgets.chat.entries import content
from workbench.widgets.stream import Stream

Tell = Callable[..., None]
"""Sends an event to every page: ``tell("more", n=1, text="...")``."""

EVERY = 0.35
"""Seconds between two messages: at 200 chunks of 20 characters a second what stands around a
message, about 600 bytes, is then less than half of the text. The page shows it smoothly."""

_SHOWN = ("kind", "title", "text", "output", "pictures")


class Running:
    """The rows of one turn, in the order they came. Lives on the home loop."""

    def __init__(self, prompt: Sequence[Any], tell: Tell) -> None:
        self.rows: list[dict[str, Any]] = [content([item]) for item in prompt]
        self._tell = tell
        self._open: int | None = None
        self._stream: Stream | None = None
        self._whole: list[str] = []
        self._calls: dict[str, tuple[int, Any]] = {}

    def begin(self) -> None:
        """Tell the pages that a turn begins, and with what."""
        self._tell("begin", rows=[dict(each) for each in self.rows])

    def take(self, event: tuple[str, Any]) -> None:
        """Take in an event of `workbench.turn.take_turn`."""
        kind, value = event
        if kind == "text":
            self._grow(value)
        elif kind == "item":
            self._item(value)
        elif kind == "notice":
            self._tell("notice", text=value)

    def close(self) -> None:
        """Send what is left."""
        if self._stream is not None:
            self._stream.close()
        self._open = self._stream = None
        self._whole = []

    def _grow(self, text: str) -> None:
        if self._open is None:
            self._open = self._add({**content([]), "kind": "message", "title": "assistant"})
            self._stream = Stream(self._more, every=EVERY)
        self._whole.append(text)
        assert self._stream is not None
        self._stream.add(text)

    def _more(self, text: str) -> None:
        assert self._open is not None
        text = clean(text)
        self.rows[self._open]["text"] += text
        self._tell("more", n=self._open, text=text)

    def _item(self, item: Any) -> None:
        if of.is_output(item) and (call := self._calls.pop(of.call_id(item) or "", None)):
            self._change(call[0], content([call[1], item]))
        elif of.role(item) == "assistant" and of.kind(item) == "message" and self._open is not None:
            place = self._open
            self.close()
            self._change(place, content([item]))
        elif (row := content([item]))["kind"] != "note" or row["text"]:
            place = self._add(row)
            if of.is_call(item) and (identity := of.call_id(item)) is not None:
                self._calls[identity] = (place, item)

    def _add(self, row: dict[str, Any]) -> int:
        self.rows.append(row)
        self._tell("row", n=len(self.rows) - 1, row=dict(row))
        return len(self.rows) - 1

    def _change(self, place: int, row: dict[str, Any]) -> None:
        """Send only what is other than what the pages have."""
        old = self.rows[place]
        changed = {name: value for name, value in row.items() if old.get(name) != value}
        if changed:
            self.rows[place] = {**old, **row}
            self._tell("row", n=place, row=changed)


def without_known(
    rows: Sequence[dict[str, Any]], known: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """``rows`` without what the pages have as rows of a turn: they name the row instead."""
    left = list(enumerate(known))
    told = []
    for row in rows:
        at = next((n for n, each in enumerate(left) if _same(row, each[1])), None)
        if at is None:
            told.append(row)
            continue
        place = left[at][0]
        left = left[at + 1 :]
        rest = {name: value for name, value in row.items() if name not in _SHOWN}
        told.append({**rest, "as": place})
    return told


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(one.get(name) == other.get(name) for name in _SHOWN)
