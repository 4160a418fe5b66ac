"""The programs that the tests run and pip can't install, and how to get them.

`plan` decides and touches nothing; `main` carries a plan out. Nothing that is there already is
installed again, and where we may not install (no root, no sudo, no apt) the message says exactly
what is missing and the command that brings it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass

PROGRAMS = {
    "redis-server": ("redis-server",),
    "chromium": ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
}
"""Debian package: the programs of which one has to be on PATH."""

WHY = {
    "redis-server": "a real Redis server to test against",
    "chromium": "a real browser to open JupyterLab in",
}

BY_HAND = (
    "Debian, Ubuntu:  sudo apt-get install {debian}",
    "Fedora:          sudo dnf install {fedora}",
    "macOS:           brew install {brew}",
)
FEDORA = {"redis-server": "redis", "chromium": "chromium"}
BREW = {"redis-server": "redis", "chromium": "--cask chromium"}

MISSING = 2
"""Exit code when the tests can't be set up."""


@dataclass(frozen=True)
class Machine:
    """What decides how to install: asked for once, so that `plan` stays a pure function."""

    is_root: bool
    has_apt: bool
    has_sudo: bool
    can_ask: bool
    """Someone can be asked for a password."""


@dataclass(frozen=True)
class Plan:
    """The packages that are missing and the commands that install them; none: do it by hand."""

    missing: tuple[str, ...]
    commands: tuple[tuple[str, ...], ...] = ()
    reason: str = ""
    """Why there are no commands."""


def program(package: str) -> str:
    """Path of the program of ``package``; LookupError says how to get it."""
    paths = (shutil.which(name) for name in PROGRAMS[package])
    found = next((path for path in paths if path), None)
    if found is None:
        raise LookupError(by_hand((package,)))
    return found


def missing() -> tuple[str, ...]:
    """The packages none of whose programs is on PATH."""
    return tuple(p for p, names in PROGRAMS.items() if not any(map(shutil.which, names)))


def machine() -> Machine:
    """This machine."""
    return Machine(
        is_root=hasattr(os, "geteuid") and os.geteuid() == 0,
        has_apt=shutil.which("apt-get") is not None,
        has_sudo=shutil.which("sudo") is not None,
        can_ask=sys.stdin is not None and sys.stdin.isatty(),
    )


def plan(packages: tuple[str, ...], host: Machine) -> Plan:
    """How to get ``packages`` on ``host``."""
    if not packages:
        return Plan(())
    if not host.has_apt:
        return Plan(packages, reason="there is no apt-get here")
    if not host.is_root and not host.has_sudo:
        return Plan(packages, reason="apt-get needs root, and there is no sudo here")
    return Plan(packages, apt(packages, root_prefix(host)))


def root_prefix(host: Machine) -> tuple[str, ...]:
    """What stands before a command that needs root; sudo must not wait where nobody answers."""
    if host.is_root:
        return ()
    return ("sudo",) if host.can_ask else ("sudo", "-n")


def apt(packages: tuple[str, ...], prefix: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """The commands that install Debian packages without asking questions."""
    quiet = (*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get")
    return (
        (*quiet, "update"),
        (*quiet, "install", "--yes", "--no-install-recommends", *packages),
    )


def describe(chosen: Plan) -> str:
    """The plan in words, for a terminal."""
    if not chosen.missing:
        return f"System packages: {' and '.join(PROGRAMS)} are there, nothing to install."
    wanted = "\n".join(f"  {name}: {WHY[name]}" for name in chosen.missing)
    if not chosen.commands:
        return f"{by_hand(chosen.missing)}\n({chosen.reason})"
    commands = "\n".join(f"  {' '.join(command)}" for command in chosen.commands)
    return f"System packages to install:\n{wanted}\nwith:\n{commands}"


def by_hand(packages: tuple[str, ...]) -> str:
    """What to install, and how, for someone who does it."""
    names = {
        "debian": " ".join(packages),
        "fedora": " ".join(FEDORA[p] for p in packages),
        "brew": " ".join(BREW[p] for p in packages),
    }
    lines = "\n".join(f"  {line.format(**names)}" for line in BY_HAND)
    return f"The tests need {' and '.join(packages)}. Install and run again:\n{lines}"


def main(*, dry_run: bool = False) -> int:
    """Say what is missing, install it, and return 0, or 2 where that can't be done."""
    chosen = plan(missing(), machine())
    print(describe(chosen), flush=True)
    if chosen.missing and not chosen.commands:
        return MISSING
    if dry_run:
        return 0
    for command in chosen.commands:
        if subprocess.run(command, check=False).returncode:
            print(f"{' '.join(command)} failed.\n{by_hand(missing())}", flush=True)
            return MISSING
    return still_missing()


def still_missing() -> int:
    """0, or 2 with a message when a package came without its program."""
    left = missing()
    if left:
        print(by_hand(left), flush=True)
    return MISSING if left else 0
