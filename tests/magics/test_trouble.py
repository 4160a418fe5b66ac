"""What goes wrong around a real kernel: it is killed, its files vanish, its disk fills up, the
server hangs, somebody presses stop three times. Nothing is lost, and the next turn works.
"""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.magics.test_kernel import SETUP, history, statuses
from tests.notebook_kernel import Kernel, kernel
from tests.openai_server import openai_server
from tests.stores.files import is_whole
from tests.stores.sqlite.test_system import may_mount, mount, unmount


def story(session: str, agent: str = "slow") -> str:
    """A cell whose answer takes seconds."""
    said = "Remember that I like stories. What do you know about me?"
    return f"%%agent -s {session} -a {agent}\n{said}"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    with kernel(tmp_path_factory.mktemp("trouble")) as started:
        started.ok(SETUP)
        yield started


def pairs(running: Kernel, session: str) -> list[str]:
    """What was asked and answered in each turn, whatever lies between the two in the history."""
    show = f"f = wb.turns({session!r})\nfor u, r in zip(f['user'], f['reply']): print(u, '|', r)"
    return running.ok(show).out.splitlines()


def test_a_kernel_killed_in_the_middle_of_a_turn_loses_nothing_said_before(tmp_path: Path) -> None:
    with kernel(tmp_path) as first:
        first.ok(SETUP)
        first.ok("%agent -s demo My name is John")
        request = first.begin(story("demo"))
        first.until(request, "display_data")
        os.kill(first.pid, signal.SIGKILL)
    with kernel(tmp_path) as second:
        second.ok(SETUP)
        said = history(second, "demo")
        assert said[:2] == ["user | My name is John", "assistant | Nice to meet you, John."]
        assert said[2:] == ["user | Remember that I like stories. What do you know about me?"]
        assert "Your name is John." in second.ok("%agent -s demo What's my name?").text
    assert is_whole(tmp_path / ".workbench" / "workbench.db")


def test_two_kernels_at_once_on_one_session_lose_nothing(tmp_path: Path) -> None:
    source = "for n in range(6): wb.ask('demo', f'Remember that {0}{n} is fun', agent=quick)"
    with kernel(tmp_path) as one, kernel(tmp_path) as other:
        for each in (one, other):
            each.ok(SETUP)
        requests = one.begin(source.replace("{0}", "a")), other.begin(source.replace("{0}", "b"))
        for each, request in zip((one, other), requests, strict=True):
            assert each.end(request).failed is None
        found = pairs(one, "demo")
        for who in "ab":
            own = [line for line in found if f"that {who}" in line]
            assert own == [
                f"Remember that {who}{n} is fun | Noted: {who}{n} is fun." for n in range(6)
            ]
        assert statuses(one, "demo") == ["done"] * 12


def test_files_that_vanish_under_a_kernel_are_made_anew(tmp_path: Path) -> None:
    home = tmp_path / ".workbench"
    with kernel(tmp_path) as one:
        one.ok(SETUP)
        one.ok("%agent -s demo My name is John")
        shutil.rmtree(home)
        assert "New session 'demo'" in one.ok("%agent -s demo My name is Ann").out
        (home / "workbench.db").unlink()
        assert "there are no sessions yet" in one.run("%session info demo").err
        assert "New session 'demo'" in one.ok("%agent -s demo My name is Joe").out
        request = one.begin("%%agent -s demo -a slow\nMy name is Bob")
        ran = one.until(request, "display_data")
        shutil.rmtree(home)
        ran = one.end(request, ran)
        assert ran.failed in (None, "UnknownSession")
        assert "Bob." in ran.text
        one.ok("%agent -s fresh My name is Eve")
        assert "Your name is Eve." in one.ok("%agent -s fresh What's my name?").text
    assert is_whole(home / "workbench.db")


CLINGS = """
import time
class Clings(OfflineModel):
    async def stream_response(self, *args, **kwargs):
        try:
            async for event in super().stream_response(*args, **kwargs):
                yield event
        finally:
            time.sleep(0.5)
clings = Agent(name="Clings", model=Clings(delay=0.4))
"""
"""A turn that takes its time to stop. What is pressed when a cell has ended is ipykernel's to bear,
and sometimes its reply is lost by it.
"""


@pytest.mark.parametrize("gap", [0.0, 0.02])
def test_stop_pressed_three_times_stops_the_turn_all_the_same(running: Kernel, gap: float) -> None:
    session = f"thrice{gap}"
    running.ok(CLINGS)
    running.ok(f"%agent -s {session} My name is John")
    before = history(running, session)
    request = running.begin(story(session, "clings"))
    ran = running.until(request, "display_data")
    for _ in range(3):
        running.interrupt()
        time.sleep(gap)
    assert running.end(request, ran).failed == "KeyboardInterrupt"
    time.sleep(0.5)  # what was left running would have gone on by now
    assert history(running, session) == before
    assert statuses(running, session) == ["done", "cancelled"]
    assert "Your name is John." in running.ok(f"%agent -s {session} What's my name?").text


TOOLS = """
from agents import function_tool
@function_tool(failure_error_function=None)
def stops(text: str) -> str:
    raise KeyboardInterrupt
@function_tool(failure_error_function=None)
def leaves(text: str) -> str:
    raise SystemExit(3)
@function_tool
def asks(text: str) -> str:
    print("the tool prints")
    return wb.ask("asked", text).text
tools = Agent(name="Tools", tools=[stops, leaves, asks])
"""


def test_a_tool_that_interrupts_or_exits_takes_its_turn_along_and_nothing_else(
    running: Kernel,
) -> None:
    running.ok(TOOLS)
    running.ok("%agent -s tools My name is John")
    before = history(running, "tools")
    for tool, error in (("stops", "KeyboardInterrupt"), ("leaves", "SystemExit")):
        prompt = f"call {tool} with text='x'"
        assert running.run(f"%agent -s tools -a tools {prompt}").failed == error
        call = f"Runner.run_sync(tools, {prompt!r})"
        assert running.run(f"%%agent -s tools\n{call}").failed == error
        assert history(running, "tools") == before
    assert "Your name is John." in running.ok("%agent -s tools -a none What's my name?").text


def test_a_tool_may_print_and_take_a_turn_of_another_session(running: Kernel) -> None:
    running.ok(TOOLS)
    ran = running.ok("%agent -s asking -a tools call asks with text='My name is Zed'")
    assert "the tool prints" in ran.out
    assert "asks says: Nice to meet you, Zed." in ran.text
    assert pairs(running, "asked") == ["My name is Zed | Nice to meet you, Zed."]
    assert statuses(running, "asking") == ["done"]


def test_the_extension_may_be_loaded_again_at_any_time(running: Kernel) -> None:
    running.ok("%agent -s again My name is John")
    for source in ("%load_ext workbench", "%reload_ext workbench"):
        running.ok(source)
        ran = running.ok("%agent -s again What's my name?")
        assert ran.text.count("Your name is John.") == 1
    running.ok("%%agent -s again\nr = await Runner.run(ada, 'Hi')")
    assert statuses(running, "again") == ["done"] * 4


def test_a_server_that_refuses_breaks_off_or_hangs_leaves_the_history(running: Kernel) -> None:
    with openai_server() as server:
        keys = f"OPENAI_BASE_URL={server.url!r}, OPENAI_API_KEY='sk-none'"
        running.ok(f"import os; os.environ.update({keys})")
        try:
            running.ok("%agent -s srv My name is John")
            before = history(running, "srv")
            for failure in ({"status": 401}, {"status": 500, "times": 9}, {"cut": True}):
                server.fail_next(**failure)
                ran = running.run("%agent -s srv Hi")
                server.failures.clear()
                assert ran.failed == "TurnFailed"
                assert "sk-none" not in ran.text + ran.err + str(ran.reply)
                assert history(running, "srv") == before
            for source in ("%agent -s srv Hi", "%%agent -s srv\nawait Runner.run(ada, 'Hi')"):
                server.fail_next(delay=30)
                request = running.begin(source)
                until(lambda: not server.failures)
                running.interrupt()
                ran = running.end(request)
                assert ran.failed in ("KeyboardInterrupt", "CancelledError")
                assert ran.seconds < 1
                assert len("".join(ran.reply["traceback"]).splitlines()) < 60
                assert history(running, "srv") == before
            assert "Your name is John." in running.ok("%agent -s srv What's my name?").text
        finally:
            running.ok("del os.environ['OPENAI_BASE_URL'], os.environ['OPENAI_API_KEY']")


def until(done: Callable[[], bool]) -> None:
    """Wait until it is so."""
    begun = time.monotonic()
    while not done():
        assert time.monotonic() - begun < 30
        time.sleep(0.02)


def test_a_home_that_is_a_file_is_named(running: Kernel, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    running.ok(f"import os; os.environ['WORKBENCH_HOME'] = {str(tmp_path / 'home')!r}")
    try:
        for source in ("%session list", "%session new x"):
            assert "should be a folder on the way to it is a file" in running.run(source).err
        assert running.run("%agent -s x Hi").failed == "StoreUnusable"
    finally:
        running.ok("del os.environ['WORKBENCH_HOME']")
    assert (tmp_path / "home").read_text() == "a file"


if may_mount():

    def test_a_disk_that_fills_up_within_a_turn_loses_nothing_said_before(tmp_path: Path) -> None:
        home = tmp_path / ".workbench"
        home.mkdir()
        mount(home)
        try:
            with kernel(tmp_path) as one:
                one.ok(SETUP)
                one.ok("%agent -s demo My name is John")
                request = one.begin(story("demo"))
                ran = one.until(request, "display_data")
                fill(home / "ballast")
                ran = one.end(request, ran)
                assert ran.failed == "StoreFull"
                assert "make room and try again" in ran.reply["evalue"]
                assert "the history is as it was" not in ran.text
                assert one.run("%agent -s demo Hi").failed == "StoreFull"
                (home / "ballast").unlink()
                assert history(one, "demo")[:2] == [
                    "user | My name is John",
                    "assistant | Nice to meet you, John.",
                ]
                assert "Your name is John." in one.ok("%agent -s demo What's my name?").text
            assert is_whole(home / "workbench.db")
        finally:
            unmount(home)


def fill(path: Path) -> None:
    """Fill the disk to its last byte."""
    with path.open("wb", buffering=0) as file:
        for size in (4096, 1):
            try:
                while file.write(b"\0" * size) == size:
                    pass
            except OSError:
                pass
