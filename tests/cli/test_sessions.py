"""``workbench sessions``: what a person sees, and what a program reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import workbench as wb
from workbench.cli import main


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def made() -> None:
    wb.ask("tea", "I prefer tea", store="sqlite:///app.db")
    wb.ask("trip", "To Oulu")
    wb.tag("trip", "travel", "draft", title="Oulu in March", metadata={"customer": 7})


def lines(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    assert main(["sessions", "--json", *arguments]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_table_has_the_named_sessions_with_their_notes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    made()
    assert main(["sessions"]) == 0
    head, trip, tea = capsys.readouterr().out.splitlines()
    assert head.split()[:4] == ["NAME", "TITLE", "TAGS", "STORE"]
    assert head.endswith("LAST USED (UTC)")
    assert "Oulu in March  travel, draft" in trip
    assert tea.startswith("tea   -              -")
    assert "sqlite:///" in tea


def test_without_notes_no_column_is_spent_on_them(capsys: pytest.CaptureFixture[str]) -> None:
    wb.ask("tea", "I prefer tea")
    assert main(["sessions"]) == 0
    assert capsys.readouterr().out.startswith("NAME  STORE")


def test_a_program_gets_an_object_a_line_with_all_there_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    made()
    trip, tea = lines(capsys)
    assert list(trip) == list(wb.list_sessions().columns)
    assert trip["tags"] == ["travel", "draft"]
    assert trip["metadata"] == {"customer": 7}
    assert (tea["tags"], tea["metadata"], tea["title"]) == ([], {}, None)
    assert tea["n_items"] == 2
    assert tea["last_used"].endswith("+00:00")


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (["--tag", "travel", "--tag", "draft"], ["trip"]),
        (["--tag", "travel", "--tag", "other"], []),
        (["--title", "oulu"], ["trip"]),
        (["--meta", "customer=7"], ["trip"]),
        (["--meta", 'customer="7"'], []),
        (["--meta", "customer="], ["tea"]),
    ],
)
def test_filters_are_those_of_the_magic(
    capsys: pytest.CaptureFixture[str], filters: list[str], found: list[str]
) -> None:
    made()
    assert [each["name"] for each in lines(capsys, *filters)] == found


def test_a_store_lists_all_that_lies_there(capsys: pytest.CaptureFixture[str]) -> None:
    made()
    assert main(["sessions", "--store", "sqlite:///app.db"]) == 0
    head, tea = capsys.readouterr().out.splitlines()
    assert head.split()[:2] == ["ID", "ITEMS"]
    assert tea.split()[:2] == ["tea", "2"]
    assert lines(capsys, "--store", "sqlite:///app.db")[0]["session_id"] == "tea"


def test_nothing_to_list_says_where_it_looked_and_makes_nothing(
    capsys: pytest.CaptureFixture[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WORKBENCH_HOME")

    def said(*arguments: str) -> str:
        assert main(["sessions", *arguments]) == 0
        out, err = capsys.readouterr()
        assert not out
        assert err.count("\n") == 1
        return err

    assert "no conversations are kept in this folder" in said()
    assert f"there is no file {folder / 'none.db'}" in said("--store", "sqlite:///none.db")
    assert "no sessions in memory://nowhere" in said("--store", "memory://nowhere")
    assert list(folder.iterdir()) == []
    monkeypatch.setenv("WORKBENCH_HOME", "notebooks/.workbench")
    wb.ask("demo", "hi")
    assert "no session fits" in said("--tag", "none")
    monkeypatch.delenv("WORKBENCH_HOME")
    assert "there are some in notebooks/" in said()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--meta", "customer"], 2, "--meta is KEY=VALUE"),
        (["--store", "sqlite:///app.db", "--tag", "x"], 2, "leave store out"),
        (["--store", "mongo://x"], 2, "mongo"),
        (["--store", "redis://127.0.0.1:1"], 1, "127.0.0.1:1"),
        (["--store", "sqlite:///text.db"], 1, "text.db"),
    ],
)
def test_an_error_is_one_line_with_its_exit_code(
    capsys: pytest.CaptureFixture[str], folder: Path, arguments: list[str], code: int, said: str
) -> None:
    (folder / "text.db").write_text("no database, but a text of more than a hundred bytes" * 9)
    assert main(["sessions", *arguments]) == code
    out, err = capsys.readouterr()
    assert not out
    assert err.startswith("workbench: ")
    assert said in err
    assert err.count("\n") == 1
