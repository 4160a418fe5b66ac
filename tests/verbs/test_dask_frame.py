from __future__ import annotations

import json
import pickle
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dask
import pandas as pd
import pytest
from dask.distributed import Client, LocalCluster

import workbench as wb
from tests.frames.conversations import TALK, record
from tests.redis_server import redis_server, shared_cluster
from workbench import loop
from workbench.errors import (
    InvalidStoreURL,
    InvalidValue,
    KeyRequired,
    MissingExtra,
    NotFound,
    PasswordRequired,
    UnknownSession,
    Unsupported,
)
from workbench.frames import paging
from workbench.frames.parquet import TABLE_COLUMNS
from workbench.sessions import EncryptedSession, RedisSession, SQLiteSession
from workbench.stores import open_store
from workbench.verbs import dask_frame, stream
from workbench.verbs.dask_frame import Part, parts
from workbench.verbs.fleet import Member

KEY = "your-32-byte-encryption-key-here"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Client]:
    """A scheduler and two worker processes on this machine."""
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


async def fill(session: Any, turns: int) -> None:
    for number in range(turns):
        await session.append(TALK, turn_id=f"t{number}")
        await session.save_turn(record(f"t{number}", number))


def some_files(folder: Path, files: int = 3, sessions: int = 3) -> list[str]:
    """SQLite files of some sessions each, of different lengths."""
    for file in range(files):
        for number in range(sessions):
            session = SQLiteSession(f"s{number}", folder / f"{file}.db")
            loop.run(fill(session, 1 + file + number))
    return [f"sqlite:///{folder}/{file}.db" for file in range(files)]


def read_here(urls: list[str]) -> pd.DataFrame:
    """What pandas has of all the sessions of these stores, without Dask."""
    frames = [
        wb.history(name, store=url)
        for url in urls
        for name in sorted(wb.list_sessions(url)["session_id"])
    ]
    return pd.concat(frames, ignore_index=True)


def counts(frame: Any) -> dict[Any, int]:
    found = frame.groupby(["session_id", "role"])["n_chars"].sum()
    return dict(found.compute() if hasattr(found, "compute") else found)


def same(found: pd.DataFrame, frame: pd.DataFrame) -> None:
    """Whether the rows are these, in this order."""
    assert found["item"].map(json.loads).tolist() == frame["item"].tolist()
    pd.testing.assert_frame_equal(
        found.drop(columns="item").reset_index(drop=True), frame.drop(columns="item")
    )


def test_two_workers_answer_over_several_sqlite_files(cluster: Client, tmp_path: Path) -> None:
    urls = some_files(tmp_path)
    frame = wb.to_dask(urls)
    assert frame.npartitions == 9
    assert counts(frame) == counts(read_here(urls))
    processes = cluster.run(lambda: "workbench.verbs.dask_frame" in sys.modules)
    assert list(processes.values()) == [True, True]


def test_two_workers_answer_over_a_redis_cluster(cluster: Client) -> None:
    shared_cluster().empty()
    url = shared_cluster().url
    for number in range(6):
        loop.run(fill(RedisSession(f"chat {number}", url), 1 + number))
    frame = wb.to_dask(url)
    assert frame.npartitions == 6
    assert counts(frame) == counts(read_here([url]))
    assert frame["input_tokens"].sum().compute() == 10 * (1 + 2 + 3 + 4 + 5 + 6)


def test_rows_can_be_shuffled_between_the_workers(cluster: Client, tmp_path: Path) -> None:
    urls = some_files(tmp_path, files=2, sessions=2)
    by_role = wb.to_dask(urls).set_index("role").compute()
    assert by_role.index.value_counts().to_dict() == (
        read_here(urls)["role"].value_counts().to_dict()
    )
    assert all(isinstance(json.loads(each), dict) for each in by_role["item"])


@pytest.mark.parametrize("scheduler", ["sync", "threads", "processes"])
def test_every_scheduler_gives_the_rows_of_the_history(scheduler: str, tmp_path: Path) -> None:
    urls = some_files(tmp_path, files=2, sessions=2)
    found = wb.to_dask(urls).compute(scheduler=scheduler)
    assert found.dtypes.astype(str).to_dict() == {each.name: each.dtype for each in TABLE_COLUMNS}
    same(found, read_here(urls))


def test_columns_that_nobody_asked_for_are_not_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    urls = some_files(tmp_path, files=1, sessions=2)
    frame = wb.to_dask(urls)
    made: list[list[str]] = []
    page_frame = paging.page_frame

    def watched(*args: Any, columns: Any, **given: Any) -> pd.DataFrame:
        made.append([each.name for each in columns])
        return page_frame(*args, columns=columns, **given)

    monkeypatch.setattr(stream, "page_frame", watched)
    roles = frame["role"].compute(scheduler="sync")
    assert made == [["role"], ["role"]]
    assert roles.tolist() == read_here(urls)["role"].tolist()
    assert frame.shape[0].compute(scheduler="sync") == 18
    two = frame[["tool_call_function", "order"]].compute(scheduler="sync")
    assert two.columns.tolist() == ["tool_call_function", "order"]


def test_nothing_is_read_before_it_is_computed(tmp_path: Path) -> None:
    (url,) = some_files(tmp_path, files=1, sessions=1)
    frame = wb.to_dask(url)
    loop.run(SQLiteSession("s0", tmp_path / "0.db").append(TALK[:2]))
    assert len(frame) == 8


def test_a_relative_path_means_the_same_file_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    some_files(tmp_path, files=1, sessions=1)
    monkeypatch.chdir(tmp_path)
    frame = wb.to_dask("sqlite:///0.db")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert len(frame.compute(scheduler="sync")) == 6


def test_the_named_sessions_of_the_workspace(tmp_path: Path) -> None:
    wb.ask("one", "Hi")
    wb.ask("two", "Hi", store=f"sqlite:///{tmp_path}/two.db")
    frame = wb.to_dask(None)
    assert sorted(frame["session_id"].compute(scheduler="sync").unique()) == ["one", "two"]
    assert len(wb.to_dask(None, sessions="two").compute(scheduler="sync")) == 2


def test_a_long_session_is_several_partitions_that_fit_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask_frame, "SIZE", 4)
    monkeypatch.setattr(dask_frame, "PAGES", 2)
    session = SQLiteSession("long", tmp_path / "long.db")
    loop.run(fill(session, 4))
    url = f"sqlite:///{tmp_path}/long.db"
    frame = wb.to_dask(url)
    assert frame.npartitions == 3
    assert frame.map_partitions(len).compute(scheduler="sync").tolist() == [8, 8, 8]
    same(frame.compute(scheduler="sync"), wb.history(session))
    loop.run(session.append(TALK))
    same(frame.compute(scheduler="sync"), wb.history(session))
    loop.run(session.clear_session())
    assert len(frame.compute(scheduler="sync")) == 0


def member(number: int, store: str = "sqlite:////a.db") -> Member:
    return Member(store, f"s{number:05}", f"s{number:05}")


def test_very_many_sessions_share_partitions() -> None:
    many = [member(number) for number in range(2_500)]
    found = parts(many, [10] * 2_500)
    assert len(found) <= 1_000
    assert [each for part in found for each in part.members] == many


def test_sessions_of_two_stores_and_long_ones_share_none() -> None:
    members = [member(1), member(2), member(3), member(1, "sqlite:////b.db")]
    found = parts(members, [10, 250_000, None, 100_000])
    assert found == [
        Part((members[1],), 0, 10),
        Part((members[1],), 10, 20),
        Part((members[1],), 20, None),
        Part((members[0],)),
        Part((members[2],)),
        Part((members[3],)),
    ]


def test_the_same_sessions_are_the_same_graph(tmp_path: Path) -> None:
    urls = some_files(tmp_path, files=2, sessions=2)
    assert wb.to_dask(urls)._name == wb.to_dask(urls)._name
    assert wb.to_dask(urls)._name != wb.to_dask(urls, sessions="s0")._name


def test_a_password_is_looked_up_by_the_worker_and_is_nowhere_in_the_graph(
    cluster: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with redis_server(requirepass="hunter2") as server:
        url = f"redis://:hunter2@{server.host}:{server.port}"
        loop.run(fill(RedisSession("demo", url), 2))
        frame = wb.to_dask(url)
        graph = pickle.dumps(dict(frame.optimize().__dask_graph__()))
        assert b"hunter2" not in graph
        assert "hunter2" not in repr(frame) + str(frame.expr) + frame._name
        with pytest.raises(PasswordRequired, match="set WORKBENCH_REDIS_PASSWORD"):
            frame.compute()
        cluster.run(set_password, "hunter2")
        try:
            assert len(frame.compute()) == 12
        finally:
            cluster.run(set_password, None)


def set_password(value: str | None) -> None:
    """On a worker: what its environment says from now on."""
    import os

    if value is None:
        del os.environ["WORKBENCH_REDIS_PASSWORD"]
    else:
        os.environ["WORKBENCH_REDIS_PASSWORD"] = value


def test_encrypted_items_stay_so_unless_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop.run(fill(EncryptedSession(SQLiteSession("secret", tmp_path / "x.db"), KEY), 1))
    url = f"sqlite:///{tmp_path}/x.db"
    with pytest.raises(KeyRequired, match="session 'secret' needs its key"):
        wb.to_dask(url, decrypt=True).compute(scheduler="sync")
    monkeypatch.setenv("WORKBENCH_KEY", KEY)
    assert set(wb.to_dask(url)["type"].compute(scheduler="sync")) == {"encrypted"}
    same(wb.to_dask(url, decrypt=True).compute(scheduler="sync"), read_here([url]))


@pytest.mark.parametrize(
    ("store", "sessions", "error", "message"),
    [
        ("nonsense://x", None, InvalidStoreURL, "no store has the scheme"),
        ("sqlite:///nowhere.db", None, NotFound, "no sessions in sqlite:///nowhere.db"),
        ([], None, InvalidValue, "empty list"),
        ("sqlite:///0.db", "x", UnknownSession, "no session 'x'"),
        ("sqlite:///0.db", [], InvalidValue, "sessions names none"),
        (5, None, InvalidValue, "a store's URL or a list of them, not a int"),
        ("memory://dask", None, Unsupported, "in this process alone"),
    ],
)
def test_what_can_not_be_read_is_refused_before_anything_is_computed(
    store: Any,
    sessions: Any,
    error: type[Exception],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    some_files(tmp_path, files=1, sessions=1)
    monkeypatch.chdir(tmp_path)
    loop.run(open_store("memory://dask").append("demo", TALK))
    with pytest.raises(error, match=message):
        wb.to_dask(store, sessions=sessions)


def test_without_dask_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (url,) = some_files(tmp_path, files=1, sessions=1)
    monkeypatch.setitem(sys.modules, "dask.dataframe", None)
    monkeypatch.delattr(dask, "dataframe", raising=False)
    with pytest.raises(MissingExtra, match=r"conversation-workbench\[dask\]"):
        wb.to_dask(url)


def test_a_session_that_is_gone_by_then_is_empty_and_no_error(tmp_path: Path) -> None:
    (url,) = some_files(tmp_path, files=1, sessions=2)
    frame = wb.to_dask(url)
    loop.run(SQLiteSession("s0", tmp_path / "0.db").clear_session())
    assert set(frame["session_id"].compute(scheduler="sync")) == {"s1"}
