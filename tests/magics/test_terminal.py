"""In IPython's terminal, as a process of its own: lines go in, what a person sees comes out."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.notebook_kernel import PATIENCE, environment

QUIET = ("--simple-prompt", "--no-banner", "--colors=nocolor", "--no-confirm-exit")


class Terminal:
    """An ``ipython`` that reads lines from a pipe."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "IPython", *QUIET],
            cwd=folder,
            env={**environment(folder), "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        # One that hangs must not hang the tests.
        self._guard = threading.Timer(PATIENCE, self.process.kill)
        self._guard.start()

    def type(self, *lines: str) -> None:
        """Type lines, each with its Return."""
        assert self.process.stdin is not None
        self.process.stdin.writelines(f"{line}\n" for line in lines)
        self.process.stdin.flush()

    def until(self, text: str) -> str:
        """What it prints until it has printed ``text``."""
        assert self.process.stdout is not None
        seen = ""
        while text not in seen:
            char = self.process.stdout.read(1)
            assert char, f"it ended before it printed {text!r}:\n{seen}"
            seen += char
        return seen

    def run(self, *lines: str) -> str:
        """What is printed for these lines, to the end."""
        self.type(*lines, "print('the', 'end')")
        return self.until("the end")

    def close(self) -> int:
        """Leave as with Ctrl-D; the exit code."""
        self.process.communicate("", timeout=PATIENCE)
        self._guard.cancel()
        return self.process.returncode


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    made = Terminal(tmp_path)
    made.type("%load_ext workbench")
    yield made
    assert made.close() == 0


def test_a_conversation_in_a_terminal(terminal: Terminal) -> None:
    first = terminal.run("%agent -s demo My name is John")
    assert "New session 'demo'" in first
    assert first.count("Nice to meet you, John.") == 1
    assert first.count("tokens (estimated)") == 1
    assert "Your name is John." in terminal.run("%agent -s demo --no-stream What's my name?")
    cell = terminal.run("%%agent -s demo", "What's my name?", "", "")
    assert cell.count("Your name is John.") == 1
    assert "assistant: Your name is John." in terminal.run("%session chat demo")
    wrong = terminal.run("%agent -s demo --sesion x")
    assert "UsageError: %agent: there is no option --sesion; did you mean --session?" in wrong
    assert "Traceback" not in wrong
    asked = terminal.run("%session delete demo", "n")
    assert "for good? [y/N]" in asked
    assert "Nothing was deleted." in asked
    assert "6 items" in terminal.run("print(get_ipython().run_line_magic('session', 'info demo'))")


def test_ctrl_c_in_a_terminal_stops_the_turn_and_says_so(terminal: Terminal) -> None:
    terminal.run("%agent -s demo My name is John")
    terminal.run(
        "from agents import Agent; from workbench import OfflineModel",
        "slow = Agent(name='Slow', model=OfflineModel(delay=0.4))",
    )
    terminal.type("%agent -s demo -a slow Remember that the sky is blue and the grass is green.")
    terminal.until("Noted: the")
    terminal.process.send_signal(signal.SIGINT)
    said = terminal.until("KeyboardInterrupt")
    assert "[stopped; the history is as it was before]" in said
    assert "Your name is John." in terminal.run("%agent -s demo What's my name?")
    assert "4 items" in terminal.run("print(get_ipython().run_line_magic('session', 'info demo'))")
