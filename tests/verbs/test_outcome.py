from __future__ import annotations

import pytest

from workbench.verbs.outcome import Outcome, count, listed


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ([2], "2"),
        ([2, 5], "2 and 5"),
        ([3, 2], "2 and 3"),
        ([1, 2, 3], "1 to 3"),
        ([1, 2, 3, 7], "1 to 3 and 7"),
        ([7, 1, 2, 3, 9, 10], "1 to 3, 7, 9 and 10"),
        ([4, 4], "4"),
    ],
)
def test_numbers_are_written_as_people_do(numbers: list[int], words: str) -> None:
    assert listed(numbers) == words


def test_one_is_not_many() -> None:
    assert (count(1, "item"), count(2, "item"), count(1_000, "turn")) == (
        *("1 item", "2 items"),
        "1,000 turns",
    )


def test_lines_stay_lines_and_markup_stays_text_in_every_form() -> None:
    lines = ("Session '<b>x</b>\n| **y** $z$' is `back`.", "\x1b[31mwb.restore('x')\x1b[0m")
    shown = Outcome("x", lines, 2, 1)
    forms = shown._repr_mimebundle_()
    assert forms["text/plain"].count("\n") == 1
    assert "\x1b" not in "".join(forms.values()) + str(shown)
    assert "<b>" not in forms["text/html"] + forms["text/markdown"]
    assert "**y**" not in forms["text/markdown"]
    assert forms["text/html"].count("<p>") == 2
