"""How a command ends: its exit code, and at most one line on stderr."""

from __future__ import annotations

import os
import sys

OK, FAILED, USAGE = 0, 1, 2

EXIT_CODES = "exit codes: 0 all went well, 1 something failed, 2 the command can't be right"


def complain(error: object, code: int) -> int:
    """One line on stderr, and the exit code that goes with it."""
    from workbench.render.text import as_options, one_line

    said = str(error).rstrip()
    for note in getattr(error, "__notes__", ()):
        said += f"{'' if said.endswith(('.', '?', '!')) else '.'} {note}"
    print(f"workbench: {one_line(as_options(said), 2000)}", file=sys.stderr)
    return code


def hung_up() -> int:
    """Whoever read the output has gone (``| head``), which is no reason to complain.

    What is still to be written goes nowhere, so that Python does not complain at its end either
    (https://docs.python.org/3/library/signal.html#note-on-sigpipe).
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
    return FAILED
