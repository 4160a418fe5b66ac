"""Binder's steps, in Binder's order, in an empty environment.

repo2docker makes its image so: the Python of ``runtime.txt``, ``pip install -r requirements.txt``
before the repository is there, then the repository, then ``postBuild`` in it. Its base packages
(an older JupyterLab) are left out here: every one that matters is pinned in ``requirements.txt``.
https://repo2docker.readthedocs.io/en/latest/configuration/
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
BINDER = ROOT / "binder"
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*cache", ".workbench")


def pins() -> dict[str, str]:
    """Name and version of what Binder installs."""
    lines = (BINDER / "requirements.txt").read_text().splitlines()
    pairs = (line.split(";")[0].strip().split("==") for line in lines)
    return {canonicalize_name(name): version for name, version in pairs}


def wanted() -> list[Requirement]:
    """What pyproject.toml asks for."""
    data = tomllib.loads((ROOT / "pyproject.toml").read_text())
    texts = data["project"]["dependencies"] + of_group(data["dependency-groups"], "binder")
    return [Requirement(text) for text in texts]


def of_group(groups: dict[str, list[Any]], name: str) -> list[str]:
    """The lines of a dependency group, those of the groups that it includes among them."""
    texts: list[str] = []
    for each in groups[name]:
        included = each["include-group"] if isinstance(each, dict) else None
        texts += of_group(groups, included) if included else [each]
    return texts


def binder_python() -> str:
    """The Python that Binder would use if this machine has it, else the one that runs this."""
    minor = (BINDER / "runtime.txt").read_text().strip().removeprefix("python-")
    if minor == f"{sys.version_info.major}.{sys.version_info.minor}":
        return sys.executable
    found = shutil.which(f"python{minor}")
    works = found and subprocess.run([found, "-c", ""], check=False).returncode == 0
    chosen = found if found and works else sys.executable
    print(f"Binder wants Python {minor}; tested with {chosen}")
    return chosen


def run(*command: str | Path, folder: Path, path: str) -> str:
    """Run one step with the environment's programs first on PATH; returns its output."""
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("VIRTUAL_ENV", "PYTHON"))}
    done = subprocess.run(
        command,
        cwd=folder,
        env=environ | {"PATH": path, "HOME": str(folder)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def test_every_dependency_is_pinned_at_a_version_that_pyproject_allows() -> None:
    pinned = pins()
    for need in wanted():
        version = pinned[canonicalize_name(need.name)]
        assert need.specifier.contains(version), f"{need} but {version} is pinned"


def test_the_pins_are_plain_names_and_versions() -> None:
    plain = re.compile(r"[a-z0-9._-]+==[0-9][\w.]*( ; .+)?")
    lines = (BINDER / "requirements.txt").read_text().splitlines()
    assert [line for line in lines if not plain.fullmatch(line)] == []
    assert "conversation-workbench" not in pins()


def test_the_python_is_named_since_binders_own_choice_is_too_old() -> None:
    text = (BINDER / "runtime.txt").read_text()
    minor = re.fullmatch(r"python-3\.(\d+)\n", text)
    assert minor, text
    assert int(minor[1]) >= 11


def test_the_scripts_can_be_run() -> None:
    assert os.access(BINDER / "postBuild", os.X_OK)
    assert os.access(BINDER / "make-requirements", os.X_OK)


@pytest.mark.install
@pytest.mark.timeout(600)
def test_the_tutorial_runs_in_the_environment_that_binder_makes(tmp_path: Path) -> None:
    venv, home = tmp_path / "venv", tmp_path / "jovyan"
    make = [sys.executable, "-m", "uv", "--quiet", "venv", "--seed", "--python", binder_python()]
    subprocess.run([*make, str(venv)], check=True)
    path = os.pathsep.join([str(venv / "bin"), os.environ["PATH"]])
    (home / "binder").mkdir(parents=True)
    shutil.copy(BINDER / "requirements.txt", home / "binder")
    needs = "binder/requirements.txt"
    run(venv / "bin" / "pip", "install", "--no-cache-dir", "-r", needs, folder=home, path=path)
    shutil.copytree(ROOT, home, ignore=LEFT_OUT, dirs_exist_ok=True)
    run("./binder/postBuild", folder=home, path=path)
    where = "import workbench; print(workbench.__file__)"
    installed = run(venv / "bin" / "python", "-c", where, folder=tmp_path, path=path)
    assert str(venv) in installed
    said = run(venv / "bin" / "workbench", "lab", "--check", folder=home, path=path)
    assert "none failed" in said
    assert "assistant: " in said
