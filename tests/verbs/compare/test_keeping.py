from __future__ import annotations

from pathlib import Path

import pytest
from agents import Agent

import workbench as wb
from tests.turn.models import Refuses
from tests.verbs.compare.comparing import KEY, ids, nothing_left, talked
from workbench import loop
from workbench.errors import InvalidValue, StoreError
from workbench.items import is_encrypted
from workbench.sessions import MemorySession
from workbench.workspace import workspace


def names() -> list[str]:
    return sorted(wb.list_sessions()["name"])


def test_what_is_kept_is_a_session_of_its_own() -> None:
    talked("demo", "My name is John")
    wb.compare("What's my name?", ["demo", "offline"], session="demo", keep=True)
    assert names() == ["demo", "demo-compare-1", "demo-compare-2"]
    assert len(wb.history("demo")) == 2
    for name in names()[1:]:
        assert wb.history(name)["content"].tolist()[-1] == "Your name is John."
        assert len(wb.turns(name)) == 2
        assert wb.ask(name, "What's my name?").text == "Your name is John."
    assert nothing_left()


def test_names_that_are_taken_are_left_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/app.db"
    talked("demo", "Hi", store=url)
    loop.run(
        workspace().store_at(url).append("demo-compare-1", [{"role": "user", "content": "own"}])
    )
    talked("demo-compare-2", "Hi")
    wb.compare("Hi", "demo", keep=True, repeat=2)
    assert names() == ["demo", "demo-compare-2", "demo-compare-3", "demo-compare-4"]
    kept = wb.list_sessions().set_index("name")["store"].to_dict()
    assert kept["demo-compare-3"] == kept["demo"] != kept["demo-compare-2"]
    assert len(wb.history("demo-compare-1", store=url)) == 1


def test_what_stands_around_the_origin_stands_around_what_is_kept(tmp_path: Path) -> None:
    talked("demo", "My name is John", encrypt=True, key=KEY, max_messages=40)
    url = f"sqlite:///{tmp_path}/app.db"
    wb.compare("Hi", ["demo", url], session="demo", keep=True)
    for name in ("demo-compare-1", "demo-compare-2"):
        entry = loop.run(workspace().get(name))
        assert entry.wrappers.max_messages == 40
        assert all(map(is_encrypted, loop.run(workspace().base(entry).get_items())))
        assert wb.ask(name, "What's my name?").text == "Your name is John."
    assert ids(url) == ["demo-compare-2"]


def test_without_an_origin_it_is_kept_by_the_workspace() -> None:
    wb.compare("My name is John", [Agent(name="Ann"), "offline"], keep=True)
    assert names() == ["compare-1", "compare-2"]
    assert len(wb.history("compare-1")) == 2


def test_one_that_failed_is_kept_too_and_nothing_when_it_can_not_be_had(tmp_path: Path) -> None:
    talked("demo", "Hi")
    (tmp_path / "bad.db").write_text("no database at all " * 99)
    wb.compare("Hi", {"x": Refuses()}, session="demo", keep=True)
    assert len(wb.history("demo-compare-1")) == 2
    with pytest.raises(StoreError):
        wb.compare("Hi", f"sqlite:///{tmp_path}/bad.db", session="demo", keep=True)
    assert names() == ["demo", "demo-compare-1"]


def test_what_has_no_name_can_not_be_kept() -> None:
    with pytest.raises(InvalidValue, match="keep=True names the copies, and 'x' has no name"):
        wb.compare("Hi", MemorySession("x"), keep=True)
