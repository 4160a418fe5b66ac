"""Notebooks of the tests' own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import nbformat


def write_notebook(path: Path, cells: Mapping[str, str]) -> None:
    """Write a notebook of code cells to ``path``: their names, which are their ids, and sources."""
    made = [nbformat.v4.new_code_cell(source, id=name) for name, source in cells.items()]
    metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    nbformat.write(nbformat.v4.new_notebook(cells=made, metadata=metadata), path)
