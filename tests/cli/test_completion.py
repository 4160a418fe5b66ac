"""Tab in a real shell, and what it costs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

import workbench as wb
from tests.cli.terminal import Bash
from tests.cli.test_main import HEAVY
from workbench.cli import candidates, main
from workbench.cli.export import FORMATS
from workbench.stores import SCHEMES
from workbench.verbs.files import formats
from workbench.verbs.files.patterns import NAMED


@pytest.fixture
def bash(tmp_path: Path) -> Iterator[Bash]:
    for name in ("tea", "trip to Oulu", "other"):
        wb.session(name)
    shell = Bash(tmp_path)
    try:
        shell.type('eval "$(workbench completion bash)"; echo re""ady\n', until="ready")
        yield shell
    finally:
        shell.close()


CLEAR = "\x15"
"""Ctrl-U: an empty line again."""


def test_tab_completes_commands_sessions_and_options_in_bash(bash: Bash) -> None:
    bash.type("workbench doc\t", until="doctor ")
    bash.type("te\t", until="tea ")
    bash.type("--rep\t", until="--repair ")
    bash.type(f"{CLEAR}workbench export tr\t", until="trip\\ to\\ Oulu ")
    bash.type(f"{CLEAR}workbench sessions --store sqli\t", until="sqlite:///")
    shown = bash.type(f"{CLEAR}workbench export \t\t", until="trip\\ to\\ Oulu")
    assert {"other", "tea"} <= set(shown.split())


def asked(
    line: str, folder: Path, *, flags: Sequence[str] = ()
) -> subprocess.CompletedProcess[str]:
    """What the command answers to a Tab at the end of ``line``, as the code for bash asks it."""
    script = 'exec "$@" 8>&1 9>/dev/null 1>/dev/null'
    words = ("bash", "-c", script, "-", sys.executable, *flags, "-m", "workbench")
    settings = {"_ARGCOMPLETE": "1", "_ARGCOMPLETE_SHELL": "bash", "_ARGCOMPLETE_IFS": "\n"}
    return subprocess.run(
        words,
        cwd=folder,
        env=os.environ | settings | {"COMP_LINE": line, "COMP_POINT": str(len(line))},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )


def offered(line: str, folder: Path) -> list[str]:
    return [each.strip() for each in asked(line, folder).stdout.splitlines()]


def test_what_stands_where(tmp_path: Path) -> None:
    wb.session("tea")
    (tmp_path / "mine.ipynb").touch()
    (tmp_path / "mine.txt").touch()
    (tmp_path / "app.db").touch()
    commands = ["lab", "app", "sessions", "export", "doctor", "completion"]
    assert offered("workbench ", tmp_path) == commands
    assert offered("workbench lab m", tmp_path) == ["mine.ipynb"]
    assert "tea" in offered("workbench export ", tmp_path)
    assert "mine.txt" in offered("workbench export tea ", tmp_path)
    assert "--overwrite" in offered("workbench export tea x.md --", tmp_path)
    assert offered("workbench doctor --store sqlite:///app.db t", tmp_path) == []
    assert "sqlite:///app.db" in offered("workbench doctor --store ", tmp_path)
    assert offered("workbench export tea x.md --redact e", tmp_path) == ["email"]
    assert offered("workbench completion z", tmp_path) == ["zsh"]
    assert offered("workbench sessions --title m", tmp_path) == []


def test_a_tab_loads_nothing_heavy(tmp_path: Path) -> None:
    wb.session("tea")
    done = asked("workbench doctor t", tmp_path, flags=("-X", "importtime"))
    assert done.stdout.strip() == "tea"
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "workbench.cli.candidates" in loaded
    kept_away = HEAVY - {"argcomplete"} | {"workbench.workspace"}
    assert not kept_away & {name for each in loaded for name in (each, each.split(".")[0])}


@pytest.mark.parametrize("damage", ["no database", ""])
def test_a_workspace_that_can_not_be_read_has_nothing_to_offer(
    damage: str, workbench_home: Path, tmp_path: Path
) -> None:
    assert candidates.names() == []
    workbench_home.mkdir()
    (workbench_home / "workbench.db").write_text(damage * 500)
    assert candidates.names() == []


def test_names_that_a_terminal_would_obey_are_not_offered() -> None:
    for name in ("plain", "深色 模式", "a\x1b[2Jb", "a\u2028b"):
        wb.session(name)
    assert sorted(candidates.names()) == ["plain", "深色 模式"]


def test_what_is_offered_is_what_there_is() -> None:
    schemes = {each.partition("://")[0] for each in candidates.schemes()}
    assert schemes <= set(SCHEMES)
    assert {"sqlite", "redis", "openai", "memory"} <= schemes
    assert set(candidates.redactions()) == {*NAMED, "all"}
    assert FORMATS == formats.WRITTEN


@pytest.mark.parametrize(
    ("shell", "registers"),
    [
        ("bash", "complete -o nospace -o default -o bashdefault -F _python_argcomplete workbench"),
        ("zsh", "compdef _python_argcomplete workbench"),
        ("fish", "complete --command workbench -f -a '(__fish_workbench_complete)'"),
    ],
)
def test_the_code_for_a_shell_registers_the_command(
    capsys: pytest.CaptureFixture[str], shell: str, registers: str
) -> None:
    assert main(["completion", shell]) == 0
    assert registers in capsys.readouterr().out


def test_another_shell_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["completion", "tcsh"])
    assert ended.value.code == 2
    assert "tcsh" in capsys.readouterr().err
