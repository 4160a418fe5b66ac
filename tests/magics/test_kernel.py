"""In a real kernel, over its message channels: interrupts, reruns, streaming, a kernel later on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.notebook_kernel import Kernel, Ran, kernel

SETUP = """
import asyncio, time
import workbench as wb
from workbench import OfflineModel
from agents import Agent, Runner
from tests.turn.models import Refuses
slow = Agent(name="Slow", model=OfflineModel(delay=0.4))
quick = Agent(name="Quick", model=OfflineModel(delay=0.03))
broken = Agent(name="Broken", model=Refuses())
ada = Agent(name="Ada")
def show(session):
    frame = wb.history(session)
    for role, text in zip(frame["role"], frame["content"]):
        print(role, "|", text)
"""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    with kernel(tmp_path_factory.mktemp("kernel")) as started:
        started.ok(SETUP)
        yield started


def history(kernel: Kernel, session: str) -> list[str]:
    return kernel.ok(f"show({session!r})").out.splitlines()


def statuses(kernel: Kernel, session: str) -> list[str]:
    return kernel.ok(f"print(*wb.turns({session!r})['status'])").out.split()


def stopped(kernel: Kernel, source: str, *, after: str) -> Ran:
    """Run a cell and interrupt it when it has sent a message of this type."""
    request = kernel.begin(source)
    ran = kernel.until(request, after)
    time.sleep(0.2)
    kernel.interrupt()
    return kernel.end(request, ran)


def test_an_interrupted_prompt_ends_at_once_and_leaves_the_history(running: Kernel) -> None:
    running.ok("%agent -s int1 My name is John")
    before = history(running, "int1")
    ran = stopped(running, "%%agent -s int1 -a slow\nTell me a story", after="display_data")
    assert ran.failed == "KeyboardInterrupt"
    assert ran.seconds < 1
    (shown,) = ran.displays
    assert "Stopped before it was finished." in shown["text/plain"]
    assert {"text/plain", "text/markdown", "text/html"} == set(shown)
    assert "▍" not in shown["text/html"]
    assert history(running, "int1") == before
    assert statuses(running, "int1") == ["done", "cancelled"]
    assert "Your name is John." in running.ok("%agent -s int1 What's my name?").text


@pytest.mark.parametrize(
    "call",
    [
        "async for e in Runner.run_streamed(slow, 'Tell me a story').stream_events(): pass",
        "await Runner.run(Agent(name='W', model=Sleeps()), 'Hi')",
        "Runner.run_sync(Agent(name='W', model=Sleeps()), 'Hi')",
        "await asyncio.gather(*(Runner.run(Agent(name='W', model=Sleeps()), 'Hi') for _ in 'ab'))",
    ],
)
def test_an_interrupted_python_cell_ends_at_once_and_leaves_the_history(
    running: Kernel, call: str
) -> None:
    running.ok("from tests.turn.test_take import Sleeps\nwb.session('int2')")
    before = history(running, "int2")
    ran = stopped(running, f"%%agent -s int2\nprint('started')\n{call}", after="stream")
    assert ran.failed in ("KeyboardInterrupt", "CancelledError")
    assert ran.seconds < 1
    assert history(running, "int2") == before
    # At once, before the kernel's loop has had its turn:
    after = running.ok("%agent -s int2 My name is John")
    assert "John" in after.text
    running.ok("await asyncio.sleep(0.1)")
    assert history(running, "int2")[: len(before)] == before
    assert len(history(running, "int2")) == len(before) + 2
    assert set(statuses(running, "int2")) == {"done", "cancelled"}


def test_a_stream_that_is_left_does_not_hold_up_the_next_cell(running: Kernel) -> None:
    ran = running.ok(
        "%%agent -s left\nr = Runner.run_streamed(slow, 'Tell me a story')\n"
        "async for e in r.stream_events(): break"
    )
    assert "still under way when the cell ended" in ran.out
    next_turn = running.ok("%agent -s left My name is John")
    assert next_turn.seconds < 5
    assert len(history(running, "left")) == 2


def test_a_reply_streams_into_one_display(running: Kernel) -> None:
    prompt = "Remember that " + " ".join(f"word{n}" for n in range(40))
    ran = running.ok(f"%%agent -s stream -a quick\n{prompt}. What do you know about me?")
    drawn = ran.of("display_data")
    updates = ran.of("update_display_data")
    assert len(drawn) == 1
    assert 2 <= len(updates) < 30
    assert updates[-1]["transient"] == drawn[0]["transient"]
    assert {"text/plain", "text/markdown", "text/html"} <= set(updates[-1]["data"])
    assert ran.of("execute_result") == []
    lengths = [len(each["data"]["text/plain"]) for each in updates]
    assert lengths[0] < lengths[-1]
    assert "word39" in ran.text
    assert ran.text.count("word39") == 1


def test_several_lines_of_one_cell_are_several_turns(running: Kernel) -> None:
    source = "%agent -s lines My name is Ann\n%agent -s lines What's my name?"
    ran = running.ok(source, cell="lines-1")
    assert "Your name is Ann." in ran.text
    again = running.ok(source, cell="lines-1")
    assert again.out.count("his cell's last turn") == 1
    assert len(history(running, "lines")) == 4
    assert statuses(running, "lines") == ["replaced", "replaced", "done", "done"]


def test_a_cell_that_runs_again_replaces_its_turn(running: Kernel) -> None:
    running.ok("%%agent -s again\nMy name is John", cell="again-1")
    ran = running.ok("%%agent -s again\nMy name is Jack", cell="again-1")
    assert "his cell's last turn of session 'again'" in ran.out
    assert "--rerun append" in ran.out
    assert [line for line in history(running, "again") if "user" in line] == [
        "user | My name is Jack"
    ]
    archived = "[each.item['content'] for each in await wb.session('again').archived()][0]"
    assert running.ok(f"print({archived})").out == "My name is John\n"


def test_a_cell_whose_turn_is_no_longer_the_last_is_appended(running: Kernel) -> None:
    running.ok("%%agent -s gone-on\nMy name is John", cell="gone-1")
    running.ok("%%agent -s gone-on\nHi", cell="gone-2")
    ran = running.ok("%%agent -s gone-on\nMy name is Jack", cell="gone-1")
    assert "has gone on since this cell ran" in ran.out
    assert len(history(running, "gone-on")) == 6


def test_a_rerun_that_fails_leaves_the_old_turn(running: Kernel) -> None:
    running.ok("%%agent -s restored\nMy name is John", cell="rest-1")
    before = history(running, "restored")
    ran = running.run("%%agent -s restored -a broken\nMy name is Jack", cell="rest-1")
    assert ran.failed == "TurnFailed"
    assert history(running, "restored") == before
    assert statuses(running, "restored") == ["done", "failed"]
    assert "Your name is John." in running.ok("%agent -s restored What's my name?").text


def test_a_rerun_appends_or_forks_when_told(running: Kernel) -> None:
    running.ok("%%agent -s how\nMy name is John", cell="how-1")
    running.ok("%%agent -s how --rerun append\nMy name is Jack", cell="how-1")
    assert len(history(running, "how")) == 4
    ran = running.ok("%%agent -s how --rerun fork\nMy name is Joe", cell="how-1")
    assert "Forked session 'how' before this cell's turn: 'how-2'." in ran.out
    assert [line for line in history(running, "how-2") if "user" in line] == [
        "user | My name is John",
        "user | My name is Joe",
    ]
    assert len(history(running, "how")) == 4


def test_a_python_cell_that_runs_again_replaces_all_its_turns(running: Kernel) -> None:
    body = "%%agent -s code\nfor n in range({}):\n    await Runner.run(ada, f'My number is {{n}}')"
    running.ok(body.format(3), cell="code-1")
    running.ok(body.format(2), cell="code-1")
    assert [line for line in history(running, "code") if "user" in line] == [
        "user | My number is 0",
        "user | My number is 1",
    ]


def test_tab_offers_what_fits(running: Kernel) -> None:
    running.ok("%agent -s tabbed Hi")
    assert running.complete("%%agent --se") == ["--session"]
    assert "tabbed" in running.complete("%agent --session ta")
    assert running.complete("%%agent --rerun f") == ["fork"]
    assert running.complete("%session inf") == ["info"]
    assert "slow" in running.complete("%%agent --agent sl")


def test_a_usage_error_is_one_line(running: Kernel) -> None:
    ran = running.run("%%agent --sesion x\nHi")
    assert ran.failed == "UsageError"
    lines = (ran.err + "".join(each["evalue"] for each in ran.of("error"))).splitlines()
    assert [line for line in lines if line.strip()] == [
        "UsageError: %%agent: there is no option --sesion; did you mean --session?"
    ]


def test_deleting_says_how_where_nobody_can_be_asked(running: Kernel) -> None:
    running.ok("%agent -s kept Hi")
    ran = running.run("%session delete kept")
    assert "say --yes" in ran.err
    assert len(history(running, "kept")) == 2


def test_a_kernel_later_on_goes_on_where_the_last_stopped(tmp_path: Path) -> None:
    with kernel(tmp_path) as first:
        first.ok("from agents import Agent\nada = Agent(name='Ada')")
        first.ok("%%agent --session demo -a ada\nMy name is John")
    assert (tmp_path / ".workbench" / "workbench.db").stat().st_mode & 0o777 == 0o600
    with kernel(tmp_path) as second:
        ran = second.run("%%agent --session demo\nWhat's my name?")
        assert "goes on with agent 'ada', which this notebook doesn't have yet" in ran.err
        second.ok("from agents import Agent\nada = Agent(name='Ada')")
        ran = second.ok("%%agent --session demo\nWhat's my name?")
        assert "Your name is John." in ran.text
        with kernel(tmp_path) as third:
            third.ok("%agent -s demo -a none I prefer tea")
            again = second.ok("%agent -s demo What are my preferences?")
            assert "tea" in again.text


def test_changing_the_folder_leaves_the_conversations_where_they_are(tmp_path: Path) -> None:
    with kernel(tmp_path) as shell:
        shell.ok("%load_ext workbench\n%agent -s demo My name is John")
        (tmp_path / "elsewhere").mkdir()
        shell.ok("%cd -q elsewhere")
        assert "Your name is John." in shell.ok("%agent -s demo What's my name?").text
    assert not (tmp_path / "elsewhere" / ".workbench").exists()
