"""``workbench lab``: JupyterLab, opened on a notebook in the folder of that, or on a folder.

The folder matters: a kernel starts in it, so that ``.workbench/`` lands beside the notebook.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from workbench.cli.tutorial import find_tutorial, named
from workbench.errors import InvalidValue

LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Server:
    """How JupyterLab listens; ``extra`` are arguments that it gets as they are."""

    ip: str = "localhost"
    port: int | None = None
    browser: bool = True
    allow_root: bool = False
    extra: tuple[str, ...] = ()


def start(notebook: Path | None, server: Server) -> int:
    """Start JupyterLab and return its exit code; on POSIX this process becomes JupyterLab.

    Becoming it keeps Ctrl-C, signals and the exit code those of JupyterLab itself.
    """
    target = named(notebook, folder=True) if notebook else find_tutorial()
    opened = None if target is None or target.is_dir() else target
    command = [sys.executable, *arguments(opened, server, is_root=is_root())]
    print(notice(target, os.environ), flush=True)
    os.chdir(opened.parent if opened else target or Path.cwd())
    if os.name == "posix":
        os.execv(sys.executable, command)
    return subprocess.call(command)


def arguments(target: Path | None, server: Server, *, is_root: bool) -> list[str]:
    """What follows the name of the Python, in the folder of ``target``."""
    flags = [f"--ServerApp.ip={server.ip}"]
    if server.port is not None:
        flags.append(f"--ServerApp.port={checked(server.port)}")
    if not server.browser:
        flags.append("--no-browser")
    if is_root and rooted(server):
        flags.append("--allow-root")
    if target:  # the address that JupyterLab prints leads there too, not only the browser it opens
        flags.append(f"--LabApp.default_url=/lab/tree/{quote(target.name)}")
    names = [target.name] if target else []
    return ["-m", "jupyterlab", *names, *flags, *server.extra]


def rooted(server: Server) -> bool:
    """True; raises InvalidValue where a root shell would be offered to other machines unasked.

    JupyterLab itself refuses root everywhere, which only makes people in containers look for the
    flag; on the loopback address nobody else can reach it.
    """
    if server.ip in LOOPBACK or server.allow_root:
        return True
    raise InvalidValue(
        f"root on {server.ip} would give whoever has the token a root shell from other machines: "
        "leave --ip out, or add --allow-root if that is meant"
    )


def checked(port: int) -> int:
    """``port``, or InvalidValue if there is no such port."""
    if not 0 <= port <= 65535:
        raise InvalidValue(f"there is no port {port}: give one from 0 (any free one) to 65535")
    return port


def notice(target: Path | None, environ: os._Environ[str] | dict[str, str]) -> str:
    """What the user should know before JupyterLab's own log starts."""
    return f"{_place(target)}\n{answers(environ)}"


def _place(target: Path | None) -> str:
    if target is None:
        return "Opening the current folder: the tutorials come with a clone of the repository."
    beside = "each notebook" if target.is_dir() else "it"
    return f"Opening {target.name}; conversations are kept in .workbench/ beside {beside}."


def answers(environ: os._Environ[str] | dict[str, str]) -> str:
    """Which model answers."""
    if environ.get("OPENAI_API_KEY") or environ.get("OPENAI_BASE_URL"):
        return "OPENAI_API_KEY or OPENAI_BASE_URL is set: a real model answers."
    return "No OPENAI_API_KEY is set: the offline model answers."


def is_root() -> bool:
    """Whether this process runs as root (never so on Windows)."""
    return hasattr(os, "geteuid") and os.geteuid() == 0
