"""What a search has found, as people see it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest

from tests.render.hostile import PAYLOADS, problems
from workbench.frames import found
from workbench.frames.columns import columns_table
from workbench.frames.found import FOUND_COLUMNS, FoundFrame, FoundRow, found_frame
from workbench.items import user_message


def row(snippet: str = "I like **dark** mode", **more: Any) -> FoundRow:
    known: dict[str, Any] = {
        "session": "demo",
        "session_id": "demo",
        "store": "memory://",
        "order": 1,
        "turn": 1,
        "item": user_message("I like dark mode"),
        "score": 1.5,
        "created_at": datetime(2026, 1, 2, tzinfo=UTC),
    }
    return FoundRow(snippet=snippet, **{**known, **more})


def test_the_columns_are_those_of_the_docs() -> None:
    assert columns_table(FOUND_COLUMNS) in (found.__doc__ or "")
    frame = found_frame([row(), row(session=None, order=None, turn=None, created_at=None)])
    assert frame.dtypes.astype(str).to_dict() == {each.name: each.dtype for each in FOUND_COLUMNS}
    assert frame.loc[1, ["session", "order", "turn", "created_at"]].isna().all()
    assert frame.loc[0, "item"] == user_message("I like dark mode")


def test_what_was_found_is_marked_and_whole_in_html() -> None:
    long = "x " * 100 + "**dark mode** and **dark** " + "y " * 100
    html = found_frame([row(long)])._repr_html_() or ""
    assert "<mark>dark mode</mark> and <mark>dark</mark>" in html
    assert "y y y" * 10 in html.replace("  ", " ") or html.count("y ") >= 99
    assert "**" not in html


@pytest.mark.parametrize("text", PAYLOADS, ids=range(len(PAYLOADS)))
def test_hostile_text_is_text(text: str) -> None:
    shown = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    frame = found_frame([row(f"**{shown}** {shown} **", session=shown, session_id=shown)])
    html = frame._repr_html_() or ""
    body = re.sub(r"<style scoped>.*?</style>", "", html, flags=re.S)
    tags = {tag.lower() for tag in re.findall(r"<\s*/?\s*([a-zA-Z]+)", body)}
    assert tags <= {"div", "table", "thead", "tbody", "tr", "th", "td", "mark", "p"}
    told = [each for each in problems(body) if not each.startswith(("TeX", "table border"))]
    assert told == []
    assert "tex2jax_ignore" in html


def test_plain_text_shows_the_snippets_whole() -> None:
    shown = repr(found_frame([row("a " * 55 + "**dark**")]))
    assert "**dark**" in shown
    assert len(shown.splitlines()) == 2


def test_what_is_selected_from_it_still_shows_itself() -> None:
    frame = found_frame([row(), row("**b**", order=2)])
    assert isinstance(frame[frame["order"] == 2], FoundFrame)
    assert "<mark>b</mark>" in (frame[frame["order"] == 2]._repr_html_() or "")
    without = frame[["order", "turn"]]
    assert "<mark>" not in (without._repr_html_() or "")
    assert repr(without) == repr(pd.DataFrame(without))
    other = frame[["item", "role"]]
    assert "user" in repr(other)


def test_an_empty_one_shows_that_it_is_empty() -> None:
    frame = found_frame([])
    assert frame.empty
    assert "Empty" in repr(frame)
    assert "<table" in (frame._repr_html_() or "")
