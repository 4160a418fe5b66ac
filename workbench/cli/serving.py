"""``workbench lab`` and ``workbench app`` as argparse knows them."""

from __future__ import annotations

import argparse
from pathlib import Path

from workbench.cli.exits import OK
from workbench.cli.options import Commands, command, completed


def add_lab(commands: Commands) -> None:
    """``workbench lab``."""
    lab = command(
        commands,
        "lab",
        "open JupyterLab on the first tutorial",
        "Open JupyterLab on the first tutorial, or on NOTEBOOK, which may also be a folder to "
        "begin notebooks of your own in. With no OPENAI_API_KEY the offline model answers; "
        "conversations are kept in .workbench/ beside the notebook. "
        "What follows a -- goes to JupyterLab as it is.",
        examples=("lab", "lab .", "lab mine.ipynb --port 9000 --no-browser", "lab --check"),
    )
    notebook = lab.add_argument(
        "notebook", nargs="?", type=Path, metavar="NOTEBOOK", help="another notebook, or a folder"
    )
    completed(notebook, "notebooks")
    lab.add_argument(
        "--check",
        action="store_true",
        help="no browser: run the notebook in a temporary folder, with the offline model, and "
        "print the conversation and its history",
    )
    add_listening(lab, port=8888)
    lab.set_defaults(run=run_lab)


def add_app(commands: Commands) -> None:
    """``workbench app``."""
    app = command(
        commands,
        "app",
        "open all conversations as a page, without code",
        "Open the sessions of this folder as a page: talk, look, compare, inspect. "
        "It needs the extra app. What follows a -- goes to Voila as it is.",
        examples=("app", "app --dark --port 9001"),
    )
    app.add_argument("--dark", action="store_true", help="the dark theme")
    add_listening(app, port=8866)
    app.set_defaults(run=run_app)


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


def run_lab(options: argparse.Namespace) -> int:
    """Open JupyterLab, or run the notebook without it."""
    if options.check:
        from workbench.cli.check import check

        check(options.notebook)
        return OK
    from workbench.cli.lab import Server, start

    return start(options.notebook, Server(*listening(options)))


def run_app(options: argparse.Namespace) -> int:
    """Open the app."""
    from workbench.cli import app
    from workbench.cli.lab import Server

    return app.start(Server(*listening(options)), dark=options.dark)


def listening(options: argparse.Namespace) -> tuple[str, int | None, bool, bool, tuple[str, ...]]:
    """The fields of `workbench.cli.lab.Server`."""
    return options.ip, options.port, options.browser, options.allow_root, options.jupyter
