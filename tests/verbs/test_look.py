from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from agents.memory import SQLiteSession as SDKSession

import workbench as wb
from workbench.errors import InvalidValue, StoreUnusable, UnknownSession
from workbench.sessions import MemorySession


def sdk_file(path: Path) -> None:
    session = SDKSession("app-1", path)
    asyncio.run(session.add_items([{"role": "user", "content": "written by an application"}]))
    session.close()


def test_a_session_by_its_id_in_any_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    sdk_file(tmp_path / "app.db")
    frame = wb.history("app-1", store="sqlite:///app.db")
    assert frame["content"].tolist() == ["written by an application"]
    assert wb.turns("app-1", store="sqlite:///app.db")["user"].tolist() == frame["content"].tolist()
    assert wb.list_sessions("sqlite:///app.db")["session_id"].tolist() == ["app-1"]
    assert not (tmp_path / "home").exists()


def test_an_unknown_session_is_refused_with_the_nearest(tmp_path: Path) -> None:
    sdk_file(tmp_path / "app.db")
    store = f"sqlite:///{tmp_path}/app.db"
    with pytest.raises(UnknownSession, match=r"no session 'app-2' in .*did you mean 'app-1'"):
        wb.history("app-2", store=store)
    wb.session("demo")
    with pytest.raises(UnknownSession, match="did you mean 'demo'"):
        wb.turns("dmeo")


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no database at all " * 99)
    with pytest.raises(StoreUnusable, match=r"notes\.txt"):
        wb.history("x", store=f"sqlite:///{tmp_path}/notes.txt")


def test_a_session_object_takes_no_store() -> None:
    with pytest.raises(InvalidValue, match="leave store= out"):
        wb.history(MemorySession("demo"), store="memory://")


def test_the_list_tells_each_session_with_its_store_and_length(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    wb.ask("one", "Hi")
    wb.ask("two", "Hi", store="sqlite:///two.db")
    wb.session("three", store="memory://list-test")
    frame = wb.list_sessions().set_index("name")
    assert frame["n_items"].to_dict() == {"one": 2, "two": 2, "three": 0}
    assert frame.loc["two", "store"] == "sqlite:///two.db"
    assert frame.loc["one", "store"] == "sqlite:///home/workbench.db"


def test_a_store_that_can_not_be_reached_does_not_hide_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    wb.ask("good", "Hi")
    wb.session("bad", store="sqlite:///bad.db")
    (tmp_path / "bad.db").write_text("no database at all " * 99)
    frame = wb.list_sessions().set_index("name")
    assert frame.loc["good", "n_items"] == 2
    assert frame["n_items"].isna().to_dict() == {"bad": True, "good": False}


def test_the_newest_items_alone() -> None:
    for number in range(3):
        wb.ask("demo", f"My number is {number}")
    frame = wb.history("demo", limit=2)
    assert frame["turn"].tolist() == [3, 3]
    assert frame["content"].iloc[0] == "My number is 2"
    with pytest.raises(InvalidValue, match="limit"):
        wb.history("demo", limit=-1)
