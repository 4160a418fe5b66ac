"""``%session tag``, ``pending``, ``approve``, ``reject``, and ``--attach``."""

from __future__ import annotations

import base64
from pathlib import Path

import pandas as pd
import pytest

import workbench as wb
from tests.notebook_shell import Shell
from workbench.turn import Turn
from workbench.workspace.about import About

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
AGENT = """
from agents import Agent, function_tool
done = []
@function_tool(needs_approval=True)
def erase(name: str) -> str:
    "Erase a file."
    done.append(name)
    return f"erased {name}"
ada = Agent(name="Ada L", tools=[erase])
"""
BOTH = "Call erase with name='a' and call erase with name='b'"


@pytest.fixture
def talked(shell: Shell) -> Shell:
    shell.ok("%agent -s demo My name is John")
    shell.ok("%agent -s other Hi")
    shell.ok("%session use demo")
    return shell


def about(name: str = "demo") -> About:
    return wb.tag(name)


def test_tags_are_added_and_taken_away(talked: Shell) -> None:
    shown = talked.ok('%session tag demo +red +"dark mode" --title "My trip"')
    assert isinstance(shown.value, About)
    assert "dark mode" in shown.text
    assert about() == About(title="My trip", tags=("red", "dark mode"))
    talked.ok('%session tag -red -"dark mode" +blue -n')
    assert about().tags == ("blue",)
    talked.ok("colour = 'green'")
    talked.ok("%session tag other +{{colour}}")
    assert about("other").tags == ("green",)
    talked.ok('%session tag --title ""')
    assert about() == About(tags=("blue",))


def test_metadata_is_text_or_json(talked: Shell) -> None:
    talked.ok(
        """%session tag --meta customer=7 --meta "note=two words" --meta 'ok=true' --meta e="""
    )
    assert about().metadata == {"customer": 7, "note": "two words", "ok": True}
    assert list(talked.ok("%session list --meta customer=7").value["name"]) == ["demo"]
    assert list(talked.ok("%session list --meta customer=").value["name"]) == ["other"]
    talked.ok("%session tag --meta customer=")
    assert about().metadata == {"note": "two words", "ok": True}
    assert "KEY=VALUE" in talked.run("%session tag --meta customer").usage_error


def test_info_and_list_show_them_and_list_looks_by_them(talked: Shell) -> None:
    assert "tags" not in talked.ok("%session list").value.columns
    talked.ok("%session tag +red +blue --title <b>Trip</b>")
    info = talked.ok("%session info")
    assert "red, blue" in info.text
    assert "<b>" not in info.value._repr_mimebundle_()["text/html"]
    frame = talked.ok("%session list").value
    assert list(frame.columns[:3]) == ["name", "title", "tags"]
    for options, names in {
        "--tag red": ["demo"],
        "--tag red --tag blue": ["demo"],
        "--tag red --tag green": [],
        "--title TRIP": ["demo"],
    }.items():
        assert list(talked.ok(f"%session list {options}").value["name"]) == names
    assert "leave store out" in talked.run("%session list --store memory:// --tag a").usage_error


def test_what_cannot_be_is_one_line(talked: Shell) -> None:
    assert "no comma" in talked.run("%session tag +a,b").usage_error
    assert "no session 'dmeo'" in talked.run("%session tag dmeo +a").usage_error
    assert "too much on the line" in talked.run("%session tag demo red").usage_error
    assert "there is no option --red" in talked.run("%session tag --red").usage_error
    assert "Options" in talked.ok("%session tag -h").out
    assert "no option -blue" in talked.run("%session info -blue").usage_error


def test_a_tool_waits_and_is_approved_or_rejected(talked: Shell) -> None:
    talked.ok(AGENT)
    assert "Waits for an approval" in talked.ok("%agent -a ada Call erase with name='x'").text
    frame = talked.ok("%session pending").value
    assert isinstance(frame, pd.DataFrame)
    assert list(frame["tool"]) == ["erase"]
    assert len(talked.ok("%session pending other").value) == 0
    ran = talked.ok("%session approve")
    assert isinstance(ran.value, Turn)
    assert "erased x" in ran.text
    talked.ok("%agent -a ada Call erase with name='y'")
    assert "hands off" in talked.ok('%session reject demo --message "hands off"').text
    assert "no call of session 'demo' waits" in talked.run("%session approve").usage_error
    assert talked.ok("done").value == ["x"]


def test_one_of_several_calls_is_named(talked: Shell) -> None:
    talked.ok(AGENT)
    talked.ok(f"%agent -a ada {BOTH}")
    assert "2 calls of session 'demo' wait" in talked.run("%session approve").usage_error
    first, second = wb.pending("demo")["call_id"]
    left = talked.ok(f"%session approve demo {first}").value
    assert list(left["status"]) == ["approved", "waiting"]
    talked.ok(f"%session reject demo {second}")
    assert talked.ok("done").value == ["a"]
    talked.ok(f"%agent -a ada {BOTH}")
    talked.ok(f"%session approve demo {wb.pending('demo')['call_id'][0]} --always")
    assert sorted(talked.ok("done").value) == ["a", "a", "b"]


def test_an_agent_of_another_name_can_be_named(talked: Shell) -> None:
    talked.ok(AGENT)
    talked.ok("%agent -a ada Call erase with name='x'")
    talked.ok("from workbench.workspace import workspace\nworkspace().runs.clear()")
    talked.ok("later, ada = ada, None")
    talked.ok("later.name = 'Eve'")
    assert "agent 'Ada L', which is not defined here" in talked.run("%session approve").usage_error
    assert "no agent 'nobody'" in talked.run("%session approve -a nobody").usage_error
    talked.ok("later.name = 'Ada L'")
    talked.ok("%session approve --agent later")
    assert talked.ok("done").value == ["x"]


def test_the_session_in_use_goes_on_without_it_and_says_so(talked: Shell) -> None:
    talked.ok(AGENT)
    talked.ok("%agent -a ada Call erase with name='x'")
    assert "has an unanswered call of erase" in talked.ok("%agent What's my name?").text


def test_a_run_in_a_python_cell_waits_too(talked: Shell) -> None:
    talked.ok(AGENT)
    talked.ok("from agents import Runner")
    talked.ok(
        "%%agent --session demo\nresult = await Runner.run(ada, \"Call erase with name='x'\")"
    )
    assert list(wb.pending("demo")["tool"]) == ["erase"]
    talked.ok("%session approve")
    assert talked.ok("done").value == ["x"]


def test_files_go_along_with_a_prompt(talked: Shell, tmp_path: Path) -> None:
    (tmp_path / "picture.png").write_bytes(PNG)
    (tmp_path / "my notes.txt").write_text("hello")
    ran = talked.ok('%%agent --attach picture.png --attach "my notes.txt"\nWhat is this?')
    assert "You attached picture.png and my notes.txt" in ran.text
    assert ran.value._repr_html_().count("<img ") == 1
    content = wb.history("demo")["content"]
    assert content.iloc[-2] == "What is this?\n[image picture.png]\n[file my notes.txt]"
    talked.ok("path = 'picture.png'")
    talked.ok("%agent --attach={{path}} And this?")
    assert wb.history("demo")["content"].iloc[-2] == "And this?\n[image picture.png]"


def test_a_file_that_is_not_there_makes_no_session(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "picture.png").write_bytes(PNG)
    said = shell.run("%agent -s new --attach pictur.png What?").usage_error
    assert "did you mean 'picture.png'?" in said
    assert len(wb.list_sessions()) == 0
    shell.ok("from agents import Agent, Runner\nada = Agent(name='Ada')")
    code = "%%agent -s new --attach picture.png\nawait Runner.run(ada, 'x')"
    assert "--attach is for prompts" in shell.run(code).usage_error
