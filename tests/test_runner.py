from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.__main__ import closing, step
from tests.importable import missing, needs
from tests.lower_bounds import copy_tests, quick

ROOT = Path(__file__).parents[1]

ONE_PASSES = "def test_a():\n    assert True\n"
ONE_SKIPS = "import pytest\n@pytest.mark.skip\ndef test_b():\n    assert True\n"
FILE_SKIPS = "import pytest\npytest.skip('all of it', allow_module_level=True)\n"
FAILS_AS_EXPECTED = "import pytest\n@pytest.mark.xfail\ndef test_c():\n    assert False\n"


def pytest_run(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    """One file of tests, run as the runner runs them."""
    path = folder / "test_sample.py"
    path.write_text(text)
    options = ["-p", "tests.no_skips", "-p", "no:cacheprovider", f"--rootdir={folder}", "-c"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options, "/dev/null", str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_run_where_all_pass_is_green_and_ends_with_pytests_own_line(tmp_path: Path) -> None:
    done = pytest_run(tmp_path, ONE_PASSES)
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout.splitlines()[-1]


@pytest.mark.parametrize("text", [ONE_SKIPS, FILE_SKIPS], ids=["test", "file"])
def test_a_run_with_a_skip_is_red_and_names_it(tmp_path: Path, text: str) -> None:
    (tmp_path / "test_other.py").write_text(ONE_PASSES)
    done = pytest_run(tmp_path, text)
    assert done.returncode != 0
    assert "skipped, and none may be" in done.stdout
    assert "test_sample.py" in done.stdout.split("none may be")[1]


def test_an_expected_failure_is_no_skip(tmp_path: Path) -> None:
    done = pytest_run(tmp_path, FAILS_AS_EXPECTED)
    assert done.returncode == 0, done.stdout


def test_a_failed_step_fails_the_whole_run_and_is_named(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert step("broken", ("-c", "raise SystemExit(3)")) == 3
    assert step("sound", ("-c", "")) == 0
    assert closing(["broken"]) == 1
    assert closing([]) == 0
    said = capfd.readouterr().out
    assert "broken failed" in said
    assert "sound passed" in said
    assert said.rstrip().endswith("Failed: broken")


def test_no_step_sees_the_users_key(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-mine")
    monkeypatch.setenv("WORKBENCH_HOME", "/mine")
    step("look", ("-c", "import os; print('OPENAI_API_KEY' in os.environ, 'mine' in os.environ)"))
    assert "False False" in capfd.readouterr().out


def test_one_test_can_be_run_without_everything_else() -> None:
    chosen = "tests/test_runner.py::test_an_expected_failure_is_no_skip"
    done = subprocess.run(
        [sys.executable, "-m", "tests", chosen],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout.splitlines()[-1]
    assert not [line for line in done.stdout.splitlines() if line.startswith("=== ")]


def test_the_lowest_versions_are_tested_against_the_wheel_not_the_clone(tmp_path: Path) -> None:
    tree = copy_tests(tmp_path / "tree")
    assert (tree / "tests" / "test_runner.py").is_file()
    assert not (tree / "workbench").exists()
    assert "not long and not browser and not install and not tutorial" in quick()


def test_files_whose_packages_are_not_there_are_left_out(tmp_path: Path) -> None:
    sources = {
        "test_core.py": "import json\nfrom tests.clone import ROOT\n",
        "test_lacks.py": "def test_a():\n    from no_such_package.inner import thing\n",
        "test_through.py": "from tests import redis_server\nimport no_such_package\n",
    }
    for name, source in sources.items():
        (tmp_path / name).write_text(source)
    assert {name for name in sources if missing(tmp_path / name)} == {
        "test_lacks.py",
        "test_through.py",
    }
    found = set(needs(ROOT / "tests" / "models" / "test_offline.py", frozenset()))
    assert {"pytest", "agents", "workbench"} <= found
