from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from tests.render.hostile import PAYLOADS, PIECES, problems
from tests.render.test_safe_markdown import found
from workbench.render import html, markdown, plain


def said(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "content": text}


def call(identity: str, name: str, arguments: str) -> dict[str, Any]:
    return {"type": "function_call", "call_id": identity, "name": name, "arguments": arguments}


def output(identity: str, text: Any) -> dict[str, Any]:
    return {"type": "function_call_output", "call_id": identity, "output": text}


TALK = [
    said("user", "weather in *Oulu*?\nplease"),
    {"type": "reasoning", "id": "r", "summary": [{"type": "summary_text", "text": "look it up"}]},
    call("c1", "get_weather", '{"city": "Oulu"}'),
    call("c2", "get_weather", '{"city": "Turku"}'),
    output("c2", "9 °C"),
    output("c1", "12 °C"),
    {
        "type": "message",
        "role": "assistant",
        "content": [{"type": "output_text", "text": "It is **12 °C** in Oulu."}],
    },
]

ODD: list[Any] = [
    None,
    "text",
    7,
    {},
    [],
    {"role": None, "content": None},
    {"role": 5, "content": 5},
    {"type": "message"},
    {"type": ["a"], "role": "user", "content": {"text": 3}},
    {"role": "user", "content": [None, {"type": "input_image", "image_url": "http://e/x"}, "s"]},
    {"type": "function_call"},
    {"type": "function_call", "name": 4, "arguments": {"a": 1}, "call_id": 6},
    {"type": "function_call_output", "output": None},
    {"type": "reasoning", "encrypted_content": "gAAA"},
    {"type": "compaction", "encrypted_content": "gAAA"},
    {"type": "item_reference", "id": "x"},
    {"type": "image_generation_call", "result": "iVBOR" * 1000},
    {"type": "mcp_call", "name": "t", "arguments": "{}", "error": {"message": "no"}},
    {"type": "from the future", "content": "?"},
    said("assistant", "\ud800 \x1b]0;title\x07 \x00"),
]

FORMS: list[Callable[[list[Any]], str]] = [plain, markdown, html]


def test_plain_text_reads_like_a_transcript() -> None:
    assert plain(TALK) == (
        "user: weather in *Oulu*?\nplease\n\n"
        "[reasoning] look it up\n\n"
        '[tool] get_weather({"city": "Oulu"}) -> 12 °C\n\n'
        '[tool] get_weather({"city": "Turku"}) -> 9 °C\n\n'
        "assistant: It is **12 °C** in Oulu."
    )


def test_html_folds_tools_and_thoughts_and_leaves_messages_open() -> None:
    shown = html(TALK)
    assert shown.count("<details") == shown.count("</details>") == 3
    folded = "".join(part.split("</details>")[0] for part in shown.split("<details")[1:])
    assert "12 °C" in folded
    assert "look it up" in folded
    assert "<strong>12 °C</strong> in Oulu" in shown.split("</details>")[-1]
    assert '<p dir="auto">weather in *Oulu*?<br>please</p>' in shown


def test_markdown_folds_tools_and_leaves_messages_open() -> None:
    shown = markdown(TALK)
    assert shown.count("<details>") == shown.count("</details>") == 3
    assert shown.endswith("**assistant:**\n\nIt is **12 °C** in Oulu.")
    assert "```\n12 °C\n```\n\n</details>" in shown


def test_a_call_without_an_output_says_that_it_waits() -> None:
    waiting = [call("c", "delete_all", "{}")]
    assert plain(waiting) == "[tool] delete_all({}) -> ..."
    assert "(no output yet)" in html(waiting)
    assert "(no output yet)" in markdown(waiting)


def test_an_output_whose_call_is_gone_is_shown_all_the_same() -> None:
    assert plain([output("c", "lost and found")]).endswith("-> lost and found")


def test_a_hosted_call_shows_its_own_output_and_error() -> None:
    hosted = {"type": "mcp_call", "name": "find", "arguments": "{}", "output": "three files"}
    failed = {"type": "mcp_call", "name": "find", "arguments": "{}", "error": "no such server"}
    assert plain([hosted, failed]) == (
        "[tool] find({}) -> three files\n\n[tool] find({}) -> no such server"
    )


@pytest.mark.parametrize("show", FORMS)
def test_an_image_is_a_word_and_nothing_is_loaded(show: Callable[[list[Any]], str]) -> None:
    image = {"type": "input_image", "image_url": "https://evil.example/pixel.gif"}
    shown = show([{"role": "user", "content": [{"type": "input_text", "text": "look"}, image]}])
    assert "[image]" in shown
    assert "evil" not in shown


@pytest.mark.parametrize("show", FORMS)
@pytest.mark.parametrize("item", ODD, ids=lambda item: repr(item)[:40])
def test_odd_items_are_shown_without_an_error(show: Callable[[list[Any]], str], item: Any) -> None:
    show([item]).encode()


@pytest.mark.parametrize("show", FORMS)
def test_an_empty_conversation_shows_nothing(show: Callable[[list[Any]], str]) -> None:
    assert show([]) in ("", '<div class="workbench-conversation"></div>')


def everywhere(text: str) -> list[Any]:
    """A conversation that holds ``text`` in every place a model, a tool or a person can write."""
    return [
        said("user", text),
        said(text, text),
        call("c", text, text),
        output("c", text),
        output("lost", text),
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": text}]},
        {"type": text, "content": text},
        {"type": "mcp_call", "name": text, "arguments": text, "error": text},
        said("assistant", text),
    ]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_text_does_nothing_wherever_it_stands(payload: str) -> None:
    assert problems(html(everywhere(payload))) == []
    assert found(markdown(everywhere(payload))) == []


def test_one_message_can_not_open_what_another_one_fills() -> None:
    chance = random.Random(13)
    for _ in range(150):
        texts = ["".join(chance.choices(PIECES, k=8)) for _ in range(3)]
        talk = [said("user", texts[0]), said("assistant", texts[1]), said("assistant", texts[2])]
        assert found(markdown(talk)) == [], texts


def test_a_huge_output_is_cut_and_says_by_how_much() -> None:
    shown = html([call("c", "f", "{}"), output("c", "x" * 1_000_000)])
    assert len(shown) < 25_000
    assert "[980,000 more characters]" in shown
