"""Binder's image, made in a folder: each instruction of repo2docker's Dockerfile, in its order.

Only root's part is stood in for, since it is the same for every repository and needs Docker: in
place of conda's base there is an environment with the same versions of the same Python packages
(an older JupyterLab among them), and the machine's own programs in place of Ubuntu's.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import redis
from nbformat import NotebookNode

from tests.binder_recipe import (
    ENTRYPOINT,
    ROOT,
    USER,
    base_packages,
    base_versions,
    dockerfile,
    filled,
    pairs,
    python_version,
)
from tests.notebooks.running import ALONE, read
from tests.setup_system import program

LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "__pycache__", ".*cache", ".workbench", "node_modules"
)
OURS = ("OPENAI_", "WORKBENCH_", "JUPYTER", "IPYTHON", "PYTHON", "VIRTUAL_ENV")
"""What of this process's environment is not the image's."""

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""Where an image has its programs, before anything is added."""


class Image:
    """The folders and the variables of the image; ``folder`` stands for its root."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environ = {k: v for k, v in os.environ.items() if not k.startswith(OURS)}
        self.environ["PATH"] = os.pathsep.join([PATH, str(Path(program("redis-server")).parent)])
        self.environ["NB_USER"] = USER
        # Compiling all packages takes longer than installing them; these are used once.
        self.environ["PIP_NO_COMPILE"] = "1"
        self.command: list[str] = []
        """What the container runs when nothing else is said."""
        self.copied: set[str] = set()
        """The files in the home folder before anything is run there."""
        self.built: set[str] = set()
        """The same when it is built."""

    @property
    def home(self) -> Path:
        """The folder of the user, which is also the repository's."""
        return Path(self.environ["REPO_DIR"])

    @property
    def python(self) -> Path:
        """The Python of the server and of the kernels."""
        return Path(self.environ["KERNEL_PYTHON_PREFIX"], "bin", "python")

    def build(self) -> None:
        """Carry out the Dockerfile; root's commands are those that `base` stands for."""
        for user, word, rest in dockerfile():
            if word in ("ENV", "ARG"):
                self.set(pairs(rest))
            elif word == "WORKDIR":
                self.home.mkdir(parents=True)
                self.base()
            elif word == "COPY":
                self.copy(*rest.split()[-2:])
            elif word == "RUN" and user != "root":
                self.run("bash", "-c", rest)
            elif word == "CMD":
                self.command = json.loads(rest)
        self.built = self.files()

    def files(self) -> set[str]:
        """All files in the home folder, by their names there."""
        found = (path for path in self.home.rglob("*") if path.is_file())
        return {path.relative_to(self.home).as_posix() for path in found}

    def set(self, variables: Mapping[str, str]) -> None:
        """Set variables; a path of the image lies below `folder`."""
        for name, text in variables.items():
            value = filled(text, self.environ)
            inside = value.startswith(("/srv", "/home"))
            self.environ[name] = f"{self.folder}{value}" if inside else value

    def base(self) -> None:
        """An environment as conda makes it, out of the same versions from PyPI."""
        pinned = self.folder / "base.txt"
        pinned.write_text("\n".join(map("==".join, base_versions().items())))
        uv("venv", "--python", binder_python(), self.environ["KERNEL_PYTHON_PREFIX"])
        uv("pip", "install", "--python", str(self.python), "-c", str(pinned), *base_packages())

    def copy(self, source: str, target: str) -> None:
        """Copy what is the repository's."""
        if source == "src/":
            shutil.copytree(ROOT, self.home, ignore=LEFT_OUT, dirs_exist_ok=True)
            self.copied = self.files()
        elif source.startswith("src/"):
            where = Path(filled(target, self.environ))
            where.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / source.removeprefix("src/"), where)

    def run(self, *command: str | Path, folder: Path | None = None, **more: str) -> str:
        """Run a command to its end as the image's user would; returns what it printed."""
        done = subprocess.run(
            command,
            cwd=folder or self.home,
            env=self.environ | more,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        return done.stdout

    @contextmanager
    def container(self, port: int, redis_port: int) -> Iterator[None]:
        """The container as repo2docker starts it, with Jupyter's server on ``port``."""
        command = ["127.0.0.1" if each == "0.0.0.0" else each for each in self.command]
        options = [f"--port={port}", "--no-browser", "--allow-root", "--IdentityProvider.token="]
        process = subprocess.Popen(
            [self.python, ENTRYPOINT, *command, *options],
            cwd=self.home,
            env=self.environ | {"TUTORIAL_REDIS_PORT": str(redis_port)},
            stdin=subprocess.DEVNULL,
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait(30)
            with redis.Redis(port=redis_port) as server:
                server.shutdown(nosave=True)

    def execute(self, tutorials: list[Path], redis_port: int) -> dict[str, NotebookNode]:
        """Run copies of tutorials, each in an empty folder, with nothing to reach but this machine.

        Returns them as they are then, by their names.
        """
        driver = Path(__file__).with_name("binder_execute.py")
        alone = ALONE | {"REDIS_URL": f"redis://127.0.0.1:{redis_port}"}
        with TemporaryDirectory(dir=self.folder) as folder:
            self.run(self.python, driver, *tutorials, folder=Path(folder), **alone)
            return {each.stem: read(Path(folder, each.stem, each.name)) for each in tutorials}


def uv(*arguments: str) -> None:
    """Run uv."""
    subprocess.run([sys.executable, "-m", "uv", "--quiet", *arguments], check=True)


def binder_python() -> str:
    """The Python that Binder would use if this machine has it, else the one that runs this."""
    minor = python_version()
    if minor == f"{sys.version_info.major}.{sys.version_info.minor}":
        return sys.executable
    found = shutil.which(f"python{minor}")
    works = found and subprocess.run([found, "-c", ""], check=False).returncode == 0
    chosen = found if found and works else sys.executable
    print(f"Binder wants Python {minor}; tested with {chosen}")
    return chosen
