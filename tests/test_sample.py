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
"""


def test_each_test_runs_with_the_first_and_the_last_of_its_sets(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))
    pytester.makepyfile(MANY)
    done = pytester.runpytest_subprocess("-p", "tests.sample", "-v")
    done.assert_outcomes(passed=5, deselected=8)
    for each in ("many[[]0]", "many[[]9]", "two[[]0]", "two[[]1]", "test_one"):
        done.stdout.fnmatch_lines([f"*{each}*PASSED*"])


@pytest.mark.parametrize(("most", "kept"), [(1, "a"), (2, "ae"), (3, "ace"), (5, "abcde")])
def test_the_sets_that_run_are_spread_over_all(most: int, kept: str) -> None:
    assert "".join(spread("abcde", most)) == kept  # type: ignore[arg-type]
