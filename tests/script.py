"""Run a piece of Python in a process of its own, as a user's script: real exits, real signals."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import dedent

from tests import warm

Program = warm.Program | subprocess.Popen[str]
"""A script that runs."""

STRICT = ("-X", "dev", "-W", "error")
"""Development mode, and every warning is an error."""


def start(
    source: str,
    *arguments: object,
    folder: Path,
    env: Mapping[str, str] | None = None,
    flags: Sequence[str] = STRICT,
    bare: bool = False,
) -> Program:
    """Start a script in ``folder``; what it reads and writes is text.

    The packages that we stand on are imported already (`tests.warm`), unless it is ``bare``: for
    what is about imports.
    """
    everything = warm.settings() | dict(env or {})
    words = list(map(str, arguments))
    if not bare:
        return warm.start(dedent(source), words, flags=flags, folder=folder, env=everything)
    return subprocess.Popen(
        [sys.executable, *flags, "-c", dedent(source), *words],
        cwd=folder,
        env=everything,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def line(process: Program) -> str:
    """The next line that the script prints."""
    assert process.stdout is not None
    return process.stdout.readline().rstrip("\n")


def finish(process: Program, *, code: int = 0, timeout: float = 60.0, answer: str = "") -> str:
    """Wait for the script's end; its output, and nothing on stderr when it should succeed.

    ``answer`` is what it still reads from its stdin.
    """
    try:
        output, errors = process.communicate(answer, timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    assert process.returncode == code, f"exit code {process.returncode}: {output}\n{errors}"
    if code == 0:
        # Development mode also tells of slow callbacks: a matter of the machine, not of the script.
        told = [line for line in errors.splitlines() if not line.startswith("Executing <")]
        assert not told, errors
    return output


def run_script(
    source: str,
    *arguments: object,
    folder: Path,
    env: Mapping[str, str] | None = None,
    bare: bool = False,
) -> str:
    """Run a script to its end and return what it printed; any warning fails."""
    return finish(start(source, *arguments, folder=folder, env=env, bare=bare))
