from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest

from workbench.cli import main
from workbench.cli.check import clean_environment, first_line

TALK = (
    "%load_ext workbench",
    "%%agent --session demo\nMy name is John",
    "%%agent --session demo\nWhat's my name?",
)


def notebook(folder: Path, *cells: str) -> Path:
    path = folder / "talk" / "talk.ipynb"
    path.parent.mkdir()
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbformat.write(made, path)
    return path


def check(path: Path) -> subprocess.CompletedProcess[str]:
    home = path.parent.parent / "home"
    home.mkdir(exist_ok=True)
    return subprocess.run(
        [sys.executable, "-m", "workbench", "lab", "--check", str(path)],
        capture_output=True,
        text=True,
        env=os.environ | {"HOME": str(home)},
        check=False,
        timeout=170,
    )


@dataclass(frozen=True)
class Checked:
    """A notebook with what was in it before its check, and how that went."""

    path: Path
    before: bytes
    done: subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Checked:
    path = notebook(tmp_path_factory.mktemp("checked"), *TALK)
    return Checked(path, path.read_bytes(), check(path))


def test_check_prints_the_conversation_and_its_history(checked: Checked) -> None:
    done = checked.done
    assert done.returncode == 0, done.stderr
    assert "3 code cells ran" in done.stdout
    assert "== demo ==" in done.stdout
    assert "user: My name is John" in done.stdout
    assert "John" in done.stdout.split("user: What's my name?")[1]
    assert "tool_call_function" in done.stdout


def test_check_leaves_the_folder_of_the_notebook_as_it_was(checked: Checked) -> None:
    assert checked.done.returncode == 0
    assert checked.path.read_bytes() == checked.before
    assert list(checked.path.parent.iterdir()) == [checked.path]


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (("1 + 1", "", "1 / 0"), "code cell 2 ('1 / 0') failed: ZeroDivisionError"),
        (("%load_ext workbench", "%agent -s x --agent nobody Hi"), "nobody"),
    ],
    ids=["exception", "usage error of a magic"],
)
def test_a_cell_that_fails_is_one_line_and_exit_1(
    tmp_path: Path, cells: tuple[str, ...], said: str
) -> None:
    done = check(notebook(tmp_path, *cells))
    assert done.returncode == 1
    assert done.stderr.startswith("workbench: code cell 2 (")
    assert done.stderr.count("\n") == 1
    assert said.split("failed: ")[-1] in done.stderr.split("failed: ")[1]


def test_a_kernel_that_dies_is_said_so(tmp_path: Path) -> None:
    done = check(notebook(tmp_path, "import os; os._exit(1)"))
    assert done.returncode == 1
    assert "code cell 1" in done.stderr.splitlines()[-1]
    assert "the kernel died" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("text", ["", "{", "{}", "\xff"], ids=["empty", "cut", "bare", "bytes"])
def test_a_file_that_is_no_notebook_is_one_line_and_exit_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    path = notebook(tmp_path)
    path.write_bytes(text.encode("latin-1"))
    assert main(["lab", "--check", str(path)]) == 1
    assert capsys.readouterr().err == "workbench: talk.ipynb is not a notebook that can be read\n"


def test_the_check_can_reach_no_paid_model_and_no_conversation_of_the_user(tmp_path: Path) -> None:
    mine = {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": "u", "WORKBENCH_HOME": "/mine", "LANG": "C"}
    clean = clean_environment(mine, tmp_path)
    assert "OPENAI_API_KEY" not in clean
    assert "OPENAI_BASE_URL" not in clean
    assert clean["WORKBENCH_HOME"] == str(tmp_path / ".workbench")
    assert clean["LANG"] == "C"


def test_first_line_skips_blank_lines_and_survives_empty_text() -> None:
    assert first_line("\n  \n  a\nb") == "a"
    assert first_line("") == ""
