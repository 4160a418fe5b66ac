from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.notebook_shell import Shell, notebook_shell

TOOL = """\
from agents import Agent, function_tool

@function_tool(failure_error_function=None)
def divide(by: int) -> float:
    return 1 / by

broken = Agent(name="Broken", tools=[divide], model=wb.OfflineModel())"""


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    with notebook_shell() as shell:
        shell.ok("import workbench as wb")
        yield shell


def test_a_mistake_shows_the_cell_and_one_sentence_and_nothing_of_the_way_between(
    shell: Shell,
) -> None:
    ran = shell.run("def look():\n    return wb.history('dmeo')\nlook()")
    assert "look()" in ran.out
    assert "UnknownSession: there is no session 'dmeo'" in ran.out
    assert "workbench/" not in ran.out
    assert "Error" not in ran.out
    assert len(ran.out.strip().splitlines()) < 16
    assert ran.error is not None
    assert ran.error.__traceback__ is not None
    steps = ran.error.__traceback__
    while steps.tb_next is not None:
        steps = steps.tb_next
    assert "registry.py" in steps.tb_frame.f_code.co_filename, "the error itself is whole"


def test_a_mistyped_name_of_the_package_shows_the_cell_and_the_nearest_name(shell: Shell) -> None:
    ran = shell.run("wb.histroy('demo')")
    assert "UnknownName: module 'workbench' has no attribute 'histroy'; did you mean" in ran.out
    assert "__init__.py" not in ran.out
    shell.ok("assert not hasattr(wb, 'histroy')")


def test_a_tool_of_ones_own_that_fails_shows_its_line_and_nothing_of_the_sdk(shell: Shell) -> None:
    shell.ok(TOOL)
    ran = shell.run("wb.ask('demo', 'Use divide by 0', agent=broken)")
    assert "----> 5     return 1 / by" in ran.out
    assert "ZeroDivisionError: division by zero" in ran.out
    assert "TurnFailed: the turn failed" in ran.out
    assert "site-packages" not in ran.out
    assert ran.error is not None
    assert "divide" in str(ran.error.__cause__)


def test_every_step_is_there_for_who_asks(shell: Shell) -> None:
    shell.ok("%xmode Verbose")
    assert "registry.py" in shell.run("wb.history('dmeo')").out
    shell.ok("%xmode Minimal")
    assert shell.run("wb.history('dmeo')").out.startswith("UnknownSession: there is no session")
