"""One tree of errors, drawn as it is, with messages that help."""

from __future__ import annotations

import inspect
import re

import pytest

from workbench import errors
from workbench.errors import (
    CorruptItem,
    InvalidValue,
    MissingExtra,
    NotFound,
    PasswordRequired,
    StoreError,
    StoreUnusable,
    TurnFailed,
    WorkbenchError,
    nearest,
    shorten,
)

CLASSES = {
    name: each
    for name, each in inspect.getmembers(errors, inspect.isclass)
    if each.__module__ == errors.__name__
}


def drawn() -> dict[str, tuple[int, str | None]]:
    """Each name of the docstring's tree, with its depth and its second base in brackets."""
    found = {}
    for row in (errors.__doc__ or "").splitlines():
        match = re.match(r"^ {4}([│├└─ ]*)(\w+)(?: \((\w+)\))?(?:  .*)?$", row)
        if match:
            found[match[2]] = (len(match[1]) // 4, match[3])
    return found


def test_the_docstring_draws_the_tree_as_it_is() -> None:
    tree = drawn()
    assert set(tree) == set(CLASSES)
    path: list[str] = []
    for name, (depth, second) in tree.items():
        path = [*path[:depth], name]
        bases = [base.__name__ for base in CLASSES[name].__bases__]
        expected = [path[depth - 1]] if depth else ["Exception"]
        assert bases == expected + ([second] if second else [])


@pytest.mark.parametrize("name", CLASSES)
def test_every_error_is_one_of_ours_and_says_when(name: str) -> None:
    assert issubclass(CLASSES[name], WorkbenchError)
    assert CLASSES[name].__doc__


def test_errors_are_caught_as_what_people_know_them_for() -> None:
    assert issubclass(InvalidValue, ValueError)
    assert issubclass(NotFound, LookupError)
    assert issubclass(MissingExtra, ImportError)
    assert not issubclass(StoreError, ValueError)
    assert issubclass(PasswordRequired, StoreUnusable)


def test_a_corrupt_item_says_where_it_is() -> None:
    error = CorruptItem("demo", 3, "row 9 holds no valid item")
    assert (error.session_id, error.position) == ("demo", 3)
    assert "item 3 of session 'demo'" in str(error)
    assert "left as it is" in str(error)
    assert "an item of session" in str(CorruptItem("demo", None, "reason"))


def test_a_failed_turn_carries_its_turn() -> None:
    turn = object()
    assert TurnFailed("failed", turn).turn is turn
    assert TurnFailed("failed").turn is None


def test_a_long_name_is_shortened_and_a_hostile_one_quoted() -> None:
    assert shorten("demo") == "'demo'"
    assert shorten("a\n'b\x1b[31m") == repr("a\n'b\x1b[31m")
    long = shorten("x" * 10_000)
    assert len(long) < 80
    assert "10000 characters" in long


@pytest.mark.parametrize(
    ("name", "known", "said"),
    [
        ("dmeo", ["demo", "other"], "did you mean 'demo'?"),
        ("zzz", ["b", "a"], "known sessions: 'a', 'b'"),
        ("zzz", [], "there are no sessions yet"),
        ("zzz", [f"n{number}" for number in range(20)], "..."),
    ],
)
def test_a_wrong_name_is_told_the_nearest(name: str, known: list[str], said: str) -> None:
    assert said in nearest(name, known, plural="sessions")
    assert len(nearest(name, known, plural="sessions")) < 200
