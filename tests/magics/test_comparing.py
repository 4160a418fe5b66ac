from __future__ import annotations

import pandas as pd
import pytest

import workbench as wb
from tests.notebook_shell import Shell
from workbench.verbs.compare import Comparison
from workbench.verbs.context import Context


@pytest.fixture
def talked(shell: Shell) -> Shell:
    shell.ok("%agent -s john My name is John")
    shell.ok('%agent -s "two words" My name is Jane')
    shell.ok("%session use john")
    return shell


def replies(made: Comparison) -> dict[str, str]:
    return dict(zip(made.frame["target"], made.frame["reply"], strict=True))


def test_sessions_are_compared_in_one_line(talked: Shell) -> None:
    made = talked.ok('%session compare john "two words" --prompt "What\'s my name?"').value
    assert isinstance(made, Comparison)
    assert replies(made) == {"john": "Your name is John.", "two words": "Your name is Jane."}
    assert len(wb.list_sessions()) == 2
    assert talked.ok("_").value is made


def test_agents_of_the_notebook_and_models_go_on_from_a_session(talked: Shell) -> None:
    talked.ok("from agents import Agent\npirate = Agent(name='Long John')")
    talked["ask"] = "What's my name?"
    line = "%session compare pirate offline --from john --prompt {{ask}} --repeat 2"
    made = talked.ok(line).value
    assert made.frame["target"].tolist() == ["pirate", "pirate", "offline", "offline"]
    assert set(made.frame["agent"]) == {"Long John", "Assistant"}
    assert set(made.frame["reply"]) == {"Your name is John."}
    answered = talked.ok("%session compare john --prompt Hi --agent pirate --model offline").value
    assert answered.frame["agent"].tolist() == ["Long John"]


def test_what_is_kept_and_what_is_said_in_place(talked: Shell) -> None:
    talked.ok("%session compare john --prompt Hi --keep")
    assert len(wb.history("john-compare-1")) == 4
    talked.ok("%session compare john --prompt Hi --in-place")
    assert len(wb.history("john")) == 4


def test_the_context_is_that_of_the_session_in_use(talked: Shell) -> None:
    for line in ("%session context", "%session context john"):
        made = talked.ok(line).value
        assert isinstance(made, Context)
        assert (made.session, len(made.items), made.model) == ("john", 2, "offline")
    made = talked.ok('%session context "two words" --model gpt-4o --prompt Hi').value
    assert (made.window, len(made.items)) == (128_000, 3)


def test_the_context_is_with_the_agent_that_the_session_remembers(talked: Shell) -> None:
    talked.ok("from agents import Agent\nann = Agent(name='Ann', instructions='Be Ann.')")
    talked.ok("%agent -s john --agent ann --model offline Hi")
    assert talked.ok("%session context").value.instructions == "Be Ann."
    plain = talked.ok("%session context --agent none").value
    assert plain.instructions == "You are a helpful assistant."
    talked.ok("del ann")
    assert "run the cell that makes it" in talked.run("%session context").usage_error


def test_usage_is_a_frame_by_what_is_named(talked: Shell) -> None:
    frame = talked.ok("%session usage").value
    assert isinstance(frame, pd.DataFrame)
    assert frame["session"].tolist() == ["john", "two words"]
    assert talked.ok('%session usage "two words"').value["turns"].tolist() == [1]
    frame = talked.ok("%session usage --by model,day --since 2026-01-01").value
    assert frame.columns.tolist()[:3] == ["model", "day", "turns"]
    assert frame["turns"].tolist() == [2]
    assert talked.ok("%session usage --since 2999-01-01").value.empty
    assert len(talked.ok("%session usage --store sqlite:///home/workbench.db").value) == 2


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("%session compare --prompt Hi", '%session compare NAME NAME --prompt "..."'),
        ("%session compare jhon --prompt Hi", "did you mean 'john'"),
        (
            "%session compare john --prompt Hi --repeat many",
            "--repeat is a number from 1, not 'many'",
        ),
        ("%session compare john --prompt Hi --repeat 0", "repeat is a number from 1"),
        ("%session compare john --prompt Hi --agent nobody", "there is no agent 'nobody'"),
        ("%session compare offline --prompt Hi --from nobody", "there is no session 'nobody'"),
        ("%session compare john --prompt Hi --in-place --keep", "leave one of the two out"),
        ("%session context jhon", "did you mean 'john'"),
        ("%session context john john", "too much on the line"),
        ("%session usage jhon", "did you mean 'john'"),
        ("%session usage --by modle", "did you mean 'model'"),
        ("%session usage --since soon", "since is a datetime"),
        ("%session usage --prompt Hi", "it has no option --prompt"),
    ],
)
def test_a_usage_error_is_one_line_that_names_the_way_out(
    talked: Shell, line: str, said: str
) -> None:
    message = talked.run(line).usage_error
    assert said in message
    assert message.startswith("%session")
    assert "\n" not in message
