"""Where the notebook is that a command is about."""

from __future__ import annotations

from pathlib import Path

from workbench.errors import InvalidValue

FIRST = Path("notebooks", "01-first-conversation.ipynb")
CLONE = Path(__file__).parents[2]
"""The folder around the package: the clone, unless the package was installed from a wheel."""


def find_tutorial() -> Path | None:
    """The first tutorial of the current folder or of the clone; None where there is neither.

    The tutorials are part of the clone, not of the wheel.
    """
    return next((p for p in (Path.cwd() / FIRST, CLONE / FIRST) if p.is_file()), None)


def named(notebook: Path, *, folder: bool = False) -> Path:
    """The absolute path of the notebook that was asked for, with ``folder`` also of a folder.

    Raises InvalidValue if there is none.
    """
    if folder and notebook.is_dir():
        return notebook.absolute()
    if notebook.suffix != ".ipynb":
        raise InvalidValue(f"{notebook} is no notebook: give the path of an .ipynb file")
    if not notebook.is_file():
        raise InvalidValue(
            f"there is no notebook {notebook}: give the path of an .ipynb file, or of a folder to "
            "begin one in (workbench lab FOLDER)"
        )
    return notebook.absolute()
