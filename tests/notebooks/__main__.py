"""``python -m tests.notebooks``: run the tutorials and store them with their outputs.

Outputs that differ from the stored ones in nothing but times and ids stay as they are stored, so
that storing again changes only what has changed. Name notebooks to store only those.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from nbformat import NotebookNode

from tests.notebooks.running import TUTORIALS, code_cells, read, run, steady

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"},
}
"""Nothing of the Python that happened to run it."""


def main(names: list[str]) -> int:
    """Store the tutorials called ``names``, or all."""
    for tutorial in [Path(name) for name in names] or TUTORIALS:
        store(tutorial)
    return 0


def store(tutorial: Path) -> None:
    """Run one and write it with the outputs of this run, but for those that are the same."""
    with TemporaryDirectory(prefix="workbench-store-", ignore_cleanup_errors=True) as folder:
        fresh = run(tutorial, Path(folder))
    kept = keep(fresh, read(tutorial))
    fresh.metadata = nbformat.from_dict(METADATA)
    nbformat.validate(fresh)
    nbformat.write(fresh, tutorial)
    total = sum(1 for _ in code_cells(fresh))
    print(f"{tutorial.name}: {total} code cells ran, {total - kept} outputs have changed")


def keep(fresh: NotebookNode, stored: NotebookNode) -> int:
    """Put stored outputs in place of fresh ones that say the same; returns how many."""
    before = {each.id: each.outputs for each in code_cells(stored)}
    same = [
        each for each in code_cells(fresh) if steady(each.outputs) == steady(before.get(each.id))
    ]
    for each in same:
        each.outputs = before[each.id]
        for output in each.outputs:
            if "execution_count" in output:
                output.execution_count = each.execution_count
    return len(same)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
