from __future__ import annotations

import random

import pytest
from markdown_it import MarkdownIt

from tests.pace import quickly
from tests.render.hostile import PAYLOADS, PIECES, problems
from workbench.render import markdown_to_html
from workbench.render.text import LONG


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_hostile_reply_shows_as_text_and_does_nothing(payload: str) -> None:
    assert problems(markdown_to_html(payload)) == []


def test_the_reader_of_these_tests_sees_what_an_unsafe_page_would_do() -> None:
    unsafe = [each for each in PAYLOADS if problems(MarkdownIt().render(each))]
    assert len(unsafe) > len(PAYLOADS) // 2


def test_no_mixture_of_markup_becomes_live() -> None:
    chance = random.Random(7)
    for _ in range(1500):
        text = "".join(chance.choices(PIECES, k=chance.randint(2, 14)))
        assert problems(markdown_to_html(text)) == [], text


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("**bold** and *slanted*", "<strong>bold</strong> and <em>slanted</em>"),
        ("~~gone~~", "<s>gone</s>"),
        ("`a < b`", "<code>a &lt; b</code>"),
        (
            "```python\nif a < b: pass\n```",
            '<code class="language-python">if a &lt; b: pass\n</code>',
        ),
        ("| a |\n|:-:|\n| 1 |", '<td dir="auto" style="text-align:center">1</td>'),
        ("3. three", '<ol dir="auto" start="3">'),
        ("a <b>c</b>", "a &lt;b&gt;c&lt;/b&gt;"),
        ("x^2 is $x^2$", "x^2 is $x^2$"),
    ],
)
def test_ordinary_markdown_is_rendered(written: str, shown: str) -> None:
    assert shown in markdown_to_html(written)


def test_links_open_apart_and_tell_the_other_side_nothing() -> None:
    shown = markdown_to_html("[docs](https://a.example/x?y=1&z=2) and <me@a.example>")
    opens = 'target="_blank" rel="noopener noreferrer"'
    assert f'<a href="https://a.example/x?y=1&amp;z=2" {opens}>docs</a>' in shown
    assert f'<a href="mailto:me@a.example" {opens}>' in shown


def test_an_image_becomes_a_link_with_its_label() -> None:
    shown = markdown_to_html("![a cat](https://a.example/cat.png)")
    assert ">[image: a cat]</a>" in shown
    assert "<img" not in shown


def test_an_image_inside_a_link_keeps_one_link() -> None:
    shown = markdown_to_html("[![cat](https://a.example/cat.png)](https://a.example)")
    assert shown.count("<a ") == 1
    assert "[image: cat]" in shown


def test_each_paragraph_finds_its_own_direction() -> None:
    shown = markdown_to_html("שלום עולם\n\nhello 世界")
    assert '<p dir="auto">שלום עולם</p>' in shown
    assert '<p dir="auto">hello 世界</p>' in shown


@pytest.mark.parametrize(
    "piece",
    ["[", "![", "*a ", "`a``", "> ", "- ", "<", "|a", "[a](", "\\", "~~", "&#", "$", "\x1b["],
)
def test_a_megabyte_of_hostile_text_is_shown_at_once(piece: str) -> None:
    shown = quickly(lambda: markdown_to_html(piece * (1_000_000 // len(piece))), millions=60)
    assert "shown as they are" in shown
    assert problems(shown) == []


@pytest.mark.parametrize("piece", ["[", "![", "> ", "- ", "|a", "*a_", "<a ", "`` `"])
def test_the_longest_text_that_is_rendered_stays_quick(piece: str) -> None:
    shown = quickly(lambda: markdown_to_html(piece * (LONG // len(piece))), millions=100)
    assert problems(shown) == []


def test_a_long_text_is_whole_even_when_it_is_not_rendered() -> None:
    text = "word <b> " * 10_000
    assert markdown_to_html(text).count("word &lt;b&gt;") == 10_000
