"""A notebook for the tests: grids of a history, of what a search finds, and of hostile texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

CELLS = {
    "load": """\
import os
os.environ["WORKBENCH_HOME"] = "grids"
import pandas as pd
import workbench as wb
from tests.browser.grids import history, hostile, long_frame

history()
grid = wb.grid("demo")
grid""",
    "selected": "print(type(grid.selected).__name__, grid.selected['order'].tolist())",
    "dtypes": "print((grid.selected.dtypes == wb.history('demo').dtypes).all())",
    "shown": "print(grid.shown['order'].tolist())",
    "search": "wb.grid(search='\"dark mode\"')",
    "long": "long = wb.grid(long_frame()); long",
    "long-selected": "print(len(long.selected), long.shown['number'].head(3).tolist())",
    "hostile": "wb.grid(hostile())",
    "small": """\
from ipywidgets import VBox
VBox([wb.grid(pd.DataFrame({"a": [1, 2]}, index=["x", "y"]))])""",
}
"""Name and source of each cell; the names are the ids."""

ROWS = 1_500_000
"""Of the long frame: more than the element of a list has pixels for."""


def history() -> None:
    """A conversation with turns, a tool, an image, Arabic, and a text of many characters."""
    import workbench as wb
    from workbench import loop

    if "demo" in list(wb.list_sessions()["name"]):
        return
    call = {"type": "function_call", "call_id": "c1", "name": "weather", "arguments": '{"at": "x"}'}
    image = [{"type": "input_image", "image_url": "data:image/png;base64,AA=="}]
    turns: list[list[dict[str, Any]]] = [
        [{"role": "user", "content": "I prefer dark mode in the evening"}],
        [call, {"type": "function_call_output", "call_id": "c1", "output": "=SUM(A1:A9) rain"}],
        [{"role": "user", "content": "ما هو اسمي؟"}, {"role": "user", "content": image}],
        [{"role": "assistant", "content": "long " * 5_000 + "the end of the dark mode"}],
        [{"role": "user", "content": f"Question {number}"} for number in range(30)],
    ]
    session: Any = wb.session("demo")
    for number, items in enumerate(turns):
        loop.run(session.append(items, turn_id=f"t{number}"))


def long_frame() -> pd.DataFrame:
    """A million and a half rows."""
    import numpy as np
    import pandas as pd

    return pd.DataFrame({"number": np.arange(ROWS)[::-1], "half": np.arange(ROWS) / 2})


def hostile() -> pd.DataFrame:
    """Every payload in every text: cells, names of columns, the index, nested values, items."""
    import pandas as pd

    from tests.render.hostile import PAYLOADS
    from workbench.frames.item_array import ItemArray

    texts = [each.replace("\ud800", "") for each in PAYLOADS]
    frame = pd.DataFrame({"role": texts, "content": texts, "nested": [{"a": t} for t in texts]})
    frame["item"] = ItemArray._from_sequence([{"content": each} for each in texts])
    frame["kind"] = pd.Categorical(texts)
    for number, each in enumerate(texts[:12]):
        frame[each] = number
    return frame.set_index(pd.Index(texts, name=texts[3]))
