"""The home loop in programs of their own: interrupted, ended, forked."""

from __future__ import annotations

import signal
import time
from pathlib import Path

from tests.script import finish, line, run_script, start

INTERRUPTED = """
    import asyncio, sys, time
    from workbench import loop

    async def work(emit):
        try:
            emit("begun")
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.05)
            print("cleaned up", flush=True)

    try:
        loop.watch(work, lambda event: print(event, flush=True))
    except KeyboardInterrupt:
        print("interrupted", flush=True)
    print(loop.run(asyncio.sleep(0, "and on")), flush=True)
"""


def test_ctrl_c_stops_the_work_itself_in_under_a_second(tmp_path: Path) -> None:
    process = start(INTERRUPTED, folder=tmp_path)
    assert line(process) == "begun"
    begun = time.monotonic()
    process.send_signal(signal.SIGINT)
    lines = [line(process) for _ in range(3)]
    assert time.monotonic() - begun < 1
    assert lines == ["cleaned up", "interrupted", "and on"]
    finish(process)


def test_ctrl_c_pressed_again_and_again_leaves_no_work_behind(tmp_path: Path) -> None:
    process = start(INTERRUPTED.replace("sleep(0.05)", "sleep(0.5)"), folder=tmp_path)
    assert line(process) == "begun"
    for _ in range(20):
        process.send_signal(signal.SIGINT)
        time.sleep(0.005)
    assert [line(process) for _ in range(3)] == ["cleaned up", "interrupted", "and on"]
    finish(process)


def test_ctrl_c_works_while_the_home_loop_is_busy(tmp_path: Path) -> None:
    source = """
        import asyncio, threading, time
        from workbench import loop

        def block():
            print("busy", flush=True)
            time.sleep(0.5)

        loop.home().loop.call_soon_threadsafe(block)

        async def work():
            print("never begun")

        try:
            loop.run(asyncio.sleep(60))
        except KeyboardInterrupt:
            print(len(asyncio.all_tasks(loop.home().loop)), flush=True)
    """
    process = start(source, folder=tmp_path)
    assert line(process) == "busy"
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    assert finish(process) == "0\n"


def test_a_program_that_never_stops_its_work_still_ends(tmp_path: Path) -> None:
    begun = time.monotonic()
    source = """
        import asyncio
        from workbench import loop
        loop.run(asyncio.sleep(0))
        asyncio.run_coroutine_threadsafe(asyncio.sleep(60), loop.home().loop)
    """
    run_script(source, folder=tmp_path)
    assert time.monotonic() - begun < 10


def test_a_forked_child_has_a_home_loop_of_its_own(tmp_path: Path) -> None:
    source = """
        import asyncio, gc, os, sys, warnings
        from workbench import loop
        loop.run(asyncio.sleep(0))
        warnings.filterwarnings("ignore", message=".*multi-threaded")  # what this test is about
        pid = os.fork()
        gc.collect()
        print("child" if pid == 0 else "parent", loop.run(asyncio.sleep(0, "works")), flush=True)
        if pid:
            assert os.waitpid(pid, 0)[1] == 0
    """
    lines = run_script(source, folder=tmp_path).splitlines()
    assert sorted(lines) == ["child works", "parent works"]
