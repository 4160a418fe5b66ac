"""Running a tutorial where nothing has run before, and comparing what it puts out."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

from tests.notebook_kernel import environment
from tests.notebooks.pictures import Picture, know_fonts

ROOT = Path(__file__).parents[2]
NOTEBOOKS = ROOT / "notebooks"
TUTORIALS = sorted(NOTEBOOKS.glob("[0-9][0-9]-*.ipynb"))

SECONDS_A_CELL = 120

CHANGING = (
    (re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:\+00:00| UTC)?"), "<time>"),
    (re.compile(r"\b20\d\d-\d\d-\d\d\b"), "<day>"),
    (re.compile(r"\b\d+ min \d+ s\b|\b\d+(?:\.\d+)? m?s\b"), "<seconds>"),
    (re.compile(r"\b(?:\w+_offline_)?[0-9a-f]{32}\b"), "<id>"),
    (re.compile(r"\b(key|with) [0-9a-f]{8}\b"), r"\1 <key id>"),
    (re.compile(r"\b(?:conv|msg)\\?_[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "<id>"),
    (re.compile(r"\b(127\.0\.0\.1|localhost):\d{5}\b"), r"\1:<port>"),
    (re.compile(r"(\[time\]|>time</th>).*"), r"\1"),
    (re.compile(r"[ \t]+"), " "),
)
"""What two runs of one notebook may differ in: times, days, seconds, ids (of keys too), the ports
of servers that it starts (they stand below each turn), whether two seconds in a comparison are the
same (it says them once then), and columns as wide as all these.
"""

NOWHERE = "http://127.0.0.1:9"
ALONE = {
    "REDIS_URL": "",
    **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "https_proxy"), NOWHERE),
    **dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost"),
}
"""A tutorial is to start servers of its own, whatever runs on the machine, and reaches no other
machine: what it would ask there goes to a port where nobody listens.
"""


def read(path: Path) -> NotebookNode:
    """A notebook as it is stored."""
    return nbformat.read(path, as_version=4)


def run(tutorial: Path, folder: Path) -> NotebookNode:
    """Execute a copy of ``tutorial`` in ``folder`` with a new kernel, no key and no settings."""
    notebook = read(Path(shutil.copy(tutorial, folder)))
    know_fonts()
    for cell in code_cells(notebook):
        cell.outputs, cell.execution_count = [], None
    NotebookClient(
        notebook,
        timeout=SECONDS_A_CELL,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        record_timing=False,
        coalesce_streams=True,
    ).execute(env=environment(folder) | ALONE)
    return notebook


def code_cells(notebook: NotebookNode) -> Iterator[NotebookNode]:
    """The cells that run."""
    return (cell for cell in notebook.cells if cell.cell_type == "code")


def cell(notebook: NotebookNode, identity: str) -> NotebookNode:
    """The cell with that id."""
    return next(each for each in notebook.cells if each.id == identity)


def shown(notebook: NotebookNode, identity: str) -> str:
    """What a cell has put out, as plain text."""
    return "\n".join(_plain(output) for output in cell(notebook, identity).outputs)


def _plain(output: NotebookNode) -> str:
    return str(output["text"] if "text" in output else output["data"]["text/plain"])


def is_panel(data: dict[str, str]) -> bool:
    """Whether an output is a panel's static form."""
    return "workbench-place" in data.get("text/html", "")


def is_turn(data: dict[str, str]) -> bool:
    """Whether an output is a turn as a cell shows it."""
    return "workbench-footer" in data.get("text/html", "") and not is_panel(data)


def steady(outputs: Any) -> Any:
    """``outputs`` without what changes from run to run."""
    if isinstance(outputs, dict):
        return {k: _steady(k, v) for k, v in outputs.items() if k != "execution_count"}
    if isinstance(outputs, list):
        return [steady(each) for each in outputs]
    if isinstance(outputs, str):
        for pattern, word in CHANGING:
            outputs = pattern.sub(word, outputs)
    return outputs


def _steady(kind: str, output: Any) -> Any:
    return Picture(output) if kind == "image/png" else steady(output)
