from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pytest

from workbench.cli.lab import Server, arguments, notice
from workbench.cli.tutorial import FIRST, find_tutorial, named
from workbench.errors import InvalidValue

NOTEBOOK = Path("/somewhere/talk.ipynb")


def test_jupyterlab_opens_the_notebook_itself() -> None:
    assert arguments(NOTEBOOK, Server(), is_root=False)[:3] == ["-m", "jupyterlab", "talk.ipynb"]


def test_without_a_notebook_jupyterlab_opens_the_folder() -> None:
    given = arguments(None, Server(), is_root=False)
    assert given == ["-m", "jupyterlab", "--ServerApp.ip=localhost"]


def test_port_browser_and_extra_arguments_reach_jupyterlab() -> None:
    server = Server(port=9001, browser=False, extra=("--LabApp.dev_mode=False",))
    given = arguments(NOTEBOOK, server, is_root=False)
    assert {"--ServerApp.port=9001", "--no-browser"} <= set(given)
    assert given[-1] == "--LabApp.dev_mode=False"


def test_the_address_that_is_printed_leads_to_the_notebook_too() -> None:
    given = arguments(Path("/somewhere/a talk.ipynb"), Server(), is_root=False)
    assert "--LabApp.default_url=/lab/tree/a%20talk.ipynb" in given


def test_root_in_a_container_can_start_on_localhost() -> None:
    assert "--allow-root" in arguments(None, Server(), is_root=True)
    assert "--allow-root" not in arguments(None, Server(), is_root=False)


def test_root_does_not_open_up_to_other_machines_unasked() -> None:
    with pytest.raises(InvalidValue, match=r"0\.0\.0\.0.*--allow-root"):
        arguments(None, Server(ip="0.0.0.0"), is_root=True)
    asked = arguments(None, Server(ip="0.0.0.0", allow_root=True), is_root=True)
    assert "--allow-root" in asked


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_that_cannot_be_is_refused_by_name(port: int) -> None:
    with pytest.raises(InvalidValue, match=f"no port {port}"):
        arguments(None, Server(port=port), is_root=False)


def test_the_notice_says_which_model_answers_and_never_the_key() -> None:
    assert "offline model" in notice(NOTEBOOK, {})
    with_key = notice(NOTEBOOK, {"OPENAI_API_KEY": "sk-secret"})
    assert "real model" in with_key
    assert "sk-secret" not in with_key


def test_a_folder_can_be_named_to_begin_notebooks_of_ones_own_in(tmp_path: Path) -> None:
    assert named(tmp_path, folder=True) == tmp_path
    assert "beside each notebook" in notice(tmp_path, {})
    with pytest.raises(InvalidValue, match="begin one in"):
        named(tmp_path / "new.ipynb", folder=True)


def test_without_a_clone_the_notice_says_where_the_tutorials_are() -> None:
    assert "clone" in notice(None, {})


def test_the_tutorial_of_the_current_folder_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / FIRST).parent.mkdir()
    (tmp_path / FIRST).touch()
    assert find_tutorial() == tmp_path / FIRST


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """`workbench lab` on a notebook of ``folder``, started from another folder."""
    nbformat.write(nbformat.v4.new_notebook(), folder / "talk.ipynb")
    home = {name: str(folder / name) for name in ("HOME", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")}
    command = [sys.executable, "-m", "workbench", "lab", str(folder / "talk.ipynb")]
    options = ["--no-browser", "--port", str(port), "--", "--IdentityProvider.token=word"]
    with subprocess.Popen(
        [*command, *options],
        env=os.environ | home,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def ask(port: int, path: str, *, seconds: float = 60) -> dict[str, object]:
    """The server's answer, once it is up."""
    end = time.monotonic() + seconds
    while True:
        try:
            request = f"http://127.0.0.1:{port}/api/{path}?token=word"
            with urllib.request.urlopen(request, timeout=10) as answer:
                return dict(json.load(answer))
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


def test_a_real_jupyterlab_serves_the_notebook_and_ends_when_told(tmp_path: Path) -> None:
    port = free_port()
    with running(tmp_path, port) as process:
        assert ask(port, "contents/talk.ipynb")["type"] == "notebook"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
