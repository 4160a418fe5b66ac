"""What SECURITY.md and CONTRIBUTING.md name is there: files, tests, commands, rooms."""

from __future__ import annotations

import ast
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

import workbench
from tests.test_layers import ROOMS

ROOT = Path(__file__).parents[1]
# With the oldest versions the package is an installed wheel, not a folder of the clone.
ROOTS = (ROOT, Path(workbench.__file__).parents[1])
DOCUMENTS = ("SECURITY.md", "CONTRIBUTING.md")

NAMED_TEST = re.compile(r"`([\w/]+\.py)::(\w+)`")
LINK = re.compile(r"\]\(([^)#:]+)\)")
PATH = re.compile(r"`((?:workbench|tests|notebooks|binder)/[\w./-]*)`")
COMMAND = re.compile(r"python -m (tests[\w.]*|workbench)\b")
ROOM = re.compile(r"^\| `(\w+)` \| ([^|]*) \|", re.MULTILINE)


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
    named = {path for path in named if not re.search(r"\bN(?:AME|N)\b|_N(?:AME|N)", path)}
    assert not {path for path in named if not is_there(path)}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_command_that_is_named_is_there(name: str) -> None:
    assert not {each for each in COMMAND.findall(text_of(name)) if find_spec(each) is None}


def groups(text: str) -> dict[str, set[str]]:
    """The names that stand for several rooms, as the paragraph above the table says."""
    found: dict[str, set[str]] = {}
    paragraph = text[text.index("*base* is") :].split("\n\n")[0]
    for part in paragraph.split(";"):
        name, _is, members = part.partition("* is ")
        found[name.strip(" *\n")] = expanded(members, found)
    return found


def expanded(words: str, known: dict[str, set[str]]) -> set[str]:
    plain = set(re.sub(r"`[^`]*`", "", words).replace(",", " ").split())
    grouped = [known[word] for word in plain & known.keys()]
    return set(re.findall(r"`(\w+)`", words)).union(*grouped)


def test_the_table_of_rooms_is_the_one_that_the_tests_hold() -> None:
    text = text_of("CONTRIBUTING.md")
    known = groups(text)
    table = {room: expanded(words, known) for room, words in ROOM.findall(text)}
    assert table == ROOMS
    assert list(table) == list(ROOMS)
