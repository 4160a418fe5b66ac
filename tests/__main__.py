"""``python -m tests``: set up what the tests need, then run all of them; none may be skipped.

With arguments of pytest (``python -m tests -k name``) only those tests run, and nothing else.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests import setup_system

ROOT = Path(__file__).parents[1]

PYTEST = ("-m", "pytest", "-p", "tests.no_skips")
SIDE_BY_SIDE = ("-n", "2", "--dist", "loadfile")
"""Much of a test is waiting for the kernel or the server that it starts; more than two at once
would disturb those that watch a clock. Tests of a file may share a notebook, and stay together.
"""

FIRST_STEPS = {
    "lint": ("-m", "ruff", "check", "."),
    "format": ("-m", "ruff", "format", "--check", "."),
    "types": ("-m", "mypy"),
    "javascript": ("-m", "tests.javascript", "--check"),
    "lowest versions": ("-m", "tests.lower_bounds"),
}
"""Step: what Python is given. They come before pytest, so that its closing line is last."""

NIGHTLY = ("-m", "long or not long")
"""Undoes the ``not long`` that pyproject.toml gives to pytest."""

OURS = ("OPENAI_", "WORKBENCH_")
"""Settings of the user's own: no test may reach a paid model or the user's conversations."""

OF_THE_MACHINE = ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED")
"""Settings of the machine that make each of hundreds of processes compile all that it imports
(a second and more of CPU), or tear the lines that two of them print.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the tests; returns 0 if all passed, 1 if not, 2 if they could not be set up."""
    # A script that starts this in the background ignores Ctrl-C, and so would all that tests start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    options, chosen = parser().parse_known_args(argv)
    if chosen and not (options.setup or options.dry_run):
        return only(chosen, long=options.long)
    if code := setup_system.main(dry_run=options.dry_run):
        return code
    if options.setup:
        return 0
    steps = FIRST_STEPS | {"tests": (*PYTEST, *SIDE_BY_SIDE, *(NIGHTLY if options.long else ()))}
    if options.dry_run:
        return show(steps)
    return closing([name for name, arguments in steps.items() if step(name, arguments)])


def parser() -> argparse.ArgumentParser:
    """Our own options; all others are pytest's."""
    ours = argparse.ArgumentParser(
        prog="python -m tests",
        description="Set up what the tests need (system packages too), then run ruff, mypy, the "
        "quick tests with the lowest versions of the dependencies, and all tests.",
        epilog="Everything else goes to pytest, and then only that runs: python -m tests -k name. "
        "Exit codes: 0 all passed, 1 something failed, 2 the tests could not be set up.",
        allow_abbrev=False,
    )
    ours.add_argument("--setup", action="store_true", help="only install the system packages")
    ours.add_argument("--dry-run", action="store_true", help="say what would be done, do nothing")
    ours.add_argument("--long", action="store_true", help="the nightly sizes too")
    return ours


def only(arguments: Sequence[str], *, long: bool) -> int:
    """Run the tests that pytest is asked for, and say what they may miss."""
    if setup_system.missing():
        print(setup_system.by_hand(setup_system.missing()), file=sys.stderr)
    return run((*PYTEST, *(NIGHTLY if long else ()), *arguments))


def step(name: str, arguments: Sequence[str]) -> int:
    """Run one step between two lines that say what and how long; returns its exit code."""
    print(f"\n=== {name}: python {' '.join(arguments)}", flush=True)
    begun = time.monotonic()
    code = run(arguments)
    if name != "tests":
        result = "failed" if code else "passed"
        print(f"=== {name} {result} in {time.monotonic() - begun:.0f} s", flush=True)
    return code


def run(arguments: Sequence[str]) -> int:
    """Run this Python with ``arguments`` in the clone, without the user's own settings."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith((*OURS, *OF_THE_MACHINE))}
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, env=clean, check=False).returncode


def closing(failed: Sequence[str]) -> int:
    """The exit code; where all passed, pytest's own closing line stays the last one."""
    if failed:
        print(f"\nFailed: {', '.join(failed)}", flush=True)
    return 1 if failed else 0


def show(steps: dict[str, tuple[str, ...]]) -> int:
    """Print the steps of a whole run."""
    for name, arguments in steps.items():
        print(f"{name}: python {' '.join(arguments)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
