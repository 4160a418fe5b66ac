from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version

import pytest

from workbench.cli import main

HEAVY = {"agents", "openai", "pandas", "redis", "ipywidgets", "nbclient", "nbformat", "jupyterlab"}


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


def test_nothing_heavy_is_imported_for_the_help() -> None:
    code = (
        "import sys; from workbench.cli import parser; parser().format_help(); "
        "import workbench.cli.check, workbench.cli.lab, workbench.cli.transcript; "
        "print(*{name.split('.')[0] for name in sys.modules})"
    )
    assert not HEAVY & set(python("-c", code).stdout.split())


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
