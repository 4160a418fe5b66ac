"""What somebody typed, and where it stands."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pace import quickly
from workbench.words import counts, phrases_of, words
from workbench.words.phrases import places


@pytest.mark.parametrize(
    ("typed", "phrases"),
    [
        ("dark mode", [["dark"], ["mode"]]),
        ('"dark mode"', [["dark", "mode"]]),
        ("“dark mode” «light mode»", [["dark", "mode"], ["light", "mode"]]),
        ("get_weather don't", [["get", "weather"], ["don", "t"]]),
        ("mod*", [["mod*"]]),
        ('"dark mod"*', [["dark", "mod*"]]),
        ('"dark mod*"', [["dark", "mod*"]]),
        ("m*d dark * ＊", [["m", "d"], ["dark"]]),
        ("深色 iPhone手机", [["深", "色"], ["iphone", "手", "机"]]),
        ("dark Dark DÁRK", [["dark"]]),
        ('5" screen', [["5"], ["screen"]]),
        ("a AND NOT b OR NEAR(c, 2)", None),
        ("words:x ^y -z (", [["words", "x"], ["y"], ["z"]]),
        ("", []),
        ("!!! … 🦊 \x00", []),
        ("\ud800", []),
    ],
)
def test_what_is_typed_is_words_phrases_and_beginnings(
    typed: str, phrases: list[list[str]] | None
) -> None:
    found = [list(each) for each in phrases_of(typed)]
    if phrases is None:
        assert found == [["a"], ["and"], ["not"], ["b"], ["or"], ["near", "c"], ["2"]]
    else:
        assert found == phrases


@pytest.mark.parametrize(
    ("text", "typed", "count"),
    [
        ("dark mode dark mode", '"dark mode"', 2),
        ("dark mode", "mode", 1),
        ("dark mode", "mod", 0),
        ("dark mode model", "mod*", 2),
        ("a a a", '"a a"', 2),
        ("dark modern mode", '"dark mod"*', 1),
        ("mode dark", '"dark mode"', 0),
        ("dark", '"dark mode"', 0),
        ("dark, (mode)", '"dark mode"', 1),
        ("我喜欢深色模式", "深色", 1),
        ("Ａ ａ á", "a", 3),
    ],
)
def test_a_phrase_is_counted_wherever_it_stands(text: str, typed: str, count: int) -> None:
    assert counts(words(text), phrases_of(typed)) == [count]


TEXT = st.lists(st.sampled_from(["a", "b", "ab", "abc", "c"]), max_size=12)


@settings(max_examples=500, deadline=None, derandomize=True)
@given(TEXT, st.lists(st.sampled_from(["a", "b", "ab"]), min_size=1, max_size=3), st.booleans())
def test_the_places_are_those_that_a_plain_look_finds(
    text: list[str], phrase: list[str], goes_on: bool
) -> None:
    def stands(at: int) -> bool:
        part = text[at : at + len(phrase)]
        whole = part[:-1] == phrase[:-1]
        return len(part) == len(phrase) and whole and _last(part[-1], phrase[-1], goes_on)

    asked = [*phrase[:-1], phrase[-1] + "*" * goes_on]
    assert places(text, asked) == [at for at in range(len(text)) if stands(at)]


def _last(word: str, wanted: str, goes_on: bool) -> bool:
    return word.startswith(wanted) if goes_on else word == wanted


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.text(st.characters()))
def test_a_text_has_what_is_typed_from_it(text: str) -> None:
    assert all(counts(words(text), phrases_of(text.replace('"', " "))))


def test_a_long_query_is_taken_apart_quickly() -> None:
    quickly(lambda: phrases_of('"' * 50_001 + "x " * 50_000), millions=100)
