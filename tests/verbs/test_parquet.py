from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dask.dataframe as frames
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import dataset, parquet

import workbench as wb
from tests.frames.conversations import TALK, record
from tests.verbs.parquet_files import (
    KEY,
    db,
    file_name,
    files,
    fill,
    folder,
    same,
    secret,
    url,
)
from workbench import loop
from workbench.errors import (
    InvalidStoreURL,
    InvalidValue,
    KeyRequired,
    NotFound,
    UnknownSession,
)
from workbench.frames.parquet import KEY as ABOUT
from workbench.frames.parquet import TABLE_COLUMNS
from workbench.protocols import HIDDEN, Edit
from workbench.sessions import SQLiteSession
from workbench.verbs.session_folder import MARK

__all__ = ["db", "folder", "url"]  # fixtures of both


def test_pandas_reads_the_folder_with_the_dtypes_of_the_history(
    db: Path, url: str, folder: Path
) -> None:
    fill(db, "a", "b", "c")
    report = wb.to_parquet(url, folder)
    assert (report.written, report.kept, report.items) == (3, 0, 18)
    found = pd.read_parquet(folder)
    assert found.dtypes.astype(str).to_dict() == {each.name: each.dtype for each in TABLE_COLUMNS}
    for name in "abc":
        same(found[found["session_id"] == name], wb.history(name, store=url))
    table = dataset.dataset(folder)
    assert table.schema.field("created_at").type == pa.timestamp("us", tz="UTC")
    assert table.count_rows() == 18


def test_dask_and_a_single_column_read_it_too(db: Path, url: str, folder: Path) -> None:
    fill(db, "a", "b")
    wb.to_parquet(url, folder)
    assert len(frames.read_parquet(folder)) == 12
    assert pd.read_parquet(folder, columns=["input_tokens"])["input_tokens"].sum() == 20


def test_a_long_one_is_written_in_row_groups(db: Path, url: str, folder: Path) -> None:
    fill(db, "long")
    wb.to_parquet(url, folder, size=4)
    (path,) = folder.glob("*.parquet")
    assert parquet.ParquetFile(path).metadata.num_row_groups == 2
    same(pd.read_parquet(path), wb.history("long", store=url))


def test_a_file_says_what_it_is(db: Path, url: str, folder: Path) -> None:
    fill(db, "demo")
    wb.to_parquet(url, folder)
    (path,) = folder.glob("*.parquet")
    about = json.loads((parquet.read_schema(path).metadata or {})[ABOUT])
    assert about["version"] == 1
    assert (about["session_id"], about["items"], about["plain"]) == ("demo", 6, False)
    assert str(db) not in json.dumps(about) + (folder / MARK).read_text()


HOSTILE = [
    "../../etc/passwd",
    "/absolute",
    "a/b",
    "a-b",
    "..",
    ".hidden",
    "_under",
    "x" * 300,
    "Demo",
    "demo",
    "日本語 😀",
    "tab\there\nline",
    "nul\0nul",
    "CON",
    "session_id=1",
    "<script>alert(1)</script>|*",
    "123",
]


def test_no_id_leaves_the_folder_or_meets_another(db: Path, url: str, folder: Path) -> None:
    fill(db, *HOSTILE)
    report = wb.to_parquet(url, folder)
    assert report.written == len(HOSTILE)
    assert {each.name for each in db.parent.iterdir()} >= {"table"}
    names = [each.name for each in folder.glob("*.parquet")]
    assert len({name.lower() for name in names}) == len(HOSTILE)
    assert all(len(name) < 100 and name.isascii() for name in names)
    found = pd.read_parquet(folder)
    assert found.groupby("session_id").size().to_dict() == dict.fromkeys(HOSTILE, 6)
    assert wb.to_parquet(url, folder).kept == len(HOSTILE)


def session(db: Path) -> SQLiteSession:
    return SQLiteSession("b", db)


def _keys(db: Path) -> list[Any]:
    return [row.key for row in loop.run(session(db).rows())]


CHANGES: dict[str, Callable[[Path], object]] = {
    "append": lambda db: loop.run(session(db).append(TALK[:1])),
    "pop": lambda db: loop.run(session(db).pop_item()),
    "pop and add in one second": lambda db: loop.run(popped_and_added(db)),
    "hide": lambda db: loop.run(session(db).archive(_keys(db)[2:3], reason=HIDDEN)),
    "rewrite": lambda db: loop.run(session(db).edit(Edit(rewrite={_keys(db)[0]: TALK[4]}))),
    "turn recorded": lambda db: loop.run(session(db).save_turn(record("t2", 1))),
    "turn recorded anew": lambda db: loop.run(session(db).save_turn(record("t1", 0, agent="Bob"))),
}


async def popped_and_added(db: Path) -> None:
    await session(db).pop_item()
    await session(db).append(TALK[:1], turn_id="t2")


@pytest.mark.parametrize("change", CHANGES)
def test_a_second_run_writes_what_has_changed_and_keeps_the_rest(
    change: str, db: Path, url: str, folder: Path
) -> None:
    fill(db, "a", "b", "c")
    wb.to_parquet(url, folder)
    before = files(folder)
    CHANGES[change](db)
    report = wb.to_parquet(url, folder)
    assert (report.written, report.kept) == (1, 2)
    after = files(folder)
    assert {name for name in after if after[name] != before[name]} == {file_name("b")}
    found = pd.read_parquet(folder)
    same(found[found["session_id"] == "b"], wb.history("b", store=url))


def test_overwrite_writes_all_anew_and_removes_what_the_store_no_longer_has(
    db: Path, url: str, folder: Path
) -> None:
    fill(db, "a", "b")
    wb.to_parquet(url, folder)
    before = files(folder)
    loop.run(SQLiteSession("b", db).clear_session())
    report = wb.to_parquet(url, folder)
    assert report.left == (file_name("b"),)
    assert "overwrite=True removes them" in str(report)
    assert set(files(folder)) == set(before)
    report = wb.to_parquet(url, folder, overwrite=True)
    assert (report.written, report.removed, report.left) == (1, 1, ())
    assert files(folder).keys() == {file_name("a")}
    assert files(folder)[file_name("a")] != before[file_name("a")]


def test_some_sessions_alone_leave_the_files_of_the_others(
    db: Path, url: str, folder: Path
) -> None:
    fill(db, "a", "b", "c")
    wb.to_parquet(url, folder)
    assert wb.to_parquet(url, folder, sessions="a").kept == 1
    report = wb.to_parquet(url, folder, sessions=["b", "a"], overwrite=True)
    assert (report.written, report.removed) == (2, 0)
    assert len(files(folder)) == 3


def test_the_named_sessions_of_the_workspace_wherever_they_are(
    url: str, folder: Path, tmp_path: Path
) -> None:
    wb.ask("one", "Hi")
    wb.ask("two", "Hi", store=url)
    wb.session("empty")
    report = wb.to_parquet(None, folder)
    assert (report.written, report.items) == (3, 4)
    found = pd.read_parquet(folder)
    for name in ("one", "two"):
        same(found[found["session_id"] == name], wb.history(name))
    assert wb.to_parquet(None, folder, sessions=["one"]).kept == 1


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"sessions": ["x"]}, UnknownSession, "no session 'x' among those"),
        ({"sessions": []}, InvalidValue, "sessions names none"),
        ({"sessions": [7]}, InvalidValue, "not by a int"),
        ({"store": "sqlite:///nowhere.db"}, NotFound, "no sessions in sqlite:///nowhere.db"),
        ({"store": "nonsense://x"}, InvalidStoreURL, "no store has the scheme"),
        ({"store": 7}, InvalidStoreURL, "given as a URL"),
        ({"folder": 7}, InvalidValue, "not by a int"),
        ({"folder": "a\0b"}, InvalidValue, "NUL"),
        ({"folder": ""}, InvalidValue, "not empty"),
        ({"size": 0}, InvalidValue, "size is a number of items from 1"),
    ],
    ids=str,
)
def test_what_can_not_be_meant_is_refused_and_nothing_is_made(
    given: dict[str, Any], error: type[Exception], message: str, db: Path, url: str, folder: Path
) -> None:
    fill(db, "a")
    with pytest.raises(error, match=message):
        wb.to_parquet(**{"store": url, "folder": folder, **given})
    assert not folder.exists()


def test_what_is_encrypted_stays_so_unless_it_is_said(
    db: Path, url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(db, "open")
    secret(db)
    monkeypatch.setenv("WORKBENCH_KEY", KEY)
    report = wb.to_parquet(url, folder)
    assert report.encrypted == ("secret",)
    assert "'secret': as they are stored, not readable; decrypt=True" in str(report)
    found = pd.read_parquet(folder / file_name("secret"))
    assert found["content"].str.startswith("[encrypted: ").all()
    assert not found["item"].str.contains("Thanks").any()

    report = wb.to_parquet(url, folder, decrypt=True)
    assert (report.written, report.kept, report.encrypted) == (1, 1, ())
    same(pd.read_parquet(folder / file_name("secret")), wb.history("secret", store=url))
    assert wb.to_parquet(url, folder, decrypt=True).kept == 2

    assert wb.to_parquet(url, folder).written == 1
    assert pd.read_parquet(folder / file_name("secret"))["type"].eq("encrypted").all()


def test_without_its_key_a_session_is_named_and_the_others_are_written(
    db: Path, url: str, folder: Path
) -> None:
    fill(db, "a", "z")
    secret(db)
    with pytest.raises(KeyRequired, match="session 'secret' needs its key") as caught:
        wb.to_parquet(url, folder, decrypt=True)
    assert caught.value.__notes__ == ["All other sessions were written."]
    assert files(folder).keys() == {file_name("a"), file_name("z")}


def test_the_report_shows_itself_and_nothing_in_it_is_markup(
    db: Path, url: str, folder: Path
) -> None:
    name = "<img src=x onerror=alert(1)>|"
    secret(db, name)
    report = wb.to_parquet(url, folder)
    forms = report._repr_mimebundle_()
    assert "sessions   1 written, 0 as they were" in forms["text/plain"]
    assert "<img" not in forms["text/html"] + forms["text/markdown"]
    assert wb.to_parquet(url, str(folder)).folder == str(folder)
