"""A real ipykernel in a folder of its own, driven as a front end does: over its channels."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.connect import write_connection_file

from tests import warm

KERNEL = "from ipykernel.kernelapp import launch_new_instance; launch_new_instance()"

PATIENCE = 60.0
"""Seconds that a kernel gets for anything at all, on a busy machine."""


@dataclass
class Ran:
    """One cell that was run: its messages in the order they came, and how it ended."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    reply: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    """From the request (or from the interrupt, if there was one) to the reply."""

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The contents of all messages of one type."""
        return [each["content"] for each in self.messages if each["msg_type"] == kind]

    @property
    def out(self) -> str:
        """What was printed."""
        return "".join(each["text"] for each in self.of("stream") if each["name"] == "stdout")

    @property
    def err(self) -> str:
        """What was printed to stderr: a usage error is one line there."""
        return "".join(each["text"] for each in self.of("stream") if each["name"] == "stderr")

    @property
    def displays(self) -> list[dict[str, Any]]:
        """The data of the displays as they stand in the end: an update replaces what it updates."""
        by_id: dict[str, dict[str, Any]] = {}
        for number, message in enumerate(self.messages):
            content = message["content"]
            if message["msg_type"] in ("display_data", "execute_result"):
                own = content.get("transient", {}).get("display_id", str(number))
                by_id[own] = content["data"]
            elif message["msg_type"] == "update_display_data":
                by_id[content["transient"]["display_id"]] = content["data"]
        return list(by_id.values())

    @property
    def text(self) -> str:
        """All that a reader sees as plain text in the end."""
        return "\n".join([self.out, *(each.get("text/plain", "") for each in self.displays)])

    @property
    def failed(self) -> str | None:
        """The name of the error that ended the cell."""
        return None if self.reply["status"] == "ok" else str(self.reply.get("ename", "aborted"))


class Kernel:
    """A running kernel; cells are run one after the other."""

    def __init__(self, program: warm.Program, client: BlockingKernelClient) -> None:
        self.program, self.client = program, client

    @property
    def pid(self) -> int:
        """The process of the kernel."""
        return self.program.pid

    def run(self, source: str, *, cell: str | None = None) -> Ran:
        """Run a cell to its end; ``cell`` is its id in the notebook, as JupyterLab sends it."""
        return self.end(self.begin(source, cell=cell))

    def ok(self, source: str, *, cell: str | None = None) -> Ran:
        """Run a cell that has to work."""
        ran = self.run(source, cell=cell)
        assert ran.failed is None, "\n".join(ran.reply.get("traceback", [])) + ran.err
        return ran

    def begin(self, source: str, *, cell: str | None = None) -> str:
        """Send a cell; returns the id of the request."""
        content = {"code": source, "silent": False, "store_history": True, "allow_stdin": False}
        content |= {"user_expressions": {}, "stop_on_error": False}
        request = self.client.session.msg("execute_request", content)
        request["metadata"] = {} if cell is None else {"cellId": cell}
        self.client.shell_channel.send(request)
        return str(request["header"]["msg_id"])

    def end(self, request: str, ran: Ran | None = None) -> Ran:
        """Wait for the end of a cell that was sent."""
        ran = ran or Ran()
        begun = time.monotonic()
        while True:
            message = self.client.get_iopub_msg(timeout=PATIENCE)
            if message["parent_header"].get("msg_id") != request:
                continue
            ran.messages.append(message)
            if message["content"].get("execution_state") == "idle":
                break
        ran.seconds = time.monotonic() - begun
        ran.reply = self._reply(request)
        return ran

    def until(self, request: str, kind: str) -> Ran:
        """Wait until the running cell has sent a message of this type."""
        ran = Ran()
        while not ran.of(kind):
            message = self.client.get_iopub_msg(timeout=PATIENCE)
            if message["parent_header"].get("msg_id") == request:
                ran.messages.append(message)
        return ran

    def interrupt(self) -> None:
        """What the stop button does: SIGINT to the kernel's process."""
        self.program.send_signal(signal.SIGINT)

    def complete(self, source: str) -> list[str]:
        """What Tab offers at the end of ``source``."""
        request = self.client.complete(source)
        reply = self._reply(request)
        return [str(each) for each in reply["matches"]]

    def _reply(self, request: str) -> dict[str, Any]:
        while True:
            message = self.client.get_shell_msg(timeout=PATIENCE)
            if message["parent_header"].get("msg_id") == request:
                content: dict[str, Any] = message["content"]
                return content


@contextmanager
def kernel(folder: Path, *, load: bool = True) -> Iterator[Kernel]:
    """A kernel in ``folder``, with no key, no settings of the user's, and the extension loaded."""
    env = environment(folder)
    runtime = Path(env["JUPYTER_RUNTIME_DIR"])
    runtime.mkdir(exist_ok=True)
    where, _connection = write_connection_file(str(runtime / f"kernel-{uuid4()}.json"))
    # An interrupt while IPython writes its file of past inputs makes it print an error of its own.
    arguments = ("-f", where, "--HistoryManager.enabled=False")
    program = warm.start(KERNEL, arguments, flags=(), folder=folder, env=env)
    unread = threading.Thread(target=program.communicate)  # what is no cell's goes nowhere
    unread.start()
    client = BlockingKernelClient(connection_file=where)
    client.load_connection_file()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=PATIENCE)
        started = Kernel(program, client)
        if load:
            started.ok("%load_ext workbench")
        yield started
    finally:
        client.stop_channels()
        program.kill()
        unread.join()


def environment(folder: Path) -> dict[str, str]:
    """The machine's own environment without keys, and with Jupyter's folders below ``folder``."""
    root = str(Path(__file__).parents[1])
    ours = ("OPENAI_", "WORKBENCH_", "JUPYTER", "IPYTHON")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    own = {"IPYTHONDIR": ".ipython", "JUPYTER_RUNTIME_DIR": ".runtime"}
    own |= {"JUPYTER_CONFIG_DIR": ".config", "JUPYTER_DATA_DIR": ".data"}
    own = {name: str(folder / value) for name, value in own.items()}
    return {**kept, **own, "PYTHONPATH": os.pathsep.join(paths)}
