from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from workbench import __version__

ROOT = Path(__file__).parents[1]

FOLDERS = {"workbench", "notebooks", "tests", "binder"}
FILES = {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md"}

PICTURES = re.compile(r'"image/png": "[^"]*"')
"""The plots of notebooks: in so many letters any word may stand by accident."""
ADDRESSES = re.compile(
    r"index[-_]url|find[-_]links|(?:https?:)?//[^\s\"']*(?:pypi|/simple\b|artifactory|nexus)", re.I
)
HOMES = re.compile(r"(?<![\w.~-])/(?:root|home/(?!jovyan)\w+|Users/\w+)/")
"""Home folders of somebody; Binder's own user is public knowledge."""

SPELLED_OUT = {"tests/test_project.py", "binder/make-requirements"}
"""Files that name what they keep away."""

pytestmark = pytest.mark.install


def git(*arguments: str) -> list[str]:
    """Lines of what git says in the clone, without the user's own configuration."""
    environ = os.environ | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    command = ["git", "-c", "safe.directory=*", "-c", "core.quotePath=off", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True)
    return done.stdout.splitlines()


def tracked(tmp_path: Path) -> list[str]:
    """What the repository holds or would take in; the same of a copy that has no repository."""
    where: list[str] = []
    if not (ROOT / ".git").exists():
        git("init", "--quiet", str(tmp_path / "empty"))
        where = [f"--git-dir={tmp_path / 'empty' / '.git'}", f"--work-tree={ROOT}"]
    files = git(*where, "ls-files", "--cached", "--others", "--exclude-standard")
    return [name for name in files if (ROOT / name).is_file()]


def uv(*arguments: str) -> None:
    command = [sys.executable, "-m", "uv", "--quiet", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    uv("build", "--wheel", "--out-dir", str(folder))
    return next(folder.glob("*.whl"))


def test_the_top_level_holds_only_what_the_project_is_made_of(tmp_path: Path) -> None:
    files = tracked(tmp_path)
    assert "pyproject.toml" in files
    folders = {name.split("/")[0] for name in files if "/" in name}
    top = {name for name in files if "/" not in name}
    assert not {name for name in folders - FOLDERS if not name.startswith(".")}
    assert not {name for name in top - FILES if not name.startswith(".")}


def test_no_file_holds_a_registry_address_or_somebodys_home(tmp_path: Path) -> None:
    found = []
    for name in tracked(tmp_path):
        text = PICTURES.sub("", (ROOT / name).read_bytes().decode("utf-8", "replace"))
        if name not in SPELLED_OUT:
            found += [(name, m.group()) for m in ADDRESSES.finditer(text)]
            found += [(name, m.group()) for m in HOMES.finditer(text)]
    assert not found


@pytest.mark.parametrize(
    "text",
    [
        "https://host/pypi/x",
        "--index-url x",
        "UV_INDEX_URL=x",
        "//host/artifactory/y",
        "http://host/simple/",
    ],
)
def test_the_search_for_addresses_finds_one(text: str) -> None:
    assert ADDRESSES.search(text)


@pytest.mark.parametrize("text", ["/root/x", "'/home/ann/x'", "in /Users/ann/y"])
def test_the_search_for_homes_finds_one(text: str) -> None:
    assert HOMES.search(text)
    assert not HOMES.search("/home/jovyan/x")
    assert not HOMES.search("https://host/root/x")


def test_the_version_is_written_in_one_place(tmp_path: Path) -> None:
    named = re.compile(rf"version[\W_]+{re.escape(__version__)}")
    sources = [n for n in tracked(tmp_path) if n.startswith("workbench/") or n == "pyproject.toml"]
    found = [n for n in sources if named.search((ROOT / n).read_text("utf-8", "replace"))]
    assert found == ["workbench/__init__.py"]


def test_ci_runs_the_readmes_test_command_and_nothing_else() -> None:
    script = (ROOT / ".ci" / "run").read_text().splitlines()
    commands = [line for line in script if line and not line.startswith("#")]
    assert commands[0] == "set -euo pipefail"
    assert commands[1].startswith("cd ")
    assert commands[2:] == ["python3 -m pip install uv && python3 -m uv run python -m tests"]
    assert commands[2] in (ROOT / "README.md").read_text().splitlines()
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_the_wheel_holds_the_package_whole_and_nothing_else(wheel: Path) -> None:
    names = set(ZipFile(wheel).namelist())
    kept = {name for name in names if not name.split("/")[0].endswith(".dist-info")}
    package = ROOT / "workbench"
    files = {p.relative_to(ROOT).as_posix() for p in package.rglob("*") if p.is_file()}
    files = {name for name in files if not name.startswith("workbench/widgets/js/")}
    assert kept == {name for name in files if "/." not in name and "__pycache__" not in name}
    assert "workbench/py.typed" in kept
    assert wheel.name.startswith(f"conversation_workbench-{__version__}-")
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_wheel_installs_in_an_empty_environment_and_works(wheel: Path, tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    uv("venv", "--python", sys.executable, str(venv))
    python = venv / ("Scripts" if os.name == "nt" else "bin") / "python"
    uv("pip", "install", "--python", str(python), str(wheel))
    code = "import workbench, workbench.sessions; print(workbench.__file__)"
    done = subprocess.run(
        [python, "-W", "error", "-c", code], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).is_relative_to(venv)
    shown = subprocess.run(
        [venv / python.parent.name / "workbench", "--version"], capture_output=True, text=True
    )
    assert shown.stdout == f"workbench {__version__}\n"
