"""The quick tests against the oldest versions that pyproject.toml allows.

Every dependency is resolved to its lower bound, in an environment of its own, and what is tested
there is the built wheel: the tests are copied to a folder that has no ``workbench/`` beside them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.__main__ import SIDE_BY_SIDE

ROOT = Path(__file__).parents[1]
BESIDE = (
    *("tests", "notebooks", "binder", "pyproject.toml"),
    *("README.md", "LICENSE", "CHANGELOG.md", "SECURITY.md", "CONTRIBUTING.md"),
)
"""The clone without the package, which comes from the wheel."""

QUICK = (
    *("-q", "-p", "no:cacheprovider"),
    *("-m", "not long and not browser and not install and not tutorial"),
)
"""Arguments of pytest that leave out what is slow or needs the whole clone."""

UV = (sys.executable, "-m", "uv", "--quiet")


def main(pytest_arguments: Sequence[str] = ()) -> int:
    """Set up the environment in a temporary folder and run the quick tests in it."""
    with TemporaryDirectory(prefix="workbench-lowest-", ignore_cleanup_errors=True) as folder:
        python = environment(Path(folder))
        tree = copy_tests(Path(folder, "tree"))
        command = [str(python), "-m", "pytest", *quick(), *pytest_arguments]
        # `uv run` names its own environment; IPython would warn that this is another one.
        env = {**os.environ, "VIRTUAL_ENV": str(python.parents[1])}
        return subprocess.run(command, cwd=tree, env=env, check=False).returncode


def quick() -> list[str]:
    """Arguments of pytest: a sample of the quick tests, two at a time."""
    return [*QUICK, "-p", "tests.sample", *SIDE_BY_SIDE]


def environment(folder: Path) -> Path:
    """A virtual environment with the wheel and its oldest dependencies; returns its Python."""
    lowest, wheels, venv = folder / "lowest.txt", folder / "dist", folder / "venv"
    resolve(lowest)
    uv("build", "--wheel", "--out-dir", str(wheels))
    uv("venv", "--python", sys.executable, str(venv))
    python = venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    wheel = next(wheels.glob("*.whl"))
    group = f"{ROOT / 'pyproject.toml'}:test"
    uv("pip", "install", "--python", str(python), "-c", str(lowest), "--group", group, str(wheel))
    return python


def resolve(target: Path) -> None:
    """Write the lowest versions that pyproject.toml allows to ``target``, and show ours."""
    options = ("--resolution", "lowest-direct", "--no-header", "--no-annotate")
    uv("pip", "compile", "pyproject.toml", *options, "--output-file", str(target))
    print(f"resolved {len(target.read_text().splitlines())} packages", flush=True)


def uv(*arguments: str) -> None:
    """Run uv in the clone; a failure ends the step with uv's own message."""
    subprocess.run([*UV, *arguments], cwd=ROOT, check=True)


def copy_tests(target: Path) -> Path:
    """The tests and what they read, without the package."""
    target.mkdir()
    for name in BESIDE:
        source = ROOT / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", ".*")
            shutil.copytree(source, target / name, ignore=ignored)
        elif source.exists():
            shutil.copy(source, target / name)
    return target


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
