from __future__ import annotations

import errno
import os
import signal
import sqlite3
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

import workbench as wb
from tests.frames.conversations import TALK
from tests.script import line, start
from tests.verbs.parquet_files import db, file_name, files, fill, folder, url
from workbench import loop
from workbench.errors import (
    CorruptItem,
    InvalidValue,
    SessionChanged,
    StoreError,
    StoreFull,
    StoreLocked,
)
from workbench.frames.parquet import read_about
from workbench.sessions import SQLiteSession
from workbench.verbs import stream

__all__ = ["db", "folder", "url"]  # fixtures of both


def test_what_is_not_ours_is_never_touched(db: Path, url: str, folder: Path) -> None:
    fill(db, "a")
    folder.mkdir()
    mine = folder / "mine-0123456789abcdef.parquet"
    mine.write_text("mine")
    for overwrite in (False, True):
        with pytest.raises(InvalidValue, match="holds other files, which are never touched"):
            wb.to_parquet(url, folder, overwrite=overwrite)
    with pytest.raises(InvalidValue, match="is a file; give a folder"):
        wb.to_parquet(url, mine)
    assert mine.read_text() == "mine"
    assert [each.name for each in folder.iterdir()] == [mine.name]


def test_notes_in_a_folder_of_ours_stay(db: Path, url: str, folder: Path) -> None:
    fill(db, "a")
    wb.to_parquet(url, folder)
    notes = [folder / "_notes.txt", folder / ".mine.parquet", folder / "own.parquet"]
    for each in notes:
        each.write_text("mine")
    wb.to_parquet(url, folder, overwrite=True)
    assert [each.read_text() for each in notes] == ["mine"] * 3


def test_a_folder_of_another_store_is_replaced_only_when_that_is_said(
    db: Path, url: str, folder: Path, tmp_path: Path
) -> None:
    fill(db, "a")
    fill(tmp_path / "other.db", "z")
    wb.to_parquet(url, folder)
    other = f"sqlite:///{tmp_path}/other.db"
    with pytest.raises(InvalidValue, match="another store; give another folder, or overwrite=True"):
        wb.to_parquet(other, folder)
    wb.to_parquet(other, folder, overwrite=True)
    assert set(pd.read_parquet(folder)["session_id"]) == {"z"}


def test_the_same_store_by_another_spelling_is_the_same(
    db: Path, url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(db, "a")
    wb.to_parquet(url, folder)
    monkeypatch.chdir(db.parent)
    assert wb.to_parquet("sqlite:///chats.db", "table").kept == 1


def test_a_damaged_file_or_one_without_our_columns_is_written_anew(
    db: Path, url: str, folder: Path
) -> None:
    fill(db, "a", "b", "c")
    wb.to_parquet(url, folder)
    cut = folder / file_name("a")
    cut.write_bytes(cut.read_bytes()[:-20])
    parquet.write_table(pa.table({"x": [1]}), folder / file_name("b"))
    without = folder / file_name("c")
    parquet.write_table(parquet.read_table(without).drop_columns(["role"]), without)
    assert [read_about(folder / file_name(name)) for name in "abc"] == [None] * 3
    assert wb.to_parquet(url, folder).written == 3
    assert len(pd.read_parquet(folder)) == 18


def test_a_damaged_session_leaves_its_old_file_and_does_not_stop_the_others(
    db: Path, url: str, folder: Path
) -> None:
    fill(db, "a", "b", "c")
    wb.to_parquet(url, folder)
    before = files(folder)
    with sqlite3.connect(db) as raw:
        raw.execute("UPDATE agent_messages SET message_data = '{' WHERE id IN (1, 7)")
    raw.close()
    loop.run(SQLiteSession("c", db).append(TALK[:1]))
    with pytest.raises(CorruptItem, match="item 1 of session 'a'") as caught:
        wb.to_parquet(url, folder)
    assert "These could not be read either: 'b'." in caught.value.__notes__
    after = files(folder)
    assert {name for name in after if after[name] != before[name]} == {file_name("c")}


def test_a_session_that_is_changed_while_it_is_written_is_read_again(
    db: Path, url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(db, "a")
    monkeypatch.setattr(stream, "_STEP", 4)
    times = [2]
    survey = stream.Stream.survey

    def changed(self: stream.Stream, *args: Any, **given: Any) -> None:
        survey(self, *args, **given)
        if times[0]:
            times[0] -= 1
            loop.run(SQLiteSession("a", db).pop_item())

    monkeypatch.setattr(stream.Stream, "survey", changed)
    assert wb.to_parquet(url, folder).items == 4
    times[0] = 99
    fill(db, "a")
    with pytest.raises(SessionChanged, match="begin again"):
        wb.to_parquet(url, folder)
    assert len(pd.read_parquet(folder)) == 4


class NoRoom:
    """A file on a disk that is full after some bytes."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __call__(self, *_args: Any) -> None:
        raise OSError(self.number, os.strerror(self.number))


@pytest.mark.parametrize(
    ("number", "error", "message"),
    [
        (errno.ENOSPC, StoreFull, "no room for .*table; what is whole stays"),
        (errno.EACCES, StoreError, "table can't be written: Permission denied"),
    ],
)
def test_a_disk_that_says_no_leaves_what_was_there(
    number: int,
    error: type[Exception],
    message: str,
    db: Path,
    url: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fill(db, "a")
    wb.to_parquet(url, folder)
    before = files(folder)
    loop.run(SQLiteSession("a", db).append(TALK[:1]))
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", NoRoom(number))
        with pytest.raises(error, match=message):
            wb.to_parquet(url, folder)
    assert files(folder) == before
    assert wb.to_parquet(url, folder).written == 1


WRITER = """
import sys
import workbench as wb
from workbench.verbs import parquet
write = parquet.Folder.write
def told(self, name, fill):
    def filled(handle):
        fill(handle)
        if name == sys.argv[3]:
            print("in the middle", flush=True)
            input()
    write(self, name, filled)
parquet.Folder.write = told
wb.to_parquet(sys.argv[1], sys.argv[2])
"""


def test_a_kill_in_the_middle_leaves_whole_files_and_the_next_run_goes_on(
    db: Path, url: str, folder: Path, tmp_path: Path
) -> None:
    fill(db, "a", "b", "c")
    program = start(WRITER, url, folder, "b", folder=tmp_path)
    assert line(program) == "in the middle"
    with pytest.raises(StoreLocked, match=r"another program writes to .*table"):
        wb.to_parquet(url, folder)
    program.send_signal(signal.SIGKILL)
    program.communicate()
    assert len(pd.read_parquet(folder)) == 6
    assert f".{file_name('b')}" in files(folder)
    before = files(folder)
    report = wb.to_parquet(url, folder)
    assert (report.written, report.kept) == (2, 1)
    assert files(folder).keys() == {file_name(name) for name in "abc"}
    assert files(folder)[file_name("a")] == before[file_name("a")]
    assert len(pd.read_parquet(folder)) == 18


def test_a_kill_while_a_file_is_replaced_leaves_the_old_one(
    db: Path, url: str, folder: Path, tmp_path: Path
) -> None:
    fill(db, "a")
    wb.to_parquet(url, folder)
    loop.run(SQLiteSession("a", db).append(TALK))
    program = start(WRITER, url, folder, "a", folder=tmp_path)
    assert line(program) == "in the middle"
    program.kill()
    program.communicate()
    assert len(pd.read_parquet(folder)) == 6
    assert wb.to_parquet(url, folder).written == 1
    assert len(pd.read_parquet(folder)) == 12
