"""What SECURITY.md names is there: files, tests, commands."""

from __future__ import annotations

import ast
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

import workbench

ROOT = Path(__file__).parents[1]
# With the oldest versions the package is an installed wheel, not a folder of the clone.
ROOTS = (ROOT, Path(workbench.__file__).parents[1])
DOCUMENTS = ("SECURITY.md",)

NAMED_TEST = re.compile(r"`([\w/]+\.py)::(\w+)`")
LINK = re.compile(r"\]\(([^)#:]+)\)")
PATH = re.compile(r"`((?:workbench|tests|notebooks|binder)/[\w./-]*)`")
COMMAND = re.compile(r"python -m (tests[\w.]*|workbench)\b")


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@cache
def functions(path: Path) -> frozenset[str]:
    """The names of all functions in a file, those of classes too."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return frozenset(n.name for n in nodes if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))


def is_there(path: str) -> bool:
    return any((root / path).exists() for root in ROOTS)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_test_that_is_named_is_there(name: str) -> None:
    named = NAMED_TEST.findall(text_of(name))
    assert named
    missing = [
        f"{path}::{test}"
        for path, test in named
        if not (ROOT / "tests" / path).is_file() or test not in functions(ROOT / "tests" / path)
    ]
    assert not missing


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_file_that_is_named_is_there(name: str) -> None:
    named = {*LINK.findall(text_of(name)), *PATH.findall(text_of(name))}
    assert named
    # The sources of the panels' scripts are part of the clone, and not of the wheel.
    elsewhere = "" if (ROOT / "workbench").is_dir() else "workbench/widgets/js/"
    named = {path for path in named if not (elsewhere and path.startswith(elsewhere))}
    assert not {path for path in named if not is_there(path)}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_command_that_is_named_is_there(name: str) -> None:
    assert not {each for each in COMMAND.findall(text_of(name)) if find_spec(each) is None}
