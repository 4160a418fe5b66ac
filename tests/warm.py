"""Processes that begin with the usual imports done: importing the SDK takes two seconds of CPU.

A program of this kind is a process of its own all the same, with its own exit, signals, folder,
environment and standard streams. It is forked from one that has the packages that a script imports
first, but not ours: what `workbench` does when it is imported happens in each script.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from types import CodeType
from typing import IO

from tests.__main__ import OURS, ROOT

PACKAGES = (
    *("agents", "openai", "pandas", "redis.asyncio", "aiosqlite", "cryptography.fernet"),
    *("ipykernel.kernelapp", "ipywidgets"),
)
"""Imported beforehand, if they are there."""

BOOT = "import tests.warm; exec(tests.warm.serve())"
"""What the process runs that is forked: in a fork, the last call returns the script."""


class Program:
    """A running script, used as a `subprocess.Popen` whose streams are pipes of text."""

    def __init__(self, pid: int, ended: IO[str], streams: Sequence[IO[str]]) -> None:
        self.pid, self._ended = pid, ended
        self.stdin, self.stdout, self.stderr = streams
        self.returncode: int | None = None
        self._read: dict[IO[str], str] = {}
        self._readers: list[threading.Thread] = []
        self._waiter = threading.Thread(target=self._wait, daemon=True)
        self._waiter.start()

    def _wait(self) -> None:
        with self._ended:
            self.returncode = os.waitstatus_to_exitcode(int(self._ended.readline()))

    def poll(self) -> int | None:
        """The exit code, if it has ended."""
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end. Raises subprocess.TimeoutExpired after ``timeout`` seconds."""
        self._waiter.join(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired("script", timeout or 0)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def communicate(self, answer: str = "", timeout: float | None = None) -> tuple[str, str]:
        """Write ``answer``, and read all that it writes until its end.

        Raises subprocess.TimeoutExpired after ``timeout`` seconds; it can be called again then.
        """
        end = None if timeout is None else time.monotonic() + timeout
        if not self._readers:
            for stream in (self.stdout, self.stderr):
                reader = threading.Thread(target=self._take, args=[stream], daemon=True)
                self._readers.append(reader)
                reader.start()
        if not self.stdin.closed:
            with suppress(BrokenPipeError), self.stdin:
                self.stdin.write(answer)
        for each in (*self._readers, self._waiter):
            each.join(None if end is None else max(end - time.monotonic(), 0))
            if each.is_alive():
                raise subprocess.TimeoutExpired("script", timeout or 0)
        return self._read[self.stdout], self._read[self.stderr]

    def _take(self, stream: IO[str]) -> None:
        with stream:
            self._read[stream] = stream.read()


def settings() -> dict[str, str]:
    """The environment of a script: without a key and a folder of the user's own."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(OURS)}
    return clean | {"PYTHONPATH": str(ROOT), "OPENAI_AGENTS_DISABLE_TRACING": "1"}


def start(
    source: str,
    arguments: Sequence[str],
    *,
    flags: Sequence[str],
    folder: Path,
    env: Mapping[str, str],
) -> Program:
    """Start a script as ``python *flags -c source *arguments`` would, in ``folder``."""
    pipes = [os.pipe() for _ in range(5)]  # three streams, what is asked for, how it ends
    ours = [pipe[side] for pipe, side in zip(pipes, (1, 0, 0, 1, 0), strict=True)]
    theirs = [pipe[side] for pipe, side in zip(pipes, (0, 1, 1, 0, 1), strict=True)]
    socket.send_fds(_forker(tuple(flags)), [b"+"], theirs)
    for each in theirs:
        os.close(each)
    with open(ours[3], "w", encoding="utf-8") as asked:
        json.dump([source, list(arguments), str(folder), dict(env)], asked)
    told = open(ours[4], encoding="utf-8")  # noqa: SIM115  # closed when the script has ended
    pid = int(told.readline())
    streams = [open(ours[n], mode, encoding="utf-8") for n, mode in enumerate("wrr")]  # noqa: SIM115
    return Program(pid, told, streams)


@cache
def _forker(flags: tuple[str, ...]) -> socket.socket:
    """The socket of a process that forks scripts, and lives as long as this one."""
    here, there = socket.socketpair()
    command = [sys.executable, *flags, "-c", BOOT, str(there.fileno())]
    # Ctrl-C is for the tests, which end their scripts.
    process = subprocess.Popen(
        command,
        env=settings(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        pass_fds=[there.fileno()],
        start_new_session=True,
    )
    there.close()
    atexit.register(_end, here, process)
    return here


def _end(asking: socket.socket, process: subprocess.Popen[bytes]) -> None:
    asking.close()
    process.wait()


def serve() -> CodeType:
    """Fork a process for each script that is asked for, until nobody asks any more.

    Returns in the new processes, each time with the script to run.
    """
    for name in PACKAGES:
        with suppress(ImportError):
            import_module(name)
    gc.collect()
    gc.freeze()  # a collection in a fork need not touch, and so copy, what all of them share
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who wait for scripts
    asking = socket.socket(fileno=int(sys.argv[1]))
    while True:
        message, fds, _flags, _address = socket.recv_fds(asking, 1, 5)
        if not message:
            os._exit(0)
        if _fork() == 0:
            asking.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            return _script(fds)
        for each in fds:
            os.close(each)


def _script(fds: list[int]) -> CodeType:
    """Fork once more, and tell the pid and the end of that process, which returns its script."""
    *streams, asked, told = fds
    if pid := _fork():
        for each in (*streams, asked):
            os.close(each)
        os.write(told, b"%d\n" % pid)
        os.write(told, b"%d\n" % os.waitpid(pid, 0)[1])
        os._exit(0)
    os.close(told)
    with open(asked, encoding="utf-8") as text:
        source, arguments, folder, env = json.load(text)
    for number, each in enumerate(streams):
        os.dup2(each, number)
        os.close(each)
    os.environ.clear()
    os.environ.update(env)
    os.chdir(folder)
    sys.argv[1:] = arguments
    signal.signal(signal.SIGINT, signal.default_int_handler)  # if ours is ignored
    code: CodeType = compile(source, "<string>", "exec")
    return code


def _fork() -> int:
    with warnings.catch_warnings():
        # Python 3.12 warns of threads: these are those of numpy, which knows what a fork is.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()
