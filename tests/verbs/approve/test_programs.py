"""Several programs: a new kernel, two that decide at once, and one that is killed on the way."""

from __future__ import annotations

from pathlib import Path

import pytest

import workbench as wb
from tests.script import finish, line, start
from tests.verbs.approve.tools import Tools
from workbench.errors import InvalidValue

AGENT = """
import sys, time
from pathlib import Path
import workbench as wb
from agents import Agent, function_tool
from workbench.models.offline import OfflineModel

@function_tool(needs_approval=True)
def erase(name: str) -> str:
    '''Erase a file.'''
    with open("done.txt", "a") as file:
        print(name, file=file)
    if name == "slow":
        print("erasing", flush=True)
        time.sleep(600)
    return f"erased {name}"

class Hangs(OfflineModel):
    '''Never answers once a tool has.'''
    async def get_response(self, *args, **kwargs):
        given = kwargs.get("input") or args[1]
        if given[-1].get("type") == "function_call_output" and "hangs" in sys.argv:
            print("asked", flush=True)
            time.sleep(600)
        return await super().get_response(*args, **kwargs)

ada = Agent(name="Ada", model=Hangs(), tools=[erase])
"""
APPROVES = (
    AGENT
    + """
from workbench.errors import WorkbenchError
print("ready", flush=True)
sys.stdin.readline()
try:
    print(wb.approve("demo", stream=False).status, flush=True)
except WorkbenchError as exc:
    print(type(exc).__name__, exc, flush=True)
"""
)


@pytest.fixture
def env(workbench_home: Path) -> dict[str, str]:
    return {"WORKBENCH_HOME": str(workbench_home)}


def done(folder: Path) -> list[str]:
    """What the tool has really done, in whatever program."""
    file = folder / "done.txt"
    return file.read_text().split() if file.exists() else []


def test_a_new_kernel_goes_on_with_an_agent_it_defines_itself(
    tmp_path: Path, env: dict[str, str]
) -> None:
    wb.ask("demo", "Call erase with name='x.txt'", agent=Tools().agent())
    assert list(wb.pending()["tool"]) == ["erase"]
    assert finish(start(APPROVES, folder=tmp_path, env=env), answer="\n").split() == [
        "ready",
        "done",
    ]
    assert done(tmp_path) == ["x.txt"]
    assert list(wb.turns("demo")["status"]) == ["done", "done"]


def test_of_two_that_approve_at_once_one_goes_on(tmp_path: Path, env: dict[str, str]) -> None:
    wb.ask("demo", "Call erase with name='x.txt'", agent=Tools().agent())
    running = [start(APPROVES, folder=tmp_path, env=env) for _ in range(2)]
    assert [line(each) for each in running] == ["ready"] * 2
    for each in running:
        assert each.stdin is not None
        each.stdin.write("\n")
        each.stdin.flush()
    told = [finish(each).strip() for each in running]
    assert sum(each == "done" for each in told) == 1
    assert all(each == "done" or each.startswith("InvalidValue") for each in told), told
    assert done(tmp_path) == ["x.txt"]


def test_killed_while_the_tool_runs_it_says_that_it_may_have_run(
    tmp_path: Path, env: dict[str, str]
) -> None:
    wb.ask("demo", "Call erase with name='slow'", agent=Tools().agent())
    running = start(APPROVES, folder=tmp_path, env=env)
    assert line(running) == "ready"
    assert running.stdin is not None
    running.stdin.write("\n")
    running.stdin.flush()
    assert line(running) == "erasing"
    running.kill()
    running.communicate()
    assert list(wb.pending()["status"]) == ["started"]
    said = f"process {running.pid} on .* has not ended, or was cut off: the tool may have done"
    with pytest.raises(InvalidValue, match=said):
        wb.approve("demo")
    again = APPROVES.replace('wb.approve("demo"', 'wb.reject("demo", again=True')
    assert "done" in finish(start(again, folder=tmp_path, env=env), answer="\n")
    assert done(tmp_path) == ["slow"]
    assert len(wb.pending()) == 0


def test_killed_when_the_tool_has_answered_nothing_waits_any_more(
    tmp_path: Path, env: dict[str, str]
) -> None:
    wb.ask("demo", "Call erase with name='x.txt'", agent=Tools().agent())
    running = start(APPROVES, "hangs", folder=tmp_path, env=env)
    assert line(running) == "ready"
    assert running.stdin is not None
    running.stdin.write("\n")
    running.stdin.flush()
    assert line(running) == "asked"
    running.kill()
    running.communicate()
    assert len(wb.pending()) == 0
    with pytest.raises(InvalidValue, match="no call of session 'demo' waits"):
        wb.approve("demo")
    assert list(wb.history("demo")["type"])[-1] == "function_call_output"
    assert wb.ask("demo", "My name is John").status == "done"
    assert done(tmp_path) == ["x.txt"]
