from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.render.hostile import PAYLOADS, problems
from tests.render.test_conversation import TALK, call, everywhere, output, said
from tests.render.test_safe_markdown import found
from workbench.render import footer, turn_html, turn_markdown, turn_plain

FOOT = footer(seconds=0.84, input_tokens=120, output_tokens=34, estimated=True, model="offline")
REPLY = "It is **12 °C** in Oulu."
FORMS: list[Callable[..., str]] = [turn_plain, turn_markdown, turn_html]


def test_the_footer_is_one_line_with_time_tokens_model_and_store() -> None:
    line = footer(
        seconds=0.84,
        input_tokens=120,
        output_tokens=34,
        estimated=True,
        model="offline",
        store="sqlite .workbench/workbench.db",
        status="done",
    )
    assert line == (
        "0.8 s · 120 + 34 tokens (estimated) · offline · sqlite .workbench/workbench.db"
    )


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({}, ""),
        ({"seconds": 0.0238}, "24 ms"),
        ({"seconds": 0.1}, "0.1 s"),
        ({"seconds": 65.2}, "1 min 5 s"),
        ({"seconds": 59.97}, "1 min 0 s"),
        ({"input_tokens": 12345, "output_tokens": None}, "12,345 + ? tokens"),
        ({"model": "a\nb", "status": "cancelled"}, "a b · cancelled"),
        ({"seconds": 0.0, "input_tokens": 0, "output_tokens": 0}, "0 ms · 0 + 0 tokens"),
    ],
)
def test_the_footer_leaves_out_what_is_not_known(given: dict[str, Any], line: str) -> None:
    assert footer(**given) == line


def test_plain_turn_shows_tools_then_the_reply_then_the_footer() -> None:
    assert turn_plain(TALK, text=REPLY, footer=FOOT) == (
        "[reasoning] look it up\n\n"
        '[tool] get_weather({"city": "Oulu"}) -> 12 °C\n\n'
        '[tool] get_weather({"city": "Turku"}) -> 9 °C\n\n'
        "It is **12 °C** in Oulu.\n\n"
        "0.8 s · 120 + 34 tokens (estimated) · offline"
    )


@pytest.mark.parametrize("show", FORMS)
def test_the_prompt_is_not_repeated_and_the_reply_stands_once(show: Callable[..., str]) -> None:
    shown = show(TALK, text=REPLY, footer=FOOT)
    assert "please" not in shown
    assert shown.count("in Oulu.") == 1
    assert shown.index("9 °C") < shown.index("in Oulu.") < shown.index("0.8 s")


@pytest.mark.parametrize("show", FORMS)
def test_what_the_assistant_said_before_its_tools_stays(show: Callable[..., str]) -> None:
    items = [said("user", "go"), said("assistant", "One moment."), call("c", "f", "{}")]
    assert "One moment." in show(
        [*items, output("c", "ok"), said("assistant", "Done.")], text="Done."
    )
    assert "One moment." in show(items, text="", status="pending")


@pytest.mark.parametrize("show", FORMS)
def test_a_structured_reply_is_not_shown_twice(show: Callable[..., str]) -> None:
    items = [said("user", "go"), said("assistant", '{"x":1}')]
    shown = show(items, text="x=1")
    assert "x=1" in shown
    assert '{"x"' not in shown
    assert "quot" not in shown


@pytest.mark.parametrize("show", FORMS)
def test_an_earlier_message_stays_while_the_reply_streams(show: Callable[..., str]) -> None:
    shown = show([said("assistant", "One moment.")], text="It is", streaming=True)
    assert shown.index("One moment.") < shown.index("It is")


@pytest.mark.parametrize("show", [turn_markdown, turn_html])
def test_a_streaming_reply_shows_that_it_goes_on(show: Callable[..., str]) -> None:
    assert "▍" in show([], text="It is", streaming=True)
    assert "▍" in show([], text="", streaming=True)
    assert "▍" not in show([], text="It is")


@pytest.mark.parametrize("show", FORMS)
@pytest.mark.parametrize(
    ("status", "note"),
    [("cancelled", "Stopped"), ("pending", "approval"), ("replaced", "Replaced"), ("done", "")],
)
def test_a_turn_that_is_not_done_says_so(show: Callable[..., str], status: str, note: str) -> None:
    shown = show([], text="half", status=status)
    assert note in shown
    assert all(word not in shown for word in ("Stopped", "approval", "Replaced") if word != note)


@pytest.mark.parametrize("show", FORMS)
def test_a_failed_turn_shows_its_error_and_what_came_before(show: Callable[..., str]) -> None:
    shown = show([], text="half", status="failed", error="the model said no")
    assert shown.index("half") < shown.index("the model said no")


def test_an_unclosed_block_of_code_does_not_swallow_the_footer() -> None:
    assert (
        turn_markdown([], text="```\ncode", footer="0.8 s") == "```\ncode\n```\n\n<sub>0.8 s</sub>"
    )


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("streaming", [False, True])
def test_a_hostile_turn_does_nothing(payload: str, streaming: bool) -> None:
    given: dict[str, Any] = {
        "text": payload,
        "error": payload,
        "streaming": streaming,
        "footer": footer(seconds=1, model=payload, store=payload, status="failed"),
        "status": payload,
    }
    assert problems(turn_html(everywhere(payload), **given)) == []
    assert found(turn_markdown(everywhere(payload), **given)) == []
    assert "\x1b" not in turn_plain(everywhere(payload), **given)


def test_the_mark_of_a_growing_text_stands_behind_its_last_word_and_goes_when_it_is_stopped() -> (
    None
):
    growing = turn_html([], text="one two", streaming=True, status="running")
    assert re.search(r'one two<span aria-hidden="true">▍</span></p>', growing)
    for show in FORMS:
        assert "▍" not in show([], text="one two", streaming=True, status="cancelled")
