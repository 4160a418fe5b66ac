from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.setup_system import PROGRAMS, Machine, describe, missing, plan, program

ROOT = Path(__file__).parents[1]
BOTH = tuple(PROGRAMS)
DEBIAN = Machine(is_root=True, has_apt=True, has_sudo=False, can_ask=False)
USER = replace(DEBIAN, is_root=False, has_sudo=True)


def dry_run(path: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests", "--dry-run"],
        cwd=ROOT,
        env={"PATH": path, "HOME": os.environ.get("HOME", "/")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def executables(folder: Path, *names: str) -> str:
    for name in names:
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)
    return str(folder)


def test_nothing_is_installed_where_everything_is_there() -> None:
    assert plan((), DEBIAN).commands == ()
    assert "nothing to install" in describe(plan((), DEBIAN))


def test_only_what_is_missing_is_installed_and_named() -> None:
    chosen = plan(("chromium",), DEBIAN)
    assert [command[-1] for command in chosen.commands] == ["update", "chromium"]
    assert "redis" not in describe(chosen)
    assert "apt-get install --yes --no-install-recommends chromium" in describe(chosen)


def test_root_needs_no_sudo() -> None:
    assert all("sudo" not in command for command in plan(BOTH, DEBIAN).commands)


def test_sudo_asks_for_a_password_only_where_someone_can_answer() -> None:
    assert {command[:2] for command in plan(BOTH, USER).commands} == {("sudo", "-n")}
    asked = plan(BOTH, replace(USER, can_ask=True))
    assert {command[:2] for command in asked.commands} == {("sudo", "env")}


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        (replace(USER, has_sudo=False), "no sudo"),
        (replace(DEBIAN, has_apt=False), "no apt-get"),
    ],
    ids=["no sudo", "no apt"],
)
def test_where_it_may_not_install_it_says_what_to_install(host: Machine, reason: str) -> None:
    chosen = plan(BOTH, host)
    assert chosen.commands == ()
    told = describe(chosen)
    assert reason in told
    assert "apt-get install redis-server chromium" in told
    assert "brew install redis" in told


def test_this_machine_has_what_the_tests_need() -> None:
    assert missing() == ()
    assert all(Path(program(package)).is_file() for package in PROGRAMS)


def test_a_missing_program_is_named_with_the_way_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", executables(tmp_path, "google-chrome"))
    assert missing() == ("redis-server",)
    assert program("chromium") == str(tmp_path / "google-chrome")
    with pytest.raises(LookupError, match="apt-get install redis-server"):
        program("redis-server")


def test_a_dry_run_on_a_bare_machine_says_what_is_missing_and_stops(tmp_path: Path) -> None:
    done = dry_run(str(tmp_path))
    assert done.returncode == 2
    assert "The tests need redis-server and chromium" in done.stdout


def test_a_dry_run_with_everything_there_shows_the_steps_and_does_none(tmp_path: Path) -> None:
    done = dry_run(executables(tmp_path, "redis-server", "chromium"))
    assert done.returncode == 0, done.stderr
    assert "nothing to install" in done.stdout
    steps = [line.split(":")[0] for line in done.stdout.splitlines()[1:]]
    assert steps == ["lint", "format", "types", "javascript", "lowest versions", "tests"]
