"""A file is there whole or not at all, and so is a conversation that is loaded."""

from __future__ import annotations

import os
import resource
import signal
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import workbench as wb
from tests.script import finish, line, start
from tests.verbs.files.conversations import everything, make
from workbench import loop
from workbench.errors import CorruptItem, InvalidValue, StoreFull, StoreUnusable
from workbench.protocols import StoredItem
from workbench.sessions.stored import StoredSession
from workbench.verbs.files.whole import whole_file
from workbench.workspace import loading, workspace


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def files() -> list[str]:
    return sorted(each.name for each in Path().iterdir() if each.name != "home")


@contextmanager
def little_room(size: int) -> Iterator[None]:
    """No file grows beyond ``size`` bytes, as on a disk that is full."""
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.parametrize("ending", ["jsonl", "parquet", "md", "html"])
def test_a_full_disk_leaves_the_old_file_and_no_half_one(ending: str) -> None:
    make()
    path = Path(f"demo.{ending}")
    path.write_text("the old one")
    everything("demo")  # what the store itself writes when it is first used is written
    with little_room(400), pytest.raises(StoreFull, match="the disk is full"):
        wb.export("demo", path, overwrite=True)
    assert path.read_text() == "the old one"
    assert files() == [path.name]


def test_an_item_that_can_not_be_read_leaves_no_half_file() -> None:
    import sqlite3

    make()
    with sqlite3.connect(workspace().file) as db:
        db.execute("UPDATE agent_messages SET message_data = '{' WHERE id = 5")
    db.close()
    for ending in ("jsonl", "parquet", "md", "html"):
        with pytest.raises(CorruptItem):
            wb.export("demo", f"demo.{ending}")
    assert files() == []


def test_an_existing_file_is_replaced_only_when_asked_and_keeps_its_mode() -> None:
    make()
    path = Path("demo.jsonl")
    path.write_text("mine")
    path.chmod(0o640)
    with pytest.raises(InvalidValue, match="overwrite=True"):
        wb.export("demo", path)
    wb.export("demo", path, overwrite=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert path.read_text().startswith('{"workbench"')


def test_a_file_that_somebody_makes_meanwhile_is_not_replaced() -> None:
    target = Path("demo.jsonl").resolve()

    def write() -> None:
        with whole_file(target, overwrite=False) as file:
            file.write(b"ours")
            target.write_text("theirs")

    with pytest.raises(InvalidValue, match="already"):
        write()
    assert target.read_text() == "theirs"
    assert files() == ["demo.jsonl"]


def test_a_link_is_followed_and_stays_a_link(tmp_path: Path) -> None:
    make()
    (tmp_path / "real.jsonl").write_text("old")
    (tmp_path / "link.jsonl").symlink_to("real.jsonl")
    wb.export("demo", "link.jsonl", overwrite=True)
    assert (tmp_path / "link.jsonl").is_symlink()
    assert (tmp_path / "real.jsonl").read_text().startswith('{"workbench"')


def test_a_folder_that_takes_no_files_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    make()

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(StoreUnusable, match="was not written: Permission denied"):
        wb.export("demo", "demo.jsonl")


def test_a_file_system_without_links_works_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    make()
    monkeypatch.setattr(os, "link", refuse)
    wb.export("demo", "demo.jsonl")
    with pytest.raises(InvalidValue):
        wb.export("demo", "demo.jsonl")
    assert files() == ["demo.jsonl"]


SLOW = """
import sys
import workbench as wb
print("ready", flush=True)
def slowly(text):
    print("on the way", flush=True)
    sys.stdin.readline()
    return text
wb.export("demo", "demo." + sys.argv[1], overwrite=True, redact=slowly)
"""


@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
def test_a_kill_on_the_way_leaves_the_old_file(ending: str, tmp_path: Path) -> None:
    make()
    path = Path(f"demo.{ending}")
    path.write_text("the old one")
    process = start(SLOW, ending, folder=tmp_path, env={"WORKBENCH_HOME": str(tmp_path / "home")})
    assert [line(process), line(process)] == ["ready", "on the way"]
    process.kill()
    finish(process, code=-signal.SIGKILL)
    assert path.read_text() == "the old one"
    wb.export("demo", path, overwrite=True)
    wb.load(path, "again")
    assert everything("again") == everything("demo")


LOAD = """
import sys
import workbench as wb
from workbench.sessions.stored import StoredSession
real, wanted = StoredSession.put, int(sys.argv[1])
count = 0
async def put(self, rows, **options):
    global count
    count += 1
    if count == wanted:
        print("stopped", flush=True)
        sys.stdin.readline()
    return await real(self, rows, **options)
StoredSession.put = put
wb.load("long.jsonl", "loaded")
"""


def long_talk() -> None:
    session: Any = wb.session("long")
    talk = [StoredItem(n, {"role": "user", "content": str(n)}, None, "t1") for n in range(2_500)]
    loop.run(session.put(talk))
    wb.export("long", "long.jsonl")


@pytest.mark.parametrize("page", [1, 2, 3])
def test_a_load_that_is_killed_leaves_nothing_under_the_name(page: int, tmp_path: Path) -> None:
    long_talk()
    home = {"WORKBENCH_HOME": str(tmp_path / "home")}
    process = start(LOAD, page, folder=tmp_path, env=home)
    assert line(process) == "stopped"
    with pytest.raises(InvalidValue, match="just being loaded or forked by another program"):
        wb.session("loaded")
    with pytest.raises(InvalidValue, match="just being loaded or forked by another program"):
        wb.load("long.jsonl", "loaded")
    process.kill()
    finish(process, code=-signal.SIGKILL)
    assert "loaded" not in wb.list_sessions()["name"].tolist()
    if page == 2:
        wb.session("loaded")
        assert wb.history("loaded").empty
    else:
        wb.load("long.jsonl", "loaded")
        assert everything("loaded") == everything("long")


def test_a_load_that_fails_late_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    long_talk()
    real = StoredSession.put
    pages = iter(range(10))

    async def put(self: StoredSession, *given: Any, **options: Any) -> Any:
        if next(pages) == 2:
            raise StoreFull("the disk is full")
        return await real(self, *given, **options)

    with monkeypatch.context() as patched:
        patched.setattr(StoredSession, "put", put)
        with pytest.raises(StoreFull):
            wb.load("long.jsonl", "loaded")
    wb.load("long.jsonl", "loaded")
    assert len(wb.history("loaded")) == 2_500


def test_who_writes_to_the_same_id_meanwhile_keeps_what_they_wrote(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    long_talk()
    real = StoredSession.put
    theirs = {"role": "user", "content": "theirs"}

    async def put(self: StoredSession, *given: Any, **options: Any) -> Any:
        keys = await real(self, *given, **options)
        await self.append([theirs])
        return keys

    monkeypatch.setattr(StoredSession, "put", put)
    with pytest.raises(InvalidValue, match="somebody else wrote to 'loaded'"):
        wb.load("long.jsonl", "loaded")
    assert loop.run(workspace().store().read("loaded", 1)) == [theirs]
    assert "loaded" not in wb.list_sessions()["name"].tolist()


def test_what_was_used_since_a_killed_load_is_not_cleared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    note = loop.run(loading.begin(workspace(), "left", None, "left"))
    monkeypatch.setattr(loading, "_mine", set())
    monkeypatch.setattr(loading, "SILENT", -1.0)
    loop.run(workspace().store().append("left", [{"role": "user", "content": "mine"}]))
    assert not note.is_alive()
    wb.session("left")
    assert wb.history("left")["content"].tolist() == ["mine"]


def test_a_load_on_another_machine_counts_as_gone_when_it_is_silent() -> None:
    note = loading.Loading("x", None, "x", "another machine", 1, "token", 0.0)
    assert not note.is_alive()
    from time import time

    assert loading.Loading("x", None, "x", "another machine", 1, "token", time()).is_alive()


def test_a_store_that_went_away_leaves_the_name_free_when_it_is_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from workbench.errors import StoreUnreachable

    long_talk()

    async def gone(*_: Any, **__: Any) -> None:
        raise StoreUnreachable("no answer")

    make()
    wb.export("demo", "demo.jsonl")
    with monkeypatch.context() as patched:
        patched.setattr(StoredSession, "save_turns", gone)
        patched.setattr(StoredSession, "clear_session", gone)
        with pytest.raises(StoreUnreachable):
            wb.load("demo.jsonl", "loaded")
    assert loop.run(workspace().store().rows("loaded"))
    wb.load("long.jsonl", "loaded")
    assert everything("loaded") == everything("long")


def test_what_is_said_of_a_file_tells_no_more_of_the_machine_than_was_typed(folder: Path) -> None:
    make()
    report = wb.export("demo", "demo.md")
    assert report.path == folder / "demo.md"
    with pytest.raises(InvalidValue, match=r"there is a file 'demo\.md' already") as refused:
        wb.export("demo", "demo.md")
    elsewhere = wb.export("demo", folder.parent / f"{folder.name}.md")
    assert str(folder) not in f"{report}{report._repr_mimebundle_()}{refused.value}"
    assert str(elsewhere.path) in str(elsewhere)
