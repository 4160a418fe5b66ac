"""A pytest plugin: a run with a skipped test has failed, and says which test it was.

A suite that skips what it can't run looks green on the very machine where it tests least. The
runner loads it (``-p tests.no_skips``); expected failures are no skips.
"""

from __future__ import annotations

import pytest


class NoSkips:
    """Collects what was skipped while one run lasts."""

    def __init__(self) -> None:
        self.skipped: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            self.skipped.append(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self.skipped.append(report.nodeid)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.skipped and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.skipped:
            terminalreporter.section("skipped, and none may be", red=True)
            for name in self.skipped:
                terminalreporter.write_line(name)


def pytest_configure(config: pytest.Config) -> None:
    """Called by pytest when the plugin is loaded."""
    config.pluginmanager.register(NoSkips(), "no-skips")
