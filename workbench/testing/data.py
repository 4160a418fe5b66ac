"""Names and items that a store could trip over, and batches that tell whether they are whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from workbench.items import Item, user_message

Make = Callable[..., Any]
"""Makes a session: ``make("id")``; what the fixture `make` of SessionContract gives."""

NAMES = {
    "quotes": """it's "quoted" `so`""",
    "sql": "x'; DROP TABLE agent_messages; --",
    "slashes": "a/b\\c/../../etc:messages{tag}?q=1#x",
    "emoji": "käyttäjä 🙂 用户",
    "blank": " ",
    "pattern": "%_*[a-z]",
    "newline": "two\nlines\tand\r\n",
    "nul": "before\0after",
    "long": "n" * 10_000,
}
"""Ids that a store's own syntax could trip over."""

ITEMS: dict[str, Item] = {
    "text": {"role": "user", "content": "plain"},
    "empty": {},
    "empty strings": {"role": "", "content": "", "": ""},
    "nulls": {"role": "assistant", "content": None, "list": [None, {"deep": None}]},
    "unicode": {"role": "user", "content": "Näin 日本語 עברית e\u0301 \ufeff \u2028 \u200d"},
    "emoji": {"role": "user", "content": "👩\u200d👩\u200d👧 🇫🇮"},
    "lone surrogates": {"role": "user", "content": "\ud83d alone, \udc00 too", "\ud800": 1},
    "control characters": {"role": "user", "content": "nul \0 bell \a esc \x1b[31m del \x7f"},
    "json inside": {"type": "function_call", "arguments": '{"a": "\\u0000\\"", "b": [1,2]}'},
    "numbers": {"int": -1, "zero": 0, "float": 0.1, "tiny": 5e-324, "huge": 1.7976931348623157e308},
    "64-bit integers": {"n": 2**64 - 1, "negative": -(2**63), "long": "9" * 40},
    "negative zero": {"x": -0.0},
    "whole float": {"x": 1.0, "y": 1e22},
    "booleans": {"yes": True, "no": False, "one": 1, "none": 0},
    "nested": {"content": [{"type": "input_text", "text": "a"}, {"x": {"y": [[[{}]]]}}]},
    "order of keys": {"z": 1, "a": 2, "m": 3},
    "a megabyte": {"role": "user", "content": "0123456789abcdef" * 65_536},
}


class KeepsItems:
    """A part of every contract: the form in which a session gives back what it was given."""

    def kept(self, item: Item) -> Item | None:
        """``item`` as it comes back; None where the store refuses it. The same, of most stores."""
        return item


def message(text: object) -> Item:
    """A user item."""
    return user_message(str(text))


def texts(items: list[Any]) -> list[Any]:
    """The contents of messages."""
    return [item["content"] for item in items]


def same(left: Any, right: Any) -> bool:
    """Equal in type and value, in the order of keys too, and -0.0 apart from 0.0."""
    return repr(left) == repr(right)


def batch(number: int, size: int = 3) -> list[Item]:
    """A batch whose parts tell where they belong: ``4:0``, ``4:1``, ``4:2``."""
    return [message(f"{number}:{part}") for part in range(size)]


def check_batches(items: list[Any], numbers: Any, size: int = 3) -> None:
    """Each batch is there once, whole, and nothing lies between its parts."""
    found = texts(items)
    starts = [text.partition(":")[0] for text in found[::size]]
    assert found == [f"{start}:{part}" for start in starts for part in range(size)]
    assert sorted(map(int, starts)) == sorted(numbers)
