"""Nothing is left of a comparison: after an error, an interrupt, a kill."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

import workbench as wb
from tests.redis_server import redis_server, shared_server
from tests.script import finish, line, start
from tests.verbs.compare.comparing import ids, nothing_left, talked
from workbench.sessions import MemorySession, SQLiteSession
from workbench.verbs.compare.journal import JOURNAL, PREFIX, lasting_url
from workbench.workspace import handle, workspace

COMPARES = """
import asyncio, sys, threading, time
import workbench as wb
from workbench.models.offline import OfflineModel

class Never(OfflineModel):
    async def get_response(self, *args, **kwargs):
        print("asked", flush=True)
        await asyncio.sleep(600)

def main():
    wb.ask("demo", "Hi")
    try:
        wb.compare("Hi", {"a": Never(), "b": Never(), "c": sys.argv[1]}, session="demo",
                   model=Never())
    except KeyboardInterrupt:
        print("stopped", flush=True)

main()
"""


def started(folder: Path, url: str, home: Path) -> Any:
    """A script in the middle of a comparison."""
    process = start(COMPARES, url, folder=folder, env={"WORKBENCH_HOME": str(home)})
    assert [line(process) for _ in range(3)] == ["asked"] * 3
    return process


def test_an_interrupt_leaves_nothing(tmp_path: Path, workbench_home: Path) -> None:
    server = shared_server()
    server.empty()
    process = started(tmp_path, server.url, workbench_home)
    assert len([each for each in ids() if each.startswith(PREFIX)]) == 2
    assert len(ids(server.url)) == 1
    process.send_signal(signal.SIGINT)
    assert finish(process).splitlines() == ["stopped"]
    assert ids() == ["demo"]
    assert ids(server.url) == []
    assert nothing_left()
    assert len(wb.history("demo")) == 2


def test_what_a_kill_leaves_is_deleted_by_the_next_comparison(
    tmp_path: Path, workbench_home: Path
) -> None:
    server = shared_server()
    server.empty()
    process = started(tmp_path, server.url, workbench_home)
    process.kill()
    finish(process, code=-signal.SIGKILL)
    assert len(ids()) == 3
    assert len(ids(server.url)) == 1
    wb.compare("Hi", "offline")
    assert ids() == ["demo"]
    assert ids(server.url) == []
    assert nothing_left()


def test_what_another_process_is_comparing_is_left_alone(
    tmp_path: Path, workbench_home: Path
) -> None:
    server = shared_server()
    server.empty()
    process = started(tmp_path, server.url, workbench_home)
    wb.compare("Hi", ["demo", "offline"], session="demo")
    assert len(ids()) == 3
    assert len(list(workbench_home.glob(f"{JOURNAL}*"))) == 1
    process.send_signal(signal.SIGINT)
    finish(process)
    assert nothing_left()


def test_a_store_that_breaks_is_tried_another_time(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file, aside = tmp_path / "app.db", tmp_path / "aside.db"
    url = f"sqlite:///{file}"

    class Breaks(wb.OfflineModel):
        async def get_response(self, *args: Any, **kwargs: Any) -> Any:
            file.rename(aside)
            file.write_text("no database at all " * 99)
            return await super().get_response(*args, **kwargs)

    made = wb.compare("Hi", [url], model=Breaks())
    assert made.frame["status"].tolist() == ["failed"]
    assert "was not deleted, the next comparison tries again" in caplog.text
    notes = list(workspace().folder.glob(f"{JOURNAL}*"))
    assert len(notes) == 1
    wb.compare("Hi", "offline")
    assert list(workspace().folder.glob(f"{JOURNAL}*")) == notes
    aside.rename(file)
    assert len(ids(url)) == 1
    wb.compare("Hi", "offline")
    assert nothing_left(url)


def test_the_note_of_a_conversation_holds_no_password(tmp_path: Path) -> None:
    with redis_server(requirepass="hunter2") as server:
        place = f"{server.host}:{server.port}"
        store = workspace().store_at(f"redis://:hunter2@{place}")
        url = lasting_url(handle(store, "x"))
        assert url is not None
        assert "hunter2" not in url
        assert "***" not in url
        made = wb.compare("Hi", [f"redis://:hunter2@{place}"])
        assert made.frame["status"].tolist() == ["done"]
        assert "hunter2" not in str(made) + repr(made) + made._repr_mimebundle_()["text/html"]
        assert not made.targets[0].count("hunter2")


def test_a_note_counts_in_any_folder_and_memory_needs_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert lasting_url(SQLiteSession("x", "app.db")) == f"sqlite:///{tmp_path}/app.db"
    assert lasting_url(SQLiteSession("x", ":memory:")) is None
    assert lasting_url(MemorySession("x")) is None


@pytest.mark.parametrize(
    "text",
    ["", "{", '["sqlite:///x.db"', "[1, 2]", '["workbench-compare-1", "nowhere://"]', "5\n\n"],
)
def test_a_damaged_note_does_no_harm(text: str) -> None:
    talked("demo", "Hi")
    (workspace().folder / f"{JOURNAL}old.jsonl").write_text(text)
    assert wb.compare("Hi", "demo").frame["status"].tolist() == ["done"]
    assert ids() == ["demo"]


def test_a_note_never_deletes_a_conversation_that_is_none_of_a_comparison() -> None:
    talked("demo", "Hi")
    note = json.dumps(["demo", lasting_url(workspace_session("demo"))])
    (workspace().folder / f"{JOURNAL}old.jsonl").write_text(note + "\n")
    wb.compare("Hi", "offline")
    assert len(wb.history("demo")) == 2


def test_a_note_that_is_no_text_does_no_harm_and_an_old_one_is_dropped() -> None:
    talked("demo", "Hi")
    note = workspace().folder / f"{JOURNAL}old.jsonl"
    note.write_bytes(b'\xff["workbench-compare-1", "redis://nowhere.invalid"]')
    wb.compare("Hi", "offline")
    assert not note.exists()
    note.write_text('["workbench-compare-1", "nowhere://x"]')
    wb.compare("Hi", "offline")
    assert note.exists()
    os.utime(note, (0, 0))
    wb.compare("Hi", "offline")
    assert not note.exists()


def test_where_no_note_can_be_written_there_is_none(tmp_path: Path) -> None:
    workspace().folder.parent.mkdir(parents=True, exist_ok=True)
    workspace().folder.write_text("a file, where the folder should be")
    made = wb.compare("Hi", {"x": SQLiteSession("x", tmp_path / "app.db")}, model="offline")
    assert made.frame["status"].tolist() == ["done"]


def workspace_session(name: str) -> Any:
    return handle(workspace().store(None), name)


def test_notes_are_readable_by_their_owner_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    talked("demo", "Hi")
    modes = []

    class Looks(wb.OfflineModel):
        async def get_response(self, *args: Any, **kwargs: Any) -> Any:
            (note,) = workspace().folder.glob(f"{JOURNAL}*.jsonl")
            modes.append(os.stat(note).st_mode & 0o777)
            return await super().get_response(*args, **kwargs)

    wb.compare("Hi", "demo", model=Looks())
    assert modes == [0o600]
