"""The contract run on a store from a notebook or a script, and what came of it."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from workbench.protocols import Store
from workbench.testing import explain_asserts

SUITE = Path(__file__).with_name("suite.py")


@dataclass(frozen=True, slots=True)
class Checked:
    """How many tests of the suite a store ``passed``, and the message of each that it ``failed``.

    The messages are pytest's, by the name of the test.
    """

    passed: int
    failed: dict[str, str] = field(repr=False)

    @property
    def ok(self) -> bool:
        """Whether all of them passed."""
        return not self.failed and self.passed > 0

    def __str__(self) -> str:
        if self.ok:
            return f"All {self.passed} tests passed."
        lines = [f"{name}: {why}" for name, why in self.failed.items()]
        return "\n".join([f"{self.passed} tests passed, {len(lines)} failed:", *lines])


def check(make_store: Callable[[Path], Store]) -> Checked:
    """Run `workbench.testing.SessionContract` on the sessions of a store.

    ``make_store(folder)`` is called for each test and makes a store that holds nothing; ``folder``
    is an empty one for whatever it likes to keep there. Nothing is printed. It takes some seconds.
    """
    with TemporaryDirectory(prefix="workbench-", ignore_cleanup_errors=True) as folder:
        tests = _Tests(make_store)
        # The tests run loops of their own, which the thread of a notebook's cell does not allow.
        with ThreadPoolExecutor(1) as pool:
            pool.submit(pytest.main, [*_arguments(folder), str(SUITE)], [tests]).result()
    return Checked(tests.passed, tests.failed)


def _arguments(folder: str) -> list[str]:
    """pytest without settings, plugins and output of whoever runs this."""
    return [
        *("-c", os.devnull, "--rootdir", folder, "--basetemp", str(Path(folder, "tests"))),
        *("--noconftest", "--disable-plugin-autoload", "--import-mode=importlib"),
        *("-p", "no:terminal", "-p", "no:cacheprovider", "-p", "no:faulthandler"),
        "--capture=no",
    ]


class _Tests:
    """A plugin of pytest: gives the tests their stores, and counts."""

    def __init__(self, make_store: Callable[[Path], Store]) -> None:
        self._make_store = make_store
        self.passed = 0
        self.failed: dict[str, str] = {}

    @pytest.fixture
    def make_store(self) -> Callable[[Path], Store]:
        """What `check` was given."""
        return self._make_store

    def pytest_configure(self) -> None:
        """Before the suite is imported."""
        explain_asserts()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test has passed, or has failed at its begin, in itself or at its end."""
        name = report.nodeid.rpartition("::")[2]
        if report.failed:
            self.failed[name] = _message(report)
        elif report.when == "call":
            self.passed += 1

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """The suite itself could not be read."""
        if report.failed:
            self.failed[report.nodeid] = str(report.longrepr)


def _message(report: pytest.TestReport) -> str:
    """The first line of what went wrong."""
    crash = getattr(report.longrepr, "reprcrash", None)
    text = str(report.longrepr if crash is None else crash.message)
    return (text.splitlines() or [""])[0]
