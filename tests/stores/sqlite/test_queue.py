"""The queue of writing processes: turns are fair, and nobody can hold the others up."""

from __future__ import annotations

import os
import signal
import stat
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.script import line, run_script, start
from tests.stores.files import sql
from workbench.stores.sqlite.queue import WriterQueue

STOPS = """
    import os, signal, sys
    from pathlib import Path
    from workbench.stores.sqlite.queue import WriterQueue

    queue = WriterQueue(Path(sys.argv[1]))
    with queue.turn():
        print("mine", flush=True)
        sys.stdin.readline()
"""


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder of this test's own."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


@pytest.fixture
def path(tmp_path: Path, temporary: Path) -> Path:
    return tmp_path / "chats.db"


@pytest.fixture
def stopped(path: Path) -> Iterator[None]:
    """Another process that has the turn, and was stopped by SIGSTOP."""
    process = start(STOPS, path, folder=path.parent)
    assert line(process) == "mine"
    process.send_signal(signal.SIGSTOP)
    yield
    process.kill()
    process.communicate()


def seconds(queue: WriterQueue) -> float:
    """How long it takes to get a turn, or to go on without."""
    begun = time.monotonic()
    with queue.turn():
        return time.monotonic() - begun


@pytest.mark.usefixtures("stopped")
def test_a_stopped_process_holds_the_others_up_once_and_briefly(path: Path) -> None:
    queue = WriterQueue(path, patience=0.2)
    assert 0.15 < seconds(queue) < 2
    assert [seconds(queue) < 0.1 for _ in range(3)] == [True] * 3
    queue.close()


def test_the_turn_comes_when_the_other_process_ends(path: Path) -> None:
    process = start(STOPS, path, folder=path.parent)
    assert line(process) == "mine"
    with ThreadPoolExecutor(1) as pool:
        queue = WriterQueue(path, patience=30)
        waiting = pool.submit(seconds, queue)
        time.sleep(0.1)
        assert not waiting.done()
        process.kill()
        assert waiting.result(10) < 10
    process.communicate()
    queue.close()


def test_after_giving_up_it_stands_in_line_again_when_that_makes_sense(path: Path) -> None:
    process = start(STOPS, path, folder=path.parent)
    assert line(process) == "mine"
    queue, other = WriterQueue(path, patience=0.05), WriterQueue(path, patience=20)
    assert seconds(queue) > 0.04
    process.communicate("go\n")
    deadline = time.monotonic() + 10
    with other.turn():  # comes only when the one that was given up on has let go
        assert time.monotonic() < deadline
        assert 0.04 < seconds(queue) < 5
    queue.close()
    other.close()


def test_only_one_has_the_turn_at_a_time(path: Path) -> None:
    inside: list[int] = []
    most: list[int] = []

    def turns(number: int) -> None:
        queue = WriterQueue(path, patience=30)
        for _ in range(20):
            with queue.turn():
                inside.append(number)
                most.append(len(inside))
                inside.remove(number)
        queue.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(turns, range(4)))
    assert most == [1] * 80


def test_the_lock_file_lies_in_a_folder_that_only_its_owner_enters(
    path: Path, temporary: Path
) -> None:
    queue = WriterQueue(path)
    (folder,) = temporary.iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    (lock,) = folder.iterdir()
    assert (stat.S_IMODE(lock.stat().st_mode), lock.stat().st_size) == (0o600, 0)
    assert not path.with_name("chats.db.lock").exists()
    queue.close()


def test_a_link_in_place_of_the_folder_is_not_followed(path: Path, temporary: Path) -> None:
    elsewhere = temporary / "elsewhere"
    elsewhere.mkdir()
    (temporary / f"workbench-{os.getuid()}").symlink_to(elsewhere)
    queue = WriterQueue(path)
    assert seconds(queue) < 1
    queue.close()
    assert list(elsewhere.iterdir()) == []


def test_a_link_in_place_of_the_lock_file_is_not_followed(path: Path, temporary: Path) -> None:
    WriterQueue(path).close()
    (folder,) = temporary.iterdir()
    (lock,) = folder.iterdir()
    lock.unlink()
    lock.symlink_to(temporary / "victim")
    queue = WriterQueue(path)
    assert seconds(queue) < 1
    queue.close()
    assert not (temporary / "victim").exists()


def test_a_folder_of_somebody_else_is_not_used(
    path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = os.getuid()
    folder = temporary / f"workbench-{own + 1}"
    folder.mkdir()
    monkeypatch.setattr(os, "getuid", lambda: own + 1)  # the folder is ours, so not "theirs"
    queue = WriterQueue(path)
    assert seconds(queue) < 1
    queue.close()
    assert list(folder.iterdir()) == []


def test_without_a_temporary_folder_everything_still_works(tmp_path: Path) -> None:
    source = """
        import asyncio, tempfile
        from workbench.sessions import SQLiteSession

        def missing():
            raise FileNotFoundError("No usable temporary directory found")

        tempfile.gettempdir = missing  # as the standard library says it
        session = SQLiteSession("chat", "chats.db")
        asyncio.run(session.add_items([{"role": "user", "content": "a"}]))
    """
    run_script(source, folder=tmp_path)
    assert sql(tmp_path / "chats.db", "SELECT count(*) FROM agent_messages") == [(1,)]


def test_closing_leaves_no_descriptor_behind(path: Path) -> None:
    before = len(os.listdir("/dev/fd"))
    for _ in range(10):
        queue = WriterQueue(path)
        with queue.turn():
            pass
        queue.close()
    assert len(os.listdir("/dev/fd")) == before
