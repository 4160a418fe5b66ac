"""``workbench doctor``: its answer is its exit code, and what is wrong can be read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import workbench as wb
from workbench import loop
from workbench.cli import main
from workbench.sessions import SQLiteSession

CALL = {"type": "function_call", "call_id": "c1", "name": "add", "arguments": "{}"}
OUTPUT = {"type": "function_call_output", "call_id": "c2", "output": "5"}
KEY = "your-32-byte-encryption-key-here"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ill(session: str = "demo") -> None:
    """A session with an output that nobody asked for."""
    wb.ask(session, "hi")
    loop.run(SQLiteSession(session).add_items([OUTPUT]))


def test_a_healthy_session_is_exit_0(capsys: pytest.CaptureFixture[str]) -> None:
    wb.ask("demo", "hi")
    assert main(["doctor", "demo"]) == 0
    assert capsys.readouterr().out == "Healthy: nothing was found.\n"
    assert main(["doctor", "demo", "--json"]) == 0
    assert capsys.readouterr().out == ""


def test_findings_are_exit_1_and_a_row_each(capsys: pytest.CaptureFixture[str]) -> None:
    ill()
    (row,) = wb.doctor("demo").to_dict("records")
    assert main(["doctor", "demo"]) == 1
    told, head, line = capsys.readouterr().out.splitlines()
    assert told == "Found:"
    assert head.split() == ["FINDING", "ORDER", "TURN", "DETAIL", "REPAIR"]
    assert row["finding"] in line
    assert row["repair"] in line
    assert len(wb.history("demo")) == 3


def test_a_repair_that_heals_is_exit_0_and_a_program_is_told_what_was_done(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ill()
    assert main(["doctor", "demo", "--repair", "--json"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    said: dict[str, Any] = json.loads(line)
    assert (said["repaired"], said["order"]) == (True, 3)
    assert len(wb.history("demo")) == 2
    assert main(["doctor", "demo", "--repair"]) == 0
    assert "Healthy" in capsys.readouterr().out


def test_what_a_repair_leaves_alone_is_exit_1(capsys: pytest.CaptureFixture[str]) -> None:
    from agents import Agent, function_tool

    @function_tool(needs_approval=True)
    def book(city: str) -> str:
        return city

    wb.ask("demo", "Call book with city='Oulu'", agent=Agent(name="Clerk", tools=[book]))
    loop.run(SQLiteSession("demo").add_items([OUTPUT]))
    assert main(["doctor", "demo", "--repair"]) == 1
    out = capsys.readouterr().out
    repaired, left = out.split("\nLeft:\n")
    assert repaired.startswith("Repaired:\n")
    assert "none" in left
    assert main(["doctor", "demo", "--repair", "--json"]) == 1
    assert {json.loads(each)["repaired"] for each in capsys.readouterr().out.splitlines()} == {
        False
    }


def test_a_session_of_any_store(capsys: pytest.CaptureFixture[str]) -> None:
    loop.run(SQLiteSession("user_1", "app.db").add_items([{"role": "user", "content": "hi"}, CALL]))
    assert main(["doctor", "user_1", "--store", "sqlite:///app.db"]) == 1
    assert "REPAIR" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["dmeo"], "did you mean 'demo'?"),
        (["demo", "--store", "redis://127.0.0.1:1"], "127.0.0.1:1"),
        (["demo", "--store", "mongo://"], "mongo"),
        (["secret"], "WORKBENCH_KEY"),
    ],
)
def test_what_could_not_be_looked_at_is_exit_2_in_one_line(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    said: str,
) -> None:
    wb.ask("demo", "hi")
    monkeypatch.setenv("WORKBENCH_KEY", KEY)
    wb.session("secret", encrypt=True)
    wb.ask("secret", "hi")
    monkeypatch.delenv("WORKBENCH_KEY")
    assert main(["doctor", *arguments]) == 2
    out, err = capsys.readouterr()
    assert not out
    assert said in err
    assert err.count("\n") == 1
