"""The command line as argparse knows it; it exits with 2 on a wrong one by itself."""

from __future__ import annotations

import argparse

from workbench import __version__
from workbench.cli import completion, doctor, export, serving, sessions
from workbench.cli.exits import EXIT_CODES
from workbench.cli.options import Folded, Parser

ALL = (serving.add_lab, serving.add_app, sessions.add, export.add, doctor.add, completion.add)


def parser() -> argparse.ArgumentParser:
    """The parser of all commands. What is parsed has ``run``, which does it."""
    top = Parser(
        prog="workbench",
        description="A conversation workbench for Jupyter: its notebooks, and its conversations "
        "without one. Conversations are those of the current folder (.workbench/), or of "
        "WORKBENCH_HOME. Keys and passwords come from WORKBENCH_KEY, WORKBENCH_REDIS_PASSWORD, "
        "the keyring or a prompt, never from the command line.",
        epilog=f"{EXIT_CODES}\nCOMMAND --help has examples; doctor has exit codes of its own.",
        formatter_class=Folded,
    )
    top.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for add in ALL:
        add(commands)
    return top
