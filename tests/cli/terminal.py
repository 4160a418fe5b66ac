"""A shell with a real terminal: for Tab, and for prompts that show nothing."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(sys.executable).parent


class Bash:
    """A bash with a terminal, as somebody types into it."""

    def __init__(self, folder: Path) -> None:
        self.terminal, inside = pty.openpty()
        environ = os.environ | {"PATH": f"{HERE}{os.pathsep}{os.environ['PATH']}", "TERM": "dumb"}
        self.process = subprocess.Popen(
            ["bash", "--norc", "--noprofile", "-i"],
            cwd=folder,
            env=environ | {"PS1": "$ ", "INPUTRC": os.devnull},
            stdin=inside,
            stdout=inside,
            stderr=inside,
            start_new_session=True,
        )
        os.close(inside)

    def type(self, text: str, until: str, patience: float = 60) -> str:
        """Type ``text`` and read until the terminal shows ``until``; returns what it showed."""
        os.write(self.terminal, text.encode())
        seen, end = "", time.monotonic() + patience
        reading = select.poll()  # select() knows no descriptor above 1,024
        reading.register(self.terminal, select.POLLIN)
        while until not in seen:
            ready = reading.poll(max(end - time.monotonic(), 0) * 1_000)
            assert ready, f"no {until!r} in {seen!r}"
            seen += os.read(self.terminal, 4096).decode()
        return seen

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.terminal)
