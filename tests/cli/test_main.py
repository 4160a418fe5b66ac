from __future__ import annotations

import os
import shlex
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import workbench as wb
from tests.__main__ import ROOT
from workbench.cli import main
from workbench.cli.commands import parser
from workbench.cli.exits import complain

HEAVY = {
    *("agents", "openai", "pandas", "redis", "ipywidgets", "nbclient", "nbformat", "jupyterlab"),
    *("IPython", "aiosqlite", "asyncio", "orjson", "pyarrow", "cryptography", "markdown_it"),
    "argcomplete",
}
COMMANDS = ("lab", "app", "sessions", "export", "doctor", "completion")


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, check=False, timeout=60
    )


def test_version_is_the_one_of_the_installed_package() -> None:
    done = python("-m", "workbench", "--version")
    assert done.stdout == f"workbench {version('conversation-workbench')}\n"
    assert done.returncode == 0


def test_help_names_the_command_and_the_exit_codes() -> None:
    done = python("-m", "workbench", "--help")
    assert "open JupyterLab on the first tutorial" in done.stdout
    assert "exit codes: 0" in done.stdout


def test_a_missing_command_is_a_usage_error() -> None:
    done = python("-m", "workbench")
    assert done.returncode == 2
    assert "COMMAND" in done.stderr


def test_an_unknown_command_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["lba"])
    assert exit_.value.code == 2
    assert "lba" in capsys.readouterr().err


def test_a_mistyped_option_gets_the_nearest_and_the_help_of_its_command(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["doctor", "demo", "--rpair"])
    assert exit_.value.code == 2
    said = capsys.readouterr().err
    assert "--rpair; did you mean --repair; see workbench doctor --help" in said


def test_what_is_added_to_an_error_begins_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    error = wb.errors.KeyRequired("no key is known (set one)")
    error.add_note("All other sessions were written.")
    error.add_note("The end.")
    complain(error, 1)
    said = "no key is known (set one). All other sessions were written. The end."
    assert capsys.readouterr().err == f"workbench: {said}\n"


def test_nothing_heavy_is_imported_for_the_help() -> None:
    code = (
        "import sys, contextlib, io; from workbench.cli import main\n"
        f"for words in (['--version'], ['--help'], *([each, '--help'] for each in {COMMANDS})):\n"
        "    with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):\n"
        "        main(words)\n"
        "import workbench.cli.check, workbench.cli.lab, workbench.cli.transcript\n"
        "print(*{name.split('.')[0] for name in sys.modules}, 'workbench.workspace' in sys.modules)"
    )
    loaded = python("-c", code).stdout.split()
    assert loaded[-1] == "False"
    assert not HEAVY & set(loaded)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_examples_that_are_right_and_its_exit_codes(
    capsys: pytest.CaptureFixture[str], command: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    examples, codes = shown.split("examples:\n")[1].split("\n\n")
    assert codes.startswith("exit codes: 0 ")
    for line in examples.splitlines():
        words = shlex.split(line.partition("|")[0], comments=True)
        assert words[:2] == ["workbench", command]
        parser().parse_args(words[1:])


def test_the_exit_codes_are_in_the_docstring_too() -> None:
    import workbench.cli

    said = " ".join((workbench.cli.__doc__ or "").split())
    assert "Exit codes: 0 all went well, 1 something failed, 2 the command can't be right" in said
    assert "0 healthy, 1 there are findings left, 2 it could not look" in said
    for command in COMMANDS:
        assert f"workbench {command}" in said


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    wb.session("demo")
    command = f"'{sys.executable}' -m workbench sessions --json | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == ("1\n", "")


def test_a_pipe_has_no_colours() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "workbench", "--help"],
        env=os.environ | {"TERM": "xterm-256color"},
        capture_output=True,
        check=True,
    )
    assert b"\x1b" not in done.stdout


def test_an_error_of_the_system_is_one_line_too(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "file" / "in"))
    assert main(["doctor", "demo"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("check", [[], ["--check"]], ids=["open", "check"])
@pytest.mark.parametrize(
    ("name", "said"),
    [("absent.ipynb", "there is no notebook"), ("README.md", "is no notebook")],
)
def test_a_wrong_notebook_is_one_line_and_exit_2(
    capsys: pytest.CaptureFixture[str], check: list[str], name: str, said: str
) -> None:
    assert main(["lab", *check, name]) == 2
    error = capsys.readouterr().err
    assert error.startswith("workbench: ")
    assert said in error
    assert name in error
    assert error.count("\n") == 1
