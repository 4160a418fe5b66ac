"""A pytest plugin: of each test at most ``--most`` runs are kept, spread over all of them.

For a second run of the same tests with other versions of the dependencies (``-p tests.sample``):
versions differ in an interface that all runs of a test use, and hardly in its eightieth one. A test
that many classes inherit is one test; which of the classes run it changes from test to test, so
that each class runs its share.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Called by pytest when the plugin is loaded."""
    parser.addoption("--most", type=int, default=2, help="runs of a test that are kept")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out, in pytest's own way, what is not in the sample."""
    most = config.getoption("--most")
    tests: dict[object, list[pytest.Item]] = defaultdict(list)
    for item in items:
        tests[getattr(item, "function", item)].append(item)
    runs = enumerate(tests.values())
    kept = {item for number, sets in runs for item in spread(sets, most, number)}
    left_out = [item for item in items if item not in kept]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item in kept]


def spread(sets: Sequence[pytest.Item], most: int, turn: int = 0) -> list[pytest.Item]:
    """At most ``most`` of ``sets``, evenly spread, beginning with another one every ``turn``."""
    if len(sets) <= most:
        return list(sets)
    places = {(turn + place * len(sets) // most) % len(sets) for place in range(most)}
    return [sets[place] for place in sorted(places)]
