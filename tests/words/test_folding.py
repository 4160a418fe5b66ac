"""Which words a text has, in any script."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pace import quickly
from workbench.words import words
from workbench.words.folding import LONGEST

TOKEN = re.compile(r"[a-z0-9\x80-\U0010ffff]+")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Dark-Mode, please!", "dark mode please"),
        ("get_weather('Oslo')", "get weather oslo"),
        ("don't — don’t", "don t don t"),
        ("3.14 and 1,000", "3 14 and 1 000"),
        ("naïve CAFÉ cafe\u0301 Ünïcode", "naive cafe cafe unicode"),
        ("Straße STRASSE", "strasse strasse"),
        ("ŁÓDŹ Øre smørrebrød", "lodz ore smorrebrod"),
        ("İstanbul ISTANBUL ıstanbul", "istanbul istanbul istanbul"),
        ("ﬁne ＦＵＬＬ ① x²", "fine full 1 x2"),
        ("ΣΊΣΥΦΟΣ σίσυφος", "σισυφοσ σισυφοσ"),
        ("Ёлка й", "елка и"),
        ("שָׁלוֹם שלום", "שלום שלום"),
        ("أَحْمَد احمد", "احمد احمد"),
        ("हिन्दी भाषा", "हिन्दी भाषा"),
        ("我喜欢 iPhone手机。", "我 喜 欢 iphone 手 机"),
        ("ｶﾞｷﾞ ガギ かが", "ガ ギ ガ ギ か が"),
        ("ไทย", "ไ ท ย"),
        ("한국어 한국어", "한 국 어 한 국 어"),
        ("soft\u00adhyphen zero\u200bwidth \u202eright\u202c", "softhyphen zerowidth right"),
        ("a\ud800b\x00c\x1bd", "a b c d"),
        ("🦊 → © «» …", ""),
        ("", ""),
    ],
)
def test_words_are_compared_as_people_type_them(text: str, found: str) -> None:
    assert words(text) == found.split()


@pytest.mark.parametrize("script", ["ລາວ", "ខ្មែរ", "မြန်မာ", "ภาษา", "漢字", "カナ", "한글"])
def test_each_sign_is_a_word_where_none_stand_between_spaces(script: str) -> None:
    assert "".join(words(script)) == script
    assert all(len(word) == 1 for word in words(script))


@pytest.mark.parametrize(
    "blob",
    [
        "data:image/png;base64," + "iVBORw0KGgo" * 30,
        "see data:application/pdf;name=x.pdf;base64,JVBERi0xLjQK==",
        "aB3/" * 100,
        "Zm9vYmFy+" * 40 + "==",
    ],
)
def test_the_content_of_a_file_has_no_words(blob: str) -> None:
    assert words(f"before {blob} behind") in (["before", "behind"], ["before", "see", "behind"])


def test_long_words_are_cut_and_others_are_not_taken_for_files() -> None:
    assert words("x" * 150) == ["x" * LONGEST, "x" * LONGEST, "x" * (150 - 2 * LONGEST)]
    assert words("é" * 65) == ["e" * LONGEST, "e"]
    path = "/folder/of/notes/" * 20
    assert words(path)[:3] == ["folder", "of", "notes"]


@pytest.mark.parametrize(
    "text",
    ["a" * 10**6, "aB3/" * 250_000, "\u0301" * 10**6, "data:" * 200_000, '"' * 10**6, "é" * 10**6],
    ids=["letters", "blob", "accents", "beginnings", "quotes", "one word"],
)
def test_no_text_takes_long(text: str) -> None:
    quickly(lambda: words(text), millions=100)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.text(st.characters()))
def test_words_are_what_an_ascii_tokenizer_sees(text: str) -> None:
    found = words(text)
    assert TOKEN.findall(" ".join(found)) == found
    assert all(0 < len(word) <= LONGEST for word in found)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.text(st.characters()))
def test_words_of_words_are_the_same(text: str) -> None:
    found = words(text)
    assert words(" ".join(found)) == found


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.text(st.characters(max_codepoint=0x2FF)))
def test_capitals_and_small_letters_are_the_same(text: str) -> None:
    assert words(text.upper()) == words(text.upper().lower())
    assert words(text.swapcase().casefold()) == words(text.swapcase())
