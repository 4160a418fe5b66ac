from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import workbench as wb
from workbench.errors import InvalidValue, UnknownSession


def test_a_grid_shows_a_history_a_frame_a_session_and_what_a_search_finds(tmp_path: Path) -> None:
    wb.ask("demo", "I prefer dark mode")
    history = wb.history("demo")
    assert type(history) is pd.DataFrame
    assert_frame_equal(wb.grid("demo").shown, history)
    assert_frame_equal(wb.grid(history).shown, history)
    assert_frame_equal(wb.grid(wb.session("demo")).shown, history)
    assert "archived" in wb.grid("demo", full=True).shown
    found = wb.grid(search="dark", role="user")
    assert_frame_equal(found.shown, wb.search("dark", role="user"))
    assert found.title == "Search: 'dark'"
    store = f"sqlite:///{tmp_path / 'own.db'}"
    wb.ask("own", "Hello", store=store)
    assert len(wb.grid("own", store=store).shown) == 2


def test_other_frames_of_ours_are_shown_too() -> None:
    wb.ask("demo", "My name is John")
    compared = wb.compare("What's my name?", ["demo"]).frame
    for frame in (wb.turns("demo"), wb.list_sessions(), wb.usage(), compared):
        grid = wb.grid(frame)
        assert_frame_equal(grid.shown, frame)
        assert str(len(frame)) in grid.forms()["text/plain"].splitlines()[0]


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"target": "demo", "search": "x"},
        {"search": "x", "full": True},
        {"target": pd.DataFrame(), "full": True},
        {"target": pd.DataFrame(), "store": "memory://"},
        {"target": pd.DataFrame(), "limit": 3},
    ],
)
def test_arguments_that_do_not_go_together_are_refused(given: dict[str, object]) -> None:
    with pytest.raises(InvalidValue):
        wb.grid(**given)  # type: ignore[arg-type]


def test_an_unknown_name_is_refused_as_by_the_history() -> None:
    with pytest.raises(UnknownSession):
        wb.grid("nobody")
