"""Run by the Python of Binder's environment: execute notebooks with the kernel that is there.

``python binder_execute.py NOTEBOOK ...`` runs two at a time, each in a new folder below this one,
and writes them there. It imports nothing of ours: the kernel is to find the package where it is
installed, and nowhere else. An error is an output like others, for the test to find.
"""

import asyncio
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient


async def execute(tutorial: Path, places: asyncio.Semaphore) -> None:
    """Run one, when there is a place for it."""
    notebook = nbformat.read(tutorial, as_version=4)
    folder = Path(tutorial.stem)
    folder.mkdir()
    client = NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        allow_errors=True,
        record_timing=False,
        coalesce_streams=True,
    )
    async with places:
        await client.async_execute()
    nbformat.write(notebook, folder / tutorial.name)


async def main(tutorials: list[Path]) -> None:
    """Run all of them."""
    places = asyncio.Semaphore(2)
    await asyncio.gather(*(execute(tutorial, places) for tutorial in tutorials))


if __name__ == "__main__":
    asyncio.run(main([Path(name) for name in sys.argv[1:]]))
