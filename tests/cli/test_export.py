"""``workbench export``: one conversation as a file, and all of them when somebody leaves."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

import workbench as wb
from tests.cli.terminal import Bash
from tests.script import start
from workbench.cli import main

KEY = "your-32-byte-encryption-key-here"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_conversation_becomes_the_file_that_its_ending_says(
    capsys: pytest.CaptureFixture[str],
) -> None:
    wb.ask("demo", "My name is John, mail me at john@example.com")
    assert main(["export", "demo", "demo.jsonl"]) == 0
    assert "jsonl" in capsys.readouterr().out
    assert list(wb.load("demo.jsonl", "again").session_id) == list("again")
    assert main(["export", "demo", "--redact", "email,card", "demo.md"]) == 0
    text = Path("demo.md").read_text()
    assert "My name is John" in text
    assert "john@" not in text
    assert main(["export", "--format", "html", "demo", "page"]) == 0
    assert Path("page").read_text().startswith("<!")


def test_a_session_of_any_store_by_its_id() -> None:
    wb.ask("tea", "I prefer tea", store="sqlite:///app.db")
    assert main(["export", "tea", "tea.md", "--store", "sqlite:///app.db"]) == 0
    assert "I prefer tea" in Path("tea.md").read_text()


def test_all_of_them_and_all_of_a_store(capsys: pytest.CaptureFixture[str]) -> None:
    wb.ask("tea", "I prefer tea", store="sqlite:///app.db")
    wb.ask("trip", "To Oulu")
    assert main(["export", "--all", "out"]) == 0
    assert "sessions  2" in capsys.readouterr().out
    assert main(["export", "--store", "sqlite:///app.db", "--all", "app"]) == 0
    for folder, n in (("out", 2), ("app", 1)):
        files = list(Path(folder).glob("*.jsonl"))
        assert len(files) == n
        for each in files:
            wb.load(each, f"{folder} {each.stem}")
    assert len(wb.list_sessions()) == 5


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["demo", "there.md"], 2, "already; --overwrite replaces it"),
        (["demo", "demo.xyz"], 2, "--format"),
        (["demo", "no/demo.md"], 2, "there is no folder"),
        (["dmeo", "demo.md"], 1, "did you mean 'demo'?"),
        (["demo", "demo.md", "--redact", "mail"], 2, "no pattern 'mail'"),
        (["demo", "demo.md", "--redact", ","], 2, "names nothing to take out"),
        (["--all", "out", "demo"], 2, "leave NAME and --format out"),
        (["--all", "out", "--format", "html"], 2, "leave NAME and --format out"),
        (["--all", "there.md"], 2, "is a file; give a folder"),
        (["--all", "out", "--store", "sqlite:///none.db"], 1, "no sessions in sqlite"),
    ],
)
def test_an_error_is_one_line_and_leaves_no_file(
    capsys: pytest.CaptureFixture[str], folder: Path, arguments: list[str], code: int, said: str
) -> None:
    wb.ask("demo", "hi")
    Path("there.md").write_text("mine")
    before = sorted(folder.iterdir())
    assert main(["export", *arguments]) == code
    out, err = capsys.readouterr()
    assert not out
    assert err.startswith("workbench: ")
    assert said in err
    assert err.count("\n") == 1
    assert sorted(folder.iterdir()) == before
    assert Path("there.md").read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "required: NAME, PATH; see workbench export --help"),
        (["demo"], "required: PATH; see workbench export --help"),
        (["demo", "a.md", "b.md"], "unrecognized arguments: b.md; see workbench export --help"),
    ],
)
def test_too_few_or_too_many_words_are_a_usage_error_in_one_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["export", *arguments])
    assert ended.value.code == 2
    assert capsys.readouterr().err.endswith(f"{said}\n")


def test_the_key_comes_from_the_environment_and_without_it_nothing_is_written(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_KEY", KEY)
    wb.session("secret", encrypt=True)
    wb.ask("secret", "My name is John")
    assert main(["export", "secret", "plain.md"]) == 0
    out, _err = capsys.readouterr()
    assert "only you may read it" in out
    assert KEY not in out
    assert "My name is John" in Path("plain.md").read_text()
    monkeypatch.delenv("WORKBENCH_KEY")
    assert main(["export", "secret", "none.md"]) == 1
    assert "WORKBENCH_KEY" in capsys.readouterr().err
    assert not Path("none.md").exists()


def test_in_a_terminal_the_key_is_asked_for_and_not_shown(tmp_path: Path) -> None:
    wb.session("secret", encrypt=True, key=KEY)
    wb.ask("secret", "My name is John")
    shell = Bash(tmp_path)
    try:
        shell.type("workbench export secret plain.md\n", until="Key of session 'secret'")
        shown = shell.type(f"{KEY}\n", until="only you may read it")
    finally:
        shell.close()
    assert KEY not in shown
    assert "My name is John" in Path("plain.md").read_text()


SLOW = """
import sys
from workbench.cli import main
from workbench.verbs.files import jsonl
lines = jsonl._lines
def slowly(*given):
    for number, each in enumerate(lines(*given)):
        if number == 1:
            print("in the middle", flush=True)
            sys.stdin.readline()
        yield each
jsonl._lines = slowly
sys.exit(main(["export", "demo", "demo.jsonl"]))
"""


def test_ctrl_c_is_one_line_and_leaves_no_half_file(tmp_path: Path) -> None:
    wb.ask("demo", "hi")
    process = start(SLOW, folder=tmp_path, env={"WORKBENCH_HOME": str(tmp_path / "home")}, flags=())
    assert process.stdout is not None
    assert process.stdout.readline() == "in the middle\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (1, "", "workbench: interrupted\n")
    assert [each.name for each in tmp_path.iterdir()] == ["home"]
