"""The command ``workbench``: JupyterLab on the tutorial, the tutorial in a terminal, or the app.

Nothing heavy is imported before a command needs it, so that ``--help`` and ``--version`` answer at
once. Errors of the workbench end in one line on stderr; the exit codes are part of the help.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from workbench import __version__
from workbench.errors import InvalidValue, WorkbenchError

OK, FAILED, USAGE = 0, 1, 2

EXIT_CODES = "exit codes: 0 all went well, 1 something failed, 2 the command can't be right"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code (``argv`` without the program's name)."""
    command, jupyter = split(sys.argv[1:] if argv is None else argv)
    options = parser().parse_args(command)
    try:
        return run(options, jupyter)
    except InvalidValue as error:
        return complain(error, USAGE)
    except WorkbenchError as error:
        return complain(error, FAILED)
    except KeyboardInterrupt:
        return complain("interrupted", FAILED)


def split(argv: Sequence[str]) -> tuple[list[str], list[str]]:
    """Our own arguments, and those after a ``--``, which go to the server as they are."""
    place = list(argv).index("--") if "--" in argv else len(argv)
    return list(argv[:place]), list(argv[place + 1 :])


def run(options: argparse.Namespace, jupyter: list[str]) -> int:
    """Do what the parsed ``options`` say."""
    from workbench.cli.lab import Server, start

    server = Server(options.ip, options.port, options.browser, options.allow_root, tuple(jupyter))
    if options.command == "app":
        from workbench.cli import app

        return app.start(server, dark=options.dark)
    if options.check:
        from workbench.cli.check import check

        check(options.notebook)
        return OK
    return start(options.notebook, server)


def complain(error: object, code: int) -> int:
    """One line on stderr, and the exit code that goes with it."""
    print(f"workbench: {error}", file=sys.stderr)
    return code


def parser() -> argparse.ArgumentParser:
    """The command line as argparse knows it; it exits with 2 on a wrong one by itself."""
    top = argparse.ArgumentParser(
        prog="workbench", description="A conversation workbench for Jupyter.", epilog=EXIT_CODES
    )
    top.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    add_lab(commands)
    add_app(commands)
    return top


def add_lab(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """``workbench lab``."""
    lab = commands.add_parser(
        "lab",
        help="open JupyterLab on the first tutorial",
        description="Open JupyterLab on the first tutorial, or on NOTEBOOK. With no OPENAI_API_KEY "
        "the offline model answers; conversations are kept in .workbench/ beside the notebook. "
        "What follows a -- goes to JupyterLab as it is.",
        epilog=EXIT_CODES,
    )
    lab.add_argument("notebook", nargs="?", type=Path, metavar="NOTEBOOK", help="another notebook")
    lab.add_argument(
        "--check",
        action="store_true",
        help="no browser: run the notebook in a temporary folder, with the offline model, and "
        "print the conversation and its history",
    )
    add_listening(lab, port=8888)


def add_app(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """``workbench app``."""
    app = commands.add_parser(
        "app",
        help="open all conversations as a page, without code",
        description="Open the sessions of this folder as a page: talk, look, compare, inspect. "
        "It needs the extra app. What follows a -- goes to Voila as it is.",
        epilog=EXIT_CODES,
    )
    app.add_argument("--dark", action="store_true", help="the dark theme")
    add_listening(app, port=8866)


def add_listening(command: argparse.ArgumentParser, *, port: int) -> None:
    """How a server listens."""
    command.add_argument(
        "--port", type=int, help=f"port to listen on (default: {port}, or the next free)"
    )
    command.add_argument(
        "--ip", default="localhost", help="address to listen on (default: localhost)"
    )
    command.add_argument(
        "--no-browser", dest="browser", action="store_false", help="print the address, open nothing"
    )
    command.add_argument(
        "--allow-root",
        action="store_true",
        help="as root, also listen on other addresses than localhost",
    )
