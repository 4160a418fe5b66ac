from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.pace import quickly
from workbench.render.words_apart import MOST, Span, by_chunk, words_apart


def marked(text: str, spans: list[Span]) -> str:
    """``text`` with brackets around what differs; the spans must hold it all."""
    assert "".join(span.text for span in spans) == text
    return "".join(f"[{span.text}]" if span.differs else span.text for span in spans)


def apart(*texts: str) -> list[str]:
    return [marked(text, spans) for text, spans in zip(texts, words_apart(texts), strict=True)]


def test_words_that_differ_are_marked_on_both_sides() -> None:
    assert apart("Your name is John.", "Your name is Jane Doe.") == [
        "Your name is [John].",
        "Your name is [Jane Doe].",
    ]


def test_what_only_one_has_is_marked_there() -> None:
    assert apart("It is warm", "It is very warm") == ["It is warm", "It is [very ]warm"]


def test_the_first_shows_what_any_other_has_not() -> None:
    assert apart("red green blue", "red green", "green blue") == [
        "[red ]green[ blue]",
        "red green",
        "green blue",
    ]


def test_equal_and_single_and_empty_texts_have_no_marks() -> None:
    assert apart("same", "same", "same") == ["same"] * 3
    assert apart("alone") == ["alone"]
    assert words_apart([]) == []
    assert apart("", "") == ["", ""]
    assert apart("", "new") == ["", "[new]"]


def test_a_mark_of_punctuation_is_no_part_of_the_word() -> None:
    assert apart("yes, John!", "yes (John)") == ["yes[,] John[!]", "yes [(]John[)]"]


@pytest.mark.parametrize(
    ("one", "other", "shown"),
    [
        ("我叫约翰。", "我叫简。", "我叫[简]。"),
        ("Имя Иван", "Имя Анна", "Имя [Анна]"),
        ("ชื่อจอน", "ชื่อแดง", "ชื่อ[แดง]"),
        ("क्षत्रिय राम", "क्षत्रिय श्याम", "क्षत्रिय [श्याम]"),
        ("a 👩‍👩‍👧 b", "a 🦊 b", "a [🦊] b"),
    ],
)
def test_words_are_found_in_any_script(one: str, other: str, shown: str) -> None:
    assert apart(one, other)[1] == shown


def test_long_texts_are_compared_by_lines_and_longer_ones_as_they_are() -> None:
    words = "word " * 10
    one = "\n".join(f"{words}{number}" for number in range(MOST - 1))
    other = one.replace(f"{words}7\n", "something else\n", 1)
    assert apart(one, other)[1].count("[") == 1
    assert "[something else\n]" in apart(one, other)[1]
    long = "\n".join(["a b c"] * (MOST + 1))
    assert apart(long, long + "!") == [f"[{long}]", f"[{long}!]"]
    assert apart(long, long) == [long, long]


def test_no_text_takes_long() -> None:
    chance = random.Random(3)
    texts = [" ".join(chance.choices("ab", k=MOST // 2)) for _ in range(2)]
    texts += ["x " * 100_000, "y\n" * 100_000, "z" * 1_000_000]
    quickly(lambda: (words_apart(texts[:2]), words_apart(texts)), millions=100)


def test_chunks_are_marked_whole_and_spaces_never() -> None:
    spans = words_apart(["say (John) now", "say (Jane Doe) now"])[1]
    assert marked("say (Jane Doe) now", by_chunk(spans)) == "say [(Jane] [Doe)] now"


@given(st.lists(st.text(max_size=40), max_size=4))
def test_nothing_of_a_text_is_lost(texts: list[str]) -> None:
    for text, spans in zip(texts, words_apart(texts), strict=True):
        marked(text, spans)
        marked(text, by_chunk(spans))


@given(st.text(max_size=60), st.text(max_size=60))
def test_what_is_not_marked_is_the_same_on_both_sides(one: str, other: str) -> None:
    kept = ["".join(s.text for s in spans if not s.differs) for spans in words_apart([one, other])]
    assert kept[0] == kept[1]
