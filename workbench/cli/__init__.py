"""The command ``workbench``: JupyterLab on the tutorial, the app, and conversations without either.

::

    workbench lab                             JupyterLab on the first tutorial
    workbench app                             all conversations as a page
    workbench sessions --tag travel           the named sessions of this folder
    workbench export demo demo.jsonl          one conversation as a file
    workbench export --all backup             all of them, as JSON lines
    workbench doctor demo --repair            what is wrong with one, and its repair
    workbench completion bash                 what makes Tab complete all this

Exit codes: 0 all went well, 1 something failed, 2 the command can't be right. ``doctor`` has those
of a check: 0 healthy, 1 there are findings left, 2 it could not look. Errors are one line on
stderr; what was asked for is on stdout, a table or with ``--json`` an object a line. Keys and
passwords are never arguments: they come from the environment, the keyring or a prompt.

Nothing heavy is imported before a command needs it, so that ``--help`` and ``--version`` answer at
once, and Tab too.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from workbench.cli.commands import parser
from workbench.cli.exits import FAILED, USAGE, complain, hung_up
from workbench.errors import InvalidValue, WorkbenchError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code (``argv`` without the program's name)."""
    if "_ARGCOMPLETE" in os.environ:
        from workbench.cli.completion import answer

        answer(parser())
    try:
        code = attempt(*split(sys.argv[1:] if argv is None else argv))
        sys.stdout.flush()
    except BrokenPipeError:
        return hung_up()
    return code


def split(argv: Sequence[str]) -> tuple[list[str], list[str]]:
    """Our own arguments, and those after a ``--``, which go to the server as they are."""
    place = list(argv).index("--") if "--" in argv else len(argv)
    return list(argv[:place]), list(argv[place + 1 :])


def attempt(command: Sequence[str], jupyter: Sequence[str]) -> int:
    """Do what the command says; an error is one line, and its exit code."""
    options = parser().parse_args(command)
    options.jupyter = tuple(jupyter)
    failed: int = getattr(options, "failed", FAILED)
    try:
        return run(options)
    except BrokenPipeError:
        raise
    except InvalidValue as error:
        return complain(error, USAGE)
    except (WorkbenchError, OSError) as error:
        return complain(error, failed)
    except KeyboardInterrupt:
        return complain("interrupted", failed)


def run(options: argparse.Namespace) -> int:
    """Call what the parser has put beside the options; it returns the exit code."""
    code: int = options.run(options)
    return code
