from __future__ import annotations

import pandas as pd
import pytest

import workbench as wb
from tests.notebook_shell import Shell
from workbench import loop
from workbench.items import user_message
from workbench.verbs.outcome import Outcome


@pytest.fixture
def talked(shell: Shell) -> Shell:
    for number in range(1, 5):
        shell.ok(f"%agent -s demo My number is {number}")
    shell.ok("%session use demo")
    return shell


def prompts(name: str = "demo") -> list[str]:
    return [str(each) for each in wb.history(name)["content"]][::2]


@pytest.mark.parametrize("name", ["", "demo "])
def test_a_session_is_rewound_and_restored(talked: Shell, name: str) -> None:
    ran = talked.ok(f"%session rewind {name}2")
    assert isinstance(ran.value, Outcome)
    assert "2 later turns (4 items) went to its archive" in ran.text
    assert prompts() == ["My number is 1", "My number is 2"]
    assert "came back" in talked.ok(f"%session restore {name}").text
    assert len(prompts()) == 4


def test_a_clearing_is_restored(talked: Shell) -> None:
    talked.ok("%session clear demo")
    assert talked.ok("%session restore --what rewound").value.items == 0
    assert talked.ok("%session restore demo --what cleared").value.items == 8
    assert len(prompts()) == 4


@pytest.mark.parametrize("name", ["", "demo "])
def test_an_item_is_edited(talked: Shell, name: str) -> None:
    talked.ok(f'%session edit {name}7 "My number is 9"')
    assert prompts()[-1] == "My number is 9"
    assert "9" in talked.ok("%agent What's my number?").text


@pytest.mark.parametrize("name", ["", "demo "])
def test_items_are_hidden_and_shown(talked: Shell, name: str) -> None:
    talked.ok(f"%session hide {name}1 3-5 8")
    frame = wb.history("demo")
    assert frame.loc[frame["hidden"], "order"].tolist() == [1, 3, 4, 5, 8]
    talked.ok(f"%session show {name}3-4")
    assert wb.history("demo")["hidden"].sum() == 3
    talked.ok(f"%session show {name}".rstrip())
    assert not wb.history("demo")["hidden"].any()


def test_the_doctor_says_when_nothing_is_wrong_and_repairs_what_is(talked: Shell) -> None:
    ran = talked.ok("%session doctor")
    assert "Session 'demo': nothing is wrong with it." in ran.out
    assert isinstance(ran.value, pd.DataFrame)
    loop.run(wb.session("demo").add_items([{"no": "item"}, user_message("Hi")]))
    for line in ("%session doctor demo", "%session doctor --repair"):
        assert "no item" in talked.ok(line).value["finding"].tolist()
    assert "nothing is wrong" in talked.ok("%session doctor demo").out


def test_a_name_that_is_a_number_can_be_said_in_python_only(talked: Shell) -> None:
    talked.ok("%agent -s 3 Hello")
    talked.ok("%session rewind 3")
    assert len(prompts()) == 3
    talked.ok("%session use 3")
    talked.ok("%session rewind 0")
    assert wb.history("3").empty


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("rewind", "which turn is to be the last one"),
        ("rewind demo", "which turn is to be the last one"),
        ("rewind demo two", "'two' is no number"),
        ("rewind 1-2", "takes one number"),
        ("rewind demo 9", "session 'demo' has turns 0 to 4, not 9"),
        ("rewind dmeo 1", "did you mean 'demo'"),
        ("rewind demo 1 2", "too much on the line"),
        ("rewind 1 2", "takes one number"),
        ("restore demo --what hidden", "--what is one of rewound, cleared, repaired"),
        ("edit demo 1", "which item, and what does it say"),
        ("edit", "which item, and what does it say"),
        ('edit demo "x" 1', "'x' is no number"),
        ("edit demo 1 two words", "too much on the line"),
        ("edit 1 two words", "too much on the line"),
        ('edit demo 99 "x"', "has items 1 to 8, not 99"),
        ("hide demo", "which items"),
        ("hide demo 5-3", "no range of items"),
        ("hide demo 1-9999999999", "no range of items"),
        ("hide demo 9", "has items 1 to 8, not 9"),
        ("show demo x", "'x' is no number"),
        ("show demo -1", "'-1' is no number"),
        ("doctor dmeo", "did you mean 'demo'"),
        ("rewind demo 1 --repair", "which is for %session doctor"),
    ],
)
def test_what_is_wrong_on_the_line_is_said_in_one_line(
    talked: Shell, line: str, words: str
) -> None:
    before = prompts()
    assert words in talked.run(f"%session {line}").usage_error
    assert "\n" not in talked.run(f"%session {line}").usage_error
    assert prompts() == before


def test_the_help_names_the_verbs(shell: Shell) -> None:
    text = shell.ok("%session --help").out
    for verb in ("rewind", "restore", "edit", "hide", "show", "doctor"):
        assert f"%session {verb} " in text
