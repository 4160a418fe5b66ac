"""The files of the repository, wherever the tests run: in a clone, or in a copy without git."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def git(*arguments: str) -> list[str]:
    """Lines of what git says in the clone, without the user's own configuration."""
    environ = os.environ | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    command = ["git", "-c", "safe.directory=*", "-c", "core.quotePath=off", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True)
    return done.stdout.splitlines()


def tracked(folder: Path) -> list[str]:
    """What the repository holds or would take in; the same of a copy that has no repository.

    ``folder`` is a temporary one.
    """
    where: list[str] = []
    if not (ROOT / ".git").exists():
        git("init", "--quiet", str(folder / "empty"))
        where = [f"--git-dir={folder / 'empty' / '.git'}", f"--work-tree={ROOT}"]
    files = git(*where, "ls-files", "--cached", "--others", "--exclude-standard")
    return [name for name in files if (ROOT / name).is_file()]


def clean_copy(target: Path, folder: Path) -> list[str]:
    """Copy what the repository holds to ``target``, as a fresh clone has it; returns its names."""
    names = tracked(folder)
    for name in names:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, target / name)
    return names


def uv(*arguments: str, folder: Path = ROOT) -> None:
    """Run uv in ``folder``; a failure is the test's, with uv's own message."""
    command = [sys.executable, "-m", "uv", "--quiet", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
