"""``workbench lab --check``: the notebook run in a clean place, then read back by a new process.

The notebook is copied to a temporary folder and executed there by nbclient, which is what
``nbconvert --execute`` uses too. Settings that would reach a paid model, or conversations that are
already there, are kept from it. What it left behind is then read by a process of its own: so the
check also shows that a conversation outlives its kernel.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from workbench.cli.tutorial import find_tutorial, named
from workbench.errors import InvalidValue, WorkbenchError, shorten

if TYPE_CHECKING:
    from nbformat import NotebookNode

SECONDS_A_CELL = 300
REAL_MODEL = ("OPENAI_API_KEY", "OPENAI_BASE_URL")


def check(notebook: Path | None = None) -> None:
    """Run ``notebook`` (the first tutorial by default) and print the conversations it made.

    Raises WorkbenchError, in one line, for the first cell that fails.
    """
    source = named(notebook) if notebook else find_tutorial()
    if source is None:
        raise InvalidValue(
            "the tutorials come with a clone of the repository: run this there, or name a notebook"
        )
    with TemporaryDirectory(prefix="workbench-check-", ignore_cleanup_errors=True) as folder:
        copy = Path(shutil.copy(source, folder))
        environ = clean_environment(os.environ, Path(folder))
        cells = execute(copy, environ)
        print(f"{source.name}: {cells} code cells ran, none failed. The conversations, read back:")
        sys.stdout.flush()
        read_back(copy.parent, environ)


def clean_environment(environ: os._Environ[str] | dict[str, str], folder: Path) -> dict[str, str]:
    """``environ`` without a way to a real model, with our files and IPython's in ``folder``."""
    kept = {name: value for name, value in environ.items() if name not in REAL_MODEL}
    return kept | {
        "WORKBENCH_HOME": str(folder / ".workbench"),
        "IPYTHONDIR": str(folder / ".ipython"),
    }


def execute(path: Path, environ: dict[str, str]) -> int:
    """Execute the notebook in its folder and return how many code cells it has."""
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    notebook = read(path)
    started: list[int] = []
    client = NotebookClient(
        notebook,
        timeout=SECONDS_A_CELL,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        on_cell_execute=lambda cell, cell_index: started.append(cell_index),
    )
    log = path.with_suffix(".log")
    try:
        with log.open("wb") as stderr:
            client.execute(env=environ, stderr=stderr)
    except CellExecutionError as error:
        raise failed(notebook, started, f"{error.ename}: {first_line(error.evalue)}") from error
    except CellTimeoutError as error:
        raise failed(notebook, started, f"no end after {SECONDS_A_CELL} s") from error
    except DeadKernelError as error:
        raise failed(notebook, started, kernel_died(log)) from error
    nbformat.write(notebook, path)
    return len(code_cells(notebook))


def kernel_died(log: Path) -> str:
    """Why there is no kernel any more, with the last word of its log if it had one."""
    lines = log.read_text("utf-8", "replace").split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    return f"the kernel died: {last}" if last else "the kernel died"


def read(path: Path) -> NotebookNode:
    """The notebook, with what an older format lacks; raises WorkbenchError if it is none."""
    import nbformat

    try:
        notebook: NotebookNode = nbformat.read(path, as_version=4)
    except (nbformat.reader.NotJSONError, nbformat.ValidationError, UnicodeDecodeError) as error:
        raise WorkbenchError(f"{path.name} is not a notebook that can be read") from error
    return notebook


def failed(notebook: NotebookNode, started: list[int], reason: str) -> WorkbenchError:
    """The error for the code cell that was started last."""
    places = code_cells(notebook)
    place = places.index(started[-1]) + 1 if started else 0
    source = first_line(notebook.cells[started[-1]].source) if started else ""
    return WorkbenchError(f"code cell {place} ({shorten(source)}) failed: {reason}")


def code_cells(notebook: NotebookNode) -> list[int]:
    """Positions of the code cells that hold something to run."""
    return [i for i, c in enumerate(notebook.cells) if c.cell_type == "code" and c.source.strip()]


def first_line(text: str) -> str:
    """The first line of ``text`` that is not empty."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


def read_back(folder: Path, environ: dict[str, str]) -> None:
    """Print the conversations kept in ``folder``, from a new process."""
    command = [sys.executable, "-m", "workbench.cli.transcript"]
    done = subprocess.run(command, cwd=folder, env=environ, check=False)
    if done.returncode:
        raise WorkbenchError("the notebook ran, but its conversations could not be read back")
