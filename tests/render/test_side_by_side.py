from __future__ import annotations

import pytest

from tests.render.hostile import PAYLOADS, problems
from tests.render.test_safe_markdown import commonmark, found
from workbench.render.side_by_side import Reply, Round, side_by_side

JOHN, JANE = Reply("Your name is John."), Reply("Your name is Jane.")
FORMS = ("text/plain", "text/markdown", "text/html")


def test_replies_stand_beside_each_other_with_the_words_that_differ_marked() -> None:
    shown = side_by_side(["one", "two"], [Round("What's my name?", [[JOHN, JANE]])])
    html = shown["text/html"]
    assert ">John</mark>." in html
    assert ">Jane</mark>." in html
    assert html.index("<th") < html.index(">one<") < html.index(">two<") < html.index("John")
    assert "| reply | Your name is **John.** | Your name is **Jane.** |" in shown["text/markdown"]
    assert "one: Your name is John.\ntwo: Your name is Jane." in shown["text/plain"]


def test_markdown_is_a_table_with_bold_words_for_its_readers() -> None:
    read = commonmark(
        side_by_side(["one", "two"], [Round("Name?", [[JOHN, JANE]])])["text/markdown"]
    )
    assert "<strong>John.</strong>" in read
    assert read.count("<td>") == 3


def test_runs_are_rows_each_compared_by_itself() -> None:
    html = side_by_side(["one", "two"], [Round("x", [[JOHN, JOHN], [JOHN, JANE]])])["text/html"]
    first, second = html.split("run 2")
    assert "run 1" in first
    assert "<mark" not in first
    assert second.count("<mark") == 2


def test_a_failure_says_why_and_marks_nothing() -> None:
    failed = Reply(None, "ConnectionError: the model is not there")
    shown = side_by_side(["one", "two", "three"], [Round("x", [[JOHN, failed, JOHN]])])
    for form in FORMS:
        assert "failed: ConnectionError: the model is not there" in shown[form]
    assert "<mark" not in shown["text/html"]
    assert "failed" in side_by_side(["one"], [Round("x", [[Reply(None)]])])["text/plain"]


def test_a_fact_that_is_the_same_for_all_is_said_once() -> None:
    facts = [("model", ["offline", "offline"]), ("cost", ["$1", ""])]
    shown = side_by_side(["one", "two"], [Round("x", [[JOHN, JANE]], facts)])
    assert 'colspan="2">offline<' in shown["text/html"]
    assert "[model] offline" in shown["text/plain"]
    assert "[cost] one: $1\n" in shown["text/plain"] + "\n"


def test_line_breaks_are_kept() -> None:
    shown = side_by_side(["one"], [Round("x", [[Reply("a\n\nb | c")]])])
    assert "a\n\nb | c" in shown["text/html"]
    assert "a<br><br>b &#124; c" in shown["text/markdown"]


def test_a_long_reply_is_cut_with_a_note() -> None:
    shown = side_by_side(["one"], [Round("x", [[Reply("word " * 10_000)]])])
    for form in FORMS:
        assert "30,000 more characters" in shown[form]


def test_formulas_and_dollars_of_facts_stay_text() -> None:
    shown = side_by_side(["$a$"], [Round("$x$", [[Reply("$y$")]], [("cost", ["$0.01"])])])
    assert "$" not in shown["text/markdown"].replace(r"\$", "")


def test_nothing_to_show_is_shown_without_an_error() -> None:
    assert side_by_side([], [])["text/plain"] == ""


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_text_does_nothing_wherever_it_stands(payload: str) -> None:
    replies = [Reply(payload), Reply(f"{payload} more"), Reply(None, payload)]
    rounds = [Round(payload, [replies, replies], [(payload, [payload, "", payload])])]
    shown = side_by_side([payload, "two", "three"], rounds)
    assert problems(shown["text/html"].replace("<br>", "")) == []
    assert found(shown["text/markdown"].replace("<br>", " ")) == []
    assert "\x1b" not in shown["text/plain"]
