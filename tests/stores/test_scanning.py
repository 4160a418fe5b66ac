"""What of an item is searched."""

from __future__ import annotations

from typing import Any

import pytest

from workbench.protocols import Corpus
from workbench.stores.scanning import searched_text, together
from workbench.words import words


@pytest.mark.parametrize(
    ("item", "found"),
    [
        ({"role": "user", "content": "Dark mode"}, "dark mode"),
        ({"role": "user", "content": [{"type": "input_text", "text": "a"}]}, "a"),
        (
            {"type": "function_call", "name": "get_x", "arguments": '{"a":"b\\nc","d":[1,true]}'},
            "get x a b c d 1 true",
        ),
        (
            {"type": "function_call", "name": "f", "arguments": "{broken \\n json"},
            "f broken n json",
        ),
        ({"type": "function_call_output", "output": '{"x":"caf\\u00e9"}'}, "x cafe"),
        ({"type": "function_call_output", "output": "plain \\n text"}, "plain n text"),
        ({"type": "web_search_call", "action": {"query": "q"}, "results": "r"}, None),
        ({"type": "reasoning", "summary": [{"type": "summary_text", "text": "why"}]}, "why"),
        ({"type": "message", "role": "assistant", "content": None}, ""),
        ({}, ""),
        ({"type": 7, "content": {"text": "odd"}}, "odd"),
        ({"type": "function_call", "name": None, "arguments": None}, "function call"),
        ({"type": "function_call_output", "output": "[" * 5_000 + "\\n"}, "n"),
    ],
)
def test_what_people_read_and_what_tools_said_is_searched(
    item: dict[str, Any], found: str | None
) -> None:
    expected = "web search call query q r" if found is None else found
    assert words(searched_text(item)) == expected.split()


def test_several_looks_are_one() -> None:
    assert together([Corpus(1, 2, (1, 0)), Corpus(3, 4, (0, 2))]) == Corpus(4, 6, (1, 2))
