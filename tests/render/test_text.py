from __future__ import annotations

import pytest

from tests.pace import quickly
from workbench.render import clean, plain
from workbench.render.text import one_line


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b[2J\x1b[Hgone", "gone"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]0;never closed", "]0;never closed"),
        ("\x9b31mred", "31mred"),
        ("over\rwritten", "over\nwritten"),
        ("windows\r\nlines", "windows\nlines"),
        ("back\x08\x08space\x07\x7f", "backspace"),
        ("tab\tand\nline", "tab\tand\nline"),
        ("\x1b\x1b[31m[31mnested", "[31mnested"),
        ("half \ud83d of a pair", "half \ufffd of a pair"),
        ("שלום 世界 é 👩\u200d👩\u200d👧", "שלום 世界 é 👩\u200d👩\u200d👧"),
    ],
)
def test_printed_text_can_not_move_the_cursor(raw: str, shown: str) -> None:
    assert clean(raw) == shown


def test_no_control_character_is_left_whatever_the_text() -> None:
    every = "".join(map(chr, range(0x250)))
    shown = plain([{"role": "user", "content": every}, {"role": every, "content": every}])
    assert not [char for char in shown if ord(char) < 32 and char not in "\n\t"]
    assert not [char for char in shown if 0x7F <= ord(char) <= 0x9F]


@pytest.mark.parametrize("piece", ["\x1b[", "\x1b]", "\x1b[0", "\x1b", "\ud800", "\r"])
def test_a_megabyte_of_escapes_is_cleaned_at_once(piece: str) -> None:
    quickly(lambda: clean(piece * (1_000_000 // len(piece))), millions=40)


def test_a_long_text_on_one_line_ends_in_dots() -> None:
    assert one_line("a\n b\t c") == "a b c"
    assert one_line("word " * 100, 10) == "word word…"
