from __future__ import annotations

from pathlib import Path

import pytest

from tests.sample import spread

pytest_plugins = ["pytester"]

MANY = """
import pytest

@pytest.mark.parametrize("number", range(10))
def test_many(number): pass

@pytest.mark.parametrize("number", range(2))
class TestClass:
    def test_two(self, number): pass

def test_one(): pass

class Contract:
    def test_inherited(self): pass

class TestA(Contract): pass
class TestB(Contract): pass
class TestC(Contract): pass
"""


def test_each_test_runs_a_few_times(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))
    pytester.makepyfile(MANY)
    done = pytester.runpytest_subprocess("-p", "tests.sample", "-v")
    done.assert_outcomes(passed=7, deselected=9)
    for each in ("many[[]0]", "many[[]5]", "two[[]0]", "two[[]1]", "test_one"):
        done.stdout.fnmatch_lines([f"*{each}*PASSED*"])
    done.stdout.fnmatch_lines(["*TestA::test_inherited*PASSED*", "*TestB::test_inherited*PASSED*"])


@pytest.mark.parametrize(
    ("most", "turn", "kept"),
    [(1, 0, "a"), (2, 0, "ac"), (2, 1, "bd"), (2, 4, "be"), (3, 0, "abd"), (5, 3, "abcde")],
)
def test_the_runs_are_spread_over_all(most: int, turn: int, kept: str) -> None:
    assert "".join(spread("abcde", most, turn)) == kept  # type: ignore[arg-type]


def test_every_one_of_many_has_its_turn() -> None:
    assert {each for turn in range(5) for each in spread("abcde", 2, turn)} == set("abcde")  # type: ignore[arg-type,comparison-overlap]
