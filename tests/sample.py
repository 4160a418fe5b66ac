"""A pytest plugin: of each test at most ``--most`` parameter sets run, spread over all of them.

For a second run of the same tests with other versions of the dependencies (``-p tests.sample``):
versions differ in an interface that all sets of a test use, and hardly in its eightieth one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Called by pytest when the plugin is loaded."""
    parser.addoption("--most", type=int, default=2, help="parameter sets of a test that are run")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out, in pytest's own way, what is not in the sample."""
    most = config.getoption("--most")
    tests: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        tests[item.nodeid.partition("[")[0]].append(item)
    kept = {item for sets in tests.values() for item in spread(sets, most)}
    left_out = [item for item in items if item not in kept]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item in kept]


def spread(sets: Sequence[pytest.Item], most: int) -> list[pytest.Item]:
    """At most ``most`` of ``sets``: the first, the last, and others evenly between them."""
    if len(sets) <= most:
        return list(sets)
    step = (len(sets) - 1) / max(most - 1, 1)
    return [sets[round(place * step)] for place in range(most)]
