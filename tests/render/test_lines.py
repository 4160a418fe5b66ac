from __future__ import annotations

import pytest

from tests.render.hostile import PAYLOADS
from workbench.render.lines import labelled, table


def test_labels_stand_in_a_column() -> None:
    forms = labelled([("a", "one"), ("longer", "two\nlines")])
    assert forms["text/plain"] == "a       one\nlonger  two lines"
    assert forms["text/markdown"] == "| | |\n| --- | --- |\n| a | one |\n| longer | two lines |"
    assert forms["text/html"].count("<tr>") == 2


def test_a_table_stands_under_its_title() -> None:
    forms = table(["a", "b"], [["1", "2|3"]], title="Some *things*")
    assert forms["text/markdown"].splitlines() == [
        "Some \\*things\\*",
        "",
        "| a | b |",
        "| --- | --- |",
        "| 1 | 2&#124;3 |",
    ]
    assert "<p dir" not in table(["a"], [])["text/html"]
    assert "<td" not in table(["a"], [])["text/html"]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_in_them_is_markup(payload: str) -> None:
    for forms in (labelled([(payload, payload)]), table([payload], [[payload]], title=payload)):
        assert "<" + payload[1:6] not in forms["text/html"].replace("<table", "").replace("<td", "")
        assert "<script" not in forms["text/markdown"].lower()
