"""A JupyterLab of our own: its server, in a folder with a home of its own."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.notebook_kernel import environment

SETTINGS = {
    "@jupyterlab/notebook-extension/tracker.jupyterlab-settings": {"windowingMode": "none"},
    "@jupyterlab/apputils-extension/notification.jupyterlab-settings": {"fetchNews": "false"},
}
"""Cells that are scrolled away stay in the page, and nothing asks about news."""

OPTIONS = (
    "--no-browser",
    "--allow-root",
    "--ip=127.0.0.1",
    "--IdentityProvider.token=",
    "--ServerApp.password=",
    "--ServerApp.disable_check_xsrf=True",
    "--LabApp.expose_app_in_browser=True",
    "--JupyterNotebookApp.expose_app_in_browser=True",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
)


@contextmanager
def running(folder: Path, home: Path, *, seconds: float = 60) -> Iterator[str]:
    """Start JupyterLab on the files of ``folder`` and yield its address; ``home`` is its own."""
    settings(home / "settings")
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "jupyterlab", *OPTIONS, f"--port={port}"]
    with (home / "server.log").open("wb") as log:
        server = subprocess.Popen(
            command, cwd=folder, env=own_environment(home), stdout=log, stderr=subprocess.STDOUT
        )
        try:
            wait_until_up(server, address, seconds, home / "server.log")
            yield address
        finally:
            server.terminate()
            try:
                # One that is told to end while a kernel starts again never does. Kernels end by
                # themselves when their server is gone.
                server.wait(5)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def own_environment(home: Path) -> dict[str, str]:
    """The environment of a user who has set nothing, whose home is ``home``."""
    return environment(home) | {
        "HOME": str(home),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
    }


def settings(folder: Path) -> None:
    """Write the user settings of JupyterLab."""
    for name, values in SETTINGS.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))


def free_port() -> int:
    """A port that nothing listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_up(server: subprocess.Popen[bytes], address: str, seconds: float, log: Path) -> None:
    """Return when the server answers; raise with its log when it does not."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/api/status", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text('utf-8', 'replace')[-3000:]}")
