"""The piece of a text that shows what was found."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pace import quickly
from workbench.words import MARK, phrases_of, snippet, words
from workbench.words.snippets import _spans

LOREM = "Lorem ipsum dolor sit amet consectetur adipiscing elit. " * 20


def marked(text: str, typed: str, **options: int) -> list[str]:
    """What stands between marks."""
    return re.findall(r"\*\*(.+?)\*\*", snippet(text, phrases_of(typed), **options))


@pytest.mark.parametrize(
    ("text", "typed", "shown"),
    [
        ("I like dark mode", "dark", "I like **dark** mode"),
        ("I like Dark-Mode.", '"dark mode"', "I like **Dark-Mode**."),
        ("dark and\n\n  mode", "dark mode", "**dark** and **mode**"),
        ("models", "mod*", "**models**"),
        ("cafe\u0301 Café", "CAFE", "**cafe\u0301** **Café**"),
        ("我喜欢深色模式", "深色", "我喜欢**深色**模式"),
        ("ｶﾞギ", "ガギ", "**ｶﾞギ**"),
        ("a a a", '"a a"', "**a a a**"),
        ("**bold** dark", "dark", "bold **dark**"),
        ("ＦＵＬＬ", "full", "**ＦＵＬＬ**"),
        ("ﬁne", "fine", "**ﬁne**"),
        ("nothing of it", "dark", "nothing of it"),
        ("", "dark", ""),
    ],
)
def test_what_was_found_is_marked(text: str, typed: str, shown: str) -> None:
    assert snippet(text, phrases_of(typed)) == shown


def test_a_long_text_is_cut_at_words_around_what_was_found() -> None:
    shown = snippet(LOREM + "dark mode " + LOREM, phrases_of('"dark mode"'))
    assert re.fullmatch(r"….{30,90}\*\*dark mode\*\*.{30,90}…", shown)
    words_shown = shown.strip("…").replace(MARK, "").split()
    assert set(words_shown) <= set(f"{LOREM} dark mode".split())


def test_the_part_with_most_of_what_was_asked_for_is_shown() -> None:
    text = "dark " + LOREM + "mode dark " + LOREM + "mode"
    assert marked(text, "dark mode") == ["mode", "dark"]


def test_a_phrase_longer_than_a_snippet_is_cut() -> None:
    text = " ".join(f"w{number}" for number in range(100))
    shown = snippet(text, phrases_of(f'"{text}"'), width=40)
    assert shown.startswith("**w0 w1")
    assert len(shown) < 60
    assert shown.count(MARK) == 2


def test_what_would_move_the_cursor_or_turn_the_text_is_left_out() -> None:
    shown = snippet("a\x1b[31mdark\x07 \u202emode\u2066 \ud800x\x00", phrases_of("dark"))
    assert shown == "a[31mdark mode \ufffdx"
    assert not set(shown) & {"\x1b", "\x07", "\u202e", "\u2066", "\ud800", "\x00"}


@settings(max_examples=500, deadline=None, derandomize=True)
@given(st.text(st.characters()))
def test_any_text_can_be_shown_and_what_is_shown_of_it_is_one_line(text: str) -> None:
    shown = snippet(text, phrases_of("a* 1 深"), width=30)
    shown.encode()
    assert "\n" not in shown
    assert len(shown) <= len(text) + 80
    assert shown.count(MARK) % 2 == 0


@settings(max_examples=500, deadline=None, derandomize=True)
@given(st.text(st.characters()))
def test_a_word_is_marked_where_it_was_found(text: str) -> None:
    assert [word for word, _start, _end in _spans(text)] == words(text)


@pytest.mark.parametrize("text", ["a " * 300_000, "é" * 300_000, "深色" * 150_000])
def test_no_text_takes_long(text: str) -> None:
    quickly(lambda: snippet(text, phrases_of("a* 深色")), millions=200)
