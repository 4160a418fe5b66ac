"""What people install: the wheel and the sdist, in an environment that has nothing else."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from tests.__main__ import OURS
from tests.clone import clean_copy, uv
from tests.lower_bounds import QUICK, copy_tests
from workbench import __version__

pytestmark = pytest.mark.install

SOURCES = "workbench/widgets/js/"
"""The pages of the panels as they are written; the wheel has what is made of them."""

EXTRAS = {
    "keyring": "keyring",
    "dask": "dask",
    "plots": "matplotlib",
    "app": "voila",
    "testing": "pytest",
}
"""Extra, and a package that only it brings."""

ROOMS = (
    *("test_errors.py", "test_places.py", "words", "frames", "workspace", "turn"),
    *("sessions/test_memory.py", "cli/test_sessions.py", "cli/test_doctor.py"),
)
"""The tests that run with the core alone too: rooms that need no server and no browser. All quick
tests run with the wheel in `tests.lower_bounds`, but with every package that a test needs."""


@dataclass(frozen=True)
class Built:
    """A wheel and an sdist of a clean copy, and the wheel that the sdist makes."""

    names: list[str]
    """The files of the copy."""
    wheel: Path
    sdist: Path
    of_sdist: Path


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("built")
    names = clean_copy(folder / "clone", folder)
    uv("build", "--wheel", "--out-dir", str(folder / "direct"), folder=folder / "clone")
    # Without --wheel it makes the sdist, unpacks that, and builds the wheel there.
    uv("build", "--out-dir", str(folder / "dist"), folder=folder / "clone")
    return Built(
        names,
        *(folder / "direct").glob("*.whl"),
        *(folder / "dist").glob("*.tar.gz"),
        *(folder / "dist").glob("*.whl"),
    )


def contents(wheel: Path) -> dict[str, bytes]:
    with ZipFile(wheel) as file:
        return {name: file.read(name) for name in file.namelist()}


def test_the_wheel_holds_the_package_whole_and_nothing_else(built: Built) -> None:
    held = contents(built.wheel)
    kept = {name for name in held if not name.split("/")[0].endswith(".dist-info")}
    package = {name for name in built.names if name.startswith("workbench/")}
    assert kept == {name for name in package if not name.startswith(SOURCES)}
    assert {"workbench/py.typed", "workbench/prices.toml"} <= kept
    assert {"workbench/widgets/static/grid.js", "workbench/widgets/static/licenses.txt"} <= kept
    assert built.wheel.name.startswith(f"conversation_workbench-{__version__}-")
    assert any(name.endswith("licenses/LICENSE") for name in held)


def test_the_wheel_names_its_extras_and_no_dependency_of_the_tests(built: Built) -> None:
    held = contents(built.wheel)
    (metadata,) = (text.decode() for name, text in held.items() if name.endswith("/METADATA"))
    assert set(re.findall(r"^Provides-Extra: (.+)$", metadata, re.M)) == set(EXTRAS)
    assert "Typing :: Typed" in metadata
    needed = re.findall(r"^Requires-Dist: ([\w-]+)(?!.*extra ==).*$", metadata, re.M)
    assert "redis" in needed
    assert not {"pytest", "playwright", *EXTRAS.values()} & set(needed)


def test_the_sdist_holds_the_clone_and_makes_the_same_wheel(built: Built) -> None:
    with tarfile.open(built.sdist) as file:
        names = {each.name.partition("/")[2] for each in file if each.isfile()}
    assert names - {"PKG-INFO"} == set(built.names)
    assert contents(built.of_sdist) == contents(built.wheel)


@pytest.fixture(scope="module")
def python(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with the wheel and what it depends on, and no more."""
    venv = tmp_path_factory.mktemp("core") / "venv"
    uv("venv", "--python", sys.executable, str(venv))
    found = venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    uv("pip", "install", "--python", str(found), str(built.wheel))
    return found


def ran(folder: Path, *command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command as somebody does who has just installed the package."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(OURS)}
    path = f"{Path(command[0]).parent}{os.pathsep}{clean.get('PATH', '')}"
    return subprocess.run(
        command,
        cwd=folder,
        env=clean | {"PATH": path, "OPENAI_AGENTS_DISABLE_TRACING": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=150,
    )


SCRIPT = r"""
import importlib, importlib.util, json, pkgutil, re, sys
import workbench as wb
from workbench.cli.app import start
from workbench.cli.lab import Server
from workbench.errors import KeyRequired, MissingExtra
from workbench.workspace import workspace

for each in pkgutil.walk_packages(wb.__path__, "workbench."):
    if not each.name.endswith("__main__") and not each.name.startswith("workbench.testing."):
        importlib.import_module(each.name)
for name in wb.__all__:
    getattr(wb, name)

wb.ask("demo", "My name is John", stream=False)
reply = wb.ask("demo", "What's my name?", stream=False).text
wb.session("secret", store="memory://", encrypt=True, key="your-32-byte-encryption-key-here")
workspace().secrets.forget("secret")

uses = {
    "keyring": lambda: wb.export("secret", "secret.md"),
    "dask": lambda: wb.to_dask("sqlite:///.workbench/workbench.db"),
    "plots": lambda: wb.context("demo").plot(),
    "app": lambda: start(Server()),
    "testing": lambda: importlib.import_module("workbench.testing").check,
}
said = {}
for extra, use in uses.items():
    try:
        use()
    except (MissingExtra, KeyRequired) as error:
        said[extra] = re.findall(r"conversation-workbench\[(\w+)\]", str(error))
found = [each for each in sys.argv[1:] if importlib.util.find_spec(each)]
print(json.dumps({"file": wb.__file__, "reply": reply, "said": said, "found": found}))
"""


@pytest.fixture(scope="module")
def used(python: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The folder in which a script has used the package, and what the script found."""
    folder = tmp_path_factory.mktemp("used")
    done = ran(folder, python, "-W", "error", "-c", SCRIPT, *EXTRAS.values())
    assert done.returncode == 0, done.stderr
    return folder, json.loads(done.stdout.splitlines()[-1])


def test_every_module_imports_and_a_turn_works_with_the_core_alone(
    python: Path, used: tuple[Path, dict[str, Any]]
) -> None:
    assert Path(used[1]["file"]).is_relative_to(python.parents[1])
    assert used[1]["reply"] == "Your name is John."


def test_what_needs_an_extra_says_which(used: tuple[Path, dict[str, Any]]) -> None:
    assert used[1]["found"] == [], "these came without their extra"
    assert used[1]["said"] == {extra: [extra] for extra in EXTRAS}


def test_the_command_works_with_the_core_alone(
    python: Path, used: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    command = python.with_name("workbench")
    assert ran(tmp_path, command, "--version").stdout == f"workbench {__version__}\n"
    listed = ran(used[0], command, "sessions", "--json").stdout.splitlines()
    assert {json.loads(each)["name"] for each in listed} == {"demo", "secret"}
    assert ran(used[0], command, "export", "demo", "demo.jsonl").returncode == 0
    assert (used[0] / "demo.jsonl").stat().st_size > 0


def test_the_tests_that_need_no_extra_pass_with_the_core_alone(
    python: Path, tmp_path: Path
) -> None:
    uv("pip", "install", "--python", str(python), "pytest>=9", "pytest-timeout>=2.4")
    tree = copy_tests(tmp_path / "tree")
    plugins = ("-p", "tests.importable", "-p", "tests.sample", "--most", "1")
    rooms = [f"tests/{each}" for each in ROOMS]
    done = ran(tree, python, "-m", "pytest", *QUICK, *plugins, *rooms)
    assert done.returncode == 0, done.stdout[-5000:]
    assert int(re.findall(r"(\d+) passed", done.stdout)[-1]) > 200
