from __future__ import annotations

import gc
import pickle
import weakref
from pathlib import Path
from typing import Any

import pandas as pd

import workbench as wb


def html(frame: Any) -> Any:
    return frame._repr_html_()


def test_texts_of_a_history_are_not_broken_to_a_word_a_line(workbench_home: Path) -> None:
    wb.ask("demo", "My name is <b>John</b>", model="offline")
    whole = '<td style="white-space:nowrap">My name is &lt;b&gt;John&lt;/b&gt;</td>'
    for frame in (
        wb.history("demo"),
        wb.history("demo", full=True),
        wb.turns("demo"),
    ):
        assert whole in html(frame)
    with pd.option_context("display.max_colwidth", None):
        assert "nowrap" not in html(wb.history("demo")), "a text of any length"
    with pd.option_context("display.notebook_repr_html", False):
        assert html(wb.history("demo")) is None


def test_a_history_is_a_plain_frame_for_all_that_is_done_with_it(workbench_home: Path) -> None:
    wb.ask("demo", "My name is John", model="offline")
    frame = wb.history("demo")
    assert type(frame) is pd.DataFrame
    again = pickle.loads(pickle.dumps(frame))
    pd.testing.assert_frame_equal(again, frame)
    pd.testing.assert_frame_equal(frame.copy(), wb.history("demo"))
    gone = weakref.ref(frame)
    gc.disable()
    try:
        del frame
        assert gone() is None, "its memory is free at once"
    finally:
        gc.enable()
