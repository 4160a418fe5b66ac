from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.clone import ROOT, tracked
from workbench import __version__

FOLDERS = {"workbench", "notebooks", "tests", "binder"}
FILES = {
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "CHANGELOG.md",
    "SECURITY.md",
    "CONTRIBUTING.md",
}

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
