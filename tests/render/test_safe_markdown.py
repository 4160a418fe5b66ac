from __future__ import annotations

import random
import re

import mistune
import pytest
from markdown_it import MarkdownIt
from nbconvert.filters.markdown_mistune import markdown2html_mistune

from tests.pace import quickly
from tests.render.hostile import PAYLOADS, PIECES, problems
from workbench.render import escape_markdown
from workbench.render.text import LONG

_CHECKBOX = re.compile(
    r'<input class="task-list-item-checkbox" type="checkbox" disabled[^>]{0,10}>'
)
ZERO_WIDTH = "\u200b"


def commonmark(text: str) -> str:
    """As GitHub and editors do before they sanitise: raw HTML and all."""
    return str(MarkdownIt("commonmark", {"html": True}).enable(["table"]).render(text))


def with_mistune(text: str) -> str:
    return str(mistune.create_markdown(escape=False, plugins=["table", "footnotes"])(text))


READERS = [commonmark, with_mistune, markdown2html_mistune]


def found(text: str) -> list[str]:
    """What any of the readers would make of ``text``, beside the boxes of their task lists."""
    return [
        f"{reader.__name__}: {problem}"
        for reader in READERS
        for problem in problems(_CHECKBOX.sub("", reader(text)))
    ]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_hostile_reply_does_nothing_in_any_reader(payload: str) -> None:
    assert found(escape_markdown(payload)) == []


def test_these_readers_would_run_what_is_not_escaped() -> None:
    for reader in READERS:
        assert sum(bool(problems(reader(each))) for each in PAYLOADS) > len(PAYLOADS) // 2


def test_no_mixture_of_markup_becomes_live() -> None:
    chance = random.Random(11)
    for _ in range(400):
        text = "".join(chance.choices(PIECES, k=chance.randint(2, 14)))
        assert found(escape_markdown(text)) == [], text


@pytest.mark.parametrize(
    "text",
    [
        "# Title\n\nSome **bold** text, *slanted* text and `code`.",
        "- one\n- two\n  - inner\n\n1. first\n2. second",
        "| a | b |\n| - | - |\n| 1 | 2 |",
        "> quoted\n> twice",
        "[docs](https://a.example/x_y) and me@a.example, 3 < 4 and a <3",
        "$x^2$ and $$\\frac{1}{2}$$",
        "```html\n<div onclick='x'>![a](b)</div>\n```",
        "```c++\n#include <iostream>\n```\n\nand\n\n~ 20 things",
    ],
)
def test_ordinary_markdown_stays_as_it_is_written(text: str) -> None:
    assert escape_markdown(text) == text


def test_tags_and_images_read_as_they_were_written() -> None:
    shown = escape_markdown("a <b>c</b> `List<int>` ![cat](https://a.example/cat.png)")
    assert shown.replace(ZERO_WIDTH, "") == (
        "a <b>c</b> `List<int>` ![cat](https://a.example/cat.png)"
    )


def test_code_in_a_list_stays_code() -> None:
    shown = escape_markdown("1. Install:\n   ```bash\n   run <x>\n   ```\n2. Go")
    assert shown == "1. Install:\n\n```bash\nrun <x>\n```\n\n2. Go"


def test_an_open_fence_is_closed_so_that_what_follows_is_not_code() -> None:
    assert escape_markdown("```\ncode") == "```\ncode\n```"


def test_a_fence_inside_code_does_not_end_it() -> None:
    shown = escape_markdown("~~~\n```\n<b>\n```\n~~~")
    assert shown == "````\n```\n<b>\n```\n````"


def test_indented_code_is_fenced() -> None:
    assert escape_markdown("see:\n\n    a <b>\n\nend") == "see:\n\n```\na <b>\n```\n\nend"


@pytest.mark.parametrize("piece", ["[", "![", "`", "```\n", "> ", "- ", "<", "\\", "$$", "]("])
def test_a_megabyte_of_hostile_text_is_shown_at_once(piece: str) -> None:
    shown = quickly(lambda: escape_markdown(piece * (1_000_000 // len(piece))), millions=60)
    assert "shown as they are" in shown


@pytest.mark.parametrize("piece", ["[", "![", "`", "> ", "- ", "<", "](", "```\n"])
def test_the_longest_text_that_is_kept_as_markdown_stays_quick(piece: str) -> None:
    quickly(lambda: escape_markdown(piece * (LONG // len(piece))), millions=100)
