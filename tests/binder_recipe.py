"""What Binder does with ``binder/``, told by repo2docker itself: the Dockerfile, without a Docker.

The Dockerfile first makes a base of Ubuntu and conda, the same for every repository, and after that
follows our files. https://repo2docker.readthedocs.io/en/latest/configuration/
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from string import Template
from typing import NamedTuple

import yaml
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
BINDER = ROOT / "binder"
USER = "jovyan"

_SPEC = find_spec("repo2docker")
assert _SPEC
assert _SPEC.origin
REPO2DOCKER = Path(_SPEC.origin).parent / "buildpacks"
ENTRYPOINT = REPO2DOCKER / "repo2docker-entrypoint"
"""The program that the container runs: it starts ``binder/start`` with the command behind it."""

ON_PYPI = {"jupyterhub-singleuser": "jupyterhub"}
"""Package of the base: what it is called on PyPI, where that is another name."""


class Instruction(NamedTuple):
    """A line of the Dockerfile, and who carries it out."""

    user: str
    word: str
    rest: str


@cache
def said() -> str:
    """All that a dry run of repo2docker prints."""
    command = (*("--no-build", "--debug", "--user-id", "1000", "--user-name", USER), str(ROOT))
    done = subprocess.run(
        [sys.executable, "-m", "repo2docker", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:]
    return done.stdout


def dockerfile() -> list[Instruction]:
    """The instructions in their order, each on one line, with single spaces."""
    text = said()[said().index("\nFROM ") :]
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    found, user = [], "root"
    for line in re.sub(r"\\\n", " ", "\n".join(lines)).splitlines():
        word, _, rest = " ".join(line.split()).partition(" ")
        user = rest if word == "USER" else user
        if word and word != "USER":
            found.append(Instruction(user, word, rest))
    return found


def pairs(rest: str) -> dict[str, str]:
    """What an ENV or an ARG sets; an ARG without a value is for us to set."""
    parts = (each.partition("=") for each in shlex.split(rest) if "=" in each)
    return {name: value for name, _, value in parts}


def filled(text: str, environ: Mapping[str, str]) -> str:
    """``text`` with the values of its variables."""
    return Template(text).safe_substitute(environ)


def pins() -> dict[str, str]:
    """Name and version of what Binder installs."""
    lines = (BINDER / "requirements.txt").read_text().splitlines()
    parts = (line.split(";")[0].strip().split("==") for line in lines)
    return {canonicalize_name(name): version for name, version in parts}


def python_version() -> str:
    """The Python that is named for Binder, such as 3.11."""
    return (BINDER / "runtime.txt").read_text().strip().removeprefix("python-")


def base_versions() -> dict[str, str]:
    """Name and version of the conda packages in the base."""
    lock = (REPO2DOCKER / f"conda/environment.py-{python_version()}-linux-64.lock").read_text()
    packages = re.findall(r"/([a-z][^/]*)-([^/-]+)-[^/-]+#", lock)
    return {ON_PYPI.get(name, canonicalize_name(name)): version for name, version in packages}


def base_packages() -> list[str]:
    """The Python packages that the base is asked for."""
    asked = (REPO2DOCKER / f"conda/environment.py-{python_version()}.yml").read_text()
    names = [re.split(r"[=<>]", line)[0] for line in yaml.safe_load(asked)["dependencies"]]
    return [ON_PYPI.get(name, name) for name in names if name not in ("python", "nodejs")]
