"""``workbench app``: the panel of `wb.app` as a page of its own, without a notebook around it.

Served by Voila, which shows what a notebook puts out and none of its code, and lets a page run
nothing but what its widgets offer. Each page that is opened has a kernel of its own; conversations
lie in ``.workbench/`` of the folder in which the command was given.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from workbench.cli.lab import Server, answers, checked, is_root, rooted
from workbench.errors import MissingExtra

PAGE = Path(__file__).with_name("page")
"""The notebook, and the template of its page, where Jupyter looks for such."""

NOTEBOOK = PAGE / "app.ipynb"

FOLDER = "WORKBENCH_APP_FOLDER"
"""The environment variable by which the notebook's kernel finds the folder of the command."""


def start(server: Server, *, dark: bool = False) -> int:
    """Start the page's server and return its exit code; on POSIX this process becomes it.

    Raises MissingExtra, and InvalidValue as `workbench.cli.lab.start` does.
    """
    if find_spec("voila") is None:
        raise MissingExtra(
            "the page is served by Voila: pip install 'conversation-workbench[app]', or use "
            "wb.app() in a notebook (workbench lab)"
        )
    command = [sys.executable, *arguments(server, dark=dark, is_root=is_root())]
    environ = environment(os.environ)
    print(notice(os.environ), flush=True)
    if os.name == "posix":
        os.execve(sys.executable, command, environ)
    return subprocess.call(command, env=environ)


def arguments(server: Server, *, dark: bool, is_root: bool) -> list[str]:
    """What follows the name of the Python.

    A token keeps the conversations from other users of the machine, as JupyterLab's does.
    """
    if is_root:
        rooted(server)
    flags = [f"--Voila.ip={server.ip}", "--token", "--template=workbench"]
    flags.append(f"--theme={'dark' if dark else 'light'}")
    if server.port is not None:
        flags.append(f"--port={checked(server.port)}")
    if not server.browser:
        flags.append("--no-browser")
    return ["-m", "voila", str(NOTEBOOK), *flags, *server.extra]


def environment(environ: os._Environ[str] | dict[str, str]) -> dict[str, str]:
    """The environment of the server, which finds the template of the page by it."""
    paths = os.pathsep.join(filter(None, [str(PAGE), environ.get("JUPYTER_PATH")]))
    return {**environ, FOLDER: str(Path.cwd()), "JUPYTER_PATH": paths}


def notice(environ: os._Environ[str] | dict[str, str]) -> str:
    """What the user should know before the server's own log starts."""
    return f"Conversations are kept in .workbench/ of this folder.\n{answers(environ)}"
