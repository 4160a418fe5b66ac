"""A pytest plugin: files of tests that need a package which is not installed here are left out.

For a run in an environment with less than the tests' own (``-p tests.importable``). A file counts
with what it imports anywhere in it, and with the modules of ``tests`` that it imports; a package of
the tests themselves is always there. So what is left out depends on imports alone, and a test that
fails is a failure.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parents[1]

LAZY = {"agents.extensions.memory.SQLAlchemySession": "sqlalchemy"}
"""What a package that is installed gives only if another one is."""


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Called by pytest for each file and folder; None leaves it to others."""
    if not (collection_path.name.startswith("test_") and collection_path.suffix == ".py"):
        return None
    return True if missing(collection_path) else None


def missing(path: Path) -> set[str]:
    """The packages that ``path`` needs and that are not installed."""
    return {name for name in needs(path, frozenset()) if not is_installed(name)}


def needs(path: Path, above: frozenset[Path]) -> Iterator[str]:
    """The top-level packages that a file imports, and those of its own modules with it."""
    for name in imports(path):
        own = module_file(name)
        if own is None:
            yield name.partition(".")[0]
        elif own not in above:
            yield from needs(own, above | {path})


@cache
def imports(path: Path) -> frozenset[str]:
    """The dotted names that a file imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found.update(
                {LAZY.get(each, each) for each in inner if module_file(each) or each in LAZY}
            )
            found.add(node.module)
    return frozenset(found)


def module_file(name: str) -> Path | None:
    """The file of a module of ``tests``; None for any other."""
    if name.partition(".")[0] != "tests":
        return None
    path = ROOT / Path(*name.split("."))
    found = (path.with_suffix(".py"), path / "__init__.py")
    return next((each for each in found if each.is_file()), None)


@cache
def is_installed(name: str) -> bool:
    """Whether a top-level package can be imported."""
    return name == "tests" or find_spec(name) is not None
