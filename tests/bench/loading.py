"""``%load_ext workbench`` on a running IPython: how long it takes, and what it imports."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from statistics import median

from tests.bench.figures import Figure
from tests.bench.sides import Sizes
from tests.bench.team import Team

HEAVY = ("agents", "openai", "pandas", "redis", "ipywidgets")

_CODE = f"""
import json, sys, time
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_line_magic("load_ext", "autoreload")  # so that the magic itself has been used before
begun = time.perf_counter()
shell.run_line_magic("load_ext", "workbench")
seconds = time.perf_counter() - begun
if "workbench" not in shell.extension_manager.loaded:
    sys.exit("workbench is no IPython extension")
print(json.dumps([seconds, [name for name in {HEAVY} if name in sys.modules]]))
"""


def loading(_team: Team, sizes: Sizes) -> list[Figure]:
    """Time in a fresh interpreter each round, and which of HEAVY is loaded afterwards."""
    # Compiled once, as it is for whoever loads it twice, even where Python is told not to keep it.
    kept = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(sizes.disk / "bytecode")}
    rounds = [_once(os.environ | kept) for _ in range(sizes.rounds + 1)][1:]
    times = [1e3 * seconds for seconds, _heavy in rounds]
    heavy = sorted({name for _seconds, names in rounds for name in names})
    return [
        Figure(
            "%load_ext workbench", median(times), 10.0, unit=" ms", spread=(min(times), max(times))
        ),
        Figure(
            "heavy packages it imports", len(heavy), 0, unit="", ours=", ".join(heavy) or "none"
        ),
    ]


def _once(environment: Mapping[str, str]) -> tuple[float, list[str]]:
    command = [sys.executable, "-c", _CODE]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=False, env=environment
    )
    if done.returncode:
        raise RuntimeError(f"%load_ext workbench failed: {done.stderr.strip()[-500:]}")
    seconds, heavy = json.loads(done.stdout.splitlines()[-1])
    return seconds, heavy
