"""The files that Binder follows: which of them, in which order, and what they start."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.binder_recipe import BINDER, dockerfile, pairs, python_version, said

KERNEL = "${KERNEL_PYTHON_PREFIX}"


def test_the_python_is_named_since_binders_own_choice_is_too_old() -> None:
    minor = re.fullmatch(r"3\.(\d+)", python_version())
    assert minor
    assert int(minor[1]) >= 11
    assert f"python={python_version()}\n" in said()


def test_the_scripts_can_be_run() -> None:
    for name in ("postBuild", "start", "make-requirements"):
        assert os.access(BINDER / name, os.X_OK)


def test_redis_then_the_pins_then_the_repository_then_the_package() -> None:
    begun = next(n for n, each in enumerate(dockerfile()) if each.word == "WORKDIR")
    ours = [each for each in dockerfile()[begun:] if "src/" in each.rest or each.word == "RUN"]
    names = {"COPY": lambda rest: rest.split(maxsplit=1)[1]}
    done = [(user, names.get(word, str)(rest)) for user, word, rest in ours]
    (apt,) = [rest for _, rest in done if "apt-get install" in rest]
    assert " install --yes --no-install-recommends redis-server && " in apt
    assert done[1:] == [
        ("root", "src/binder/requirements.txt ${REPO_DIR}/binder/requirements.txt"),
        ("root", apt),
        (
            "${NB_USER}",
            f'{KERNEL}/bin/pip install --no-cache-dir -r "binder/requirements.txt"',
        ),
        ("root", "src/ ${REPO_DIR}/"),
        ("${NB_USER}", "chmod +x binder/postBuild"),
        ("${NB_USER}", "./binder/postBuild"),
        ("${NB_USER}", 'chmod +x "${REPO_DIR}/binder/start"'),
    ]


def test_the_servers_own_environment_is_the_one_that_gets_the_pins() -> None:
    environ: dict[str, str] = {}
    for _, word, rest in dockerfile():
        environ |= pairs(rest) if word == "ENV" else {}
    assert environ["KERNEL_PYTHON_PREFIX"] == "${NB_PYTHON_PREFIX}"
    assert environ["R2D_ENTRYPOINT"] == "${REPO_DIR}/binder/start"


def start(*command: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a command behind ``binder/start``."""
    shell = shutil.which("bash")
    assert shell
    return subprocess.run(
        [shell, str(BINDER / "start"), *command],
        env=os.environ | environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


SAYS = (sys.executable, "-c", "import sys; print(sys.argv[1:]); sys.exit(7)", "a b", "*")


def test_jupyter_starts_without_redis_too(tmp_path: Path) -> None:
    done = start(*SAYS, PATH=str(tmp_path))
    assert (done.returncode, done.stdout, done.stderr) == (7, "['a b', '*']\n", "")


@pytest.fixture(scope="session")
def taken() -> Iterator[int]:
    """A port that another has, to the end of all tests: Redis may try after its test has ended."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


def test_jupyter_starts_when_another_has_the_port_of_redis(taken: int) -> None:
    done = start(*SAYS, TUTORIAL_REDIS_PORT=str(taken))
    assert (done.returncode, done.stdout, done.stderr) == (7, "['a b', '*']\n", "")


def test_the_command_takes_the_place_of_the_script_and_so_gets_its_signals() -> None:
    command = [str(BINDER / "start"), sys.executable, "-c", "import os; print(os.getpid())"]
    environ = os.environ | {"TUTORIAL_REDIS_PORT": "no port"}
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert int(process.stdout.read()) == process.pid
