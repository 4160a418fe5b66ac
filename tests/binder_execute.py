"""Run by the Python of Binder's environment: execute a notebook with the kernel that is there.

``python binder_execute.py NOTEBOOK``, in an empty folder, writes the notebook there. It imports
nothing of ours: the kernel is to find the package where it is installed, and nowhere else.
"""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

if __name__ == "__main__":
    tutorial = Path(sys.argv[1])
    notebook = nbformat.read(tutorial, as_version=4)
    client = NotebookClient(
        notebook, timeout=120, kernel_name="python3", record_timing=False, coalesce_streams=True
    )
    client.execute()
    nbformat.write(notebook, tutorial.name)
