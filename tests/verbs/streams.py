"""A long conversation, and all its pages below one another: for the tests of streams."""

from __future__ import annotations

import random
from typing import Any

import pandas as pd

import workbench as wb
from tests.frames.histories import Step


def together(session: Any, size: int, **where: Any) -> pd.DataFrame:
    """All pages below one another."""
    pages = list(wb.iter_history(session, size=size, **where))
    assert all(len(page) == size for page in pages[:-1])
    assert len({tuple(page.dtypes.astype(str)) for page in pages}) == 1
    return pd.concat(pages, ignore_index=True)


def a_long_one() -> list[Step]:
    """Turns that are taken up again, calls whose outputs come much later, and plain talk."""
    dice = random.Random(4)
    calls = [f"call {number}" for number in range(12)]
    steps: list[Step] = []
    for number in range(60):
        call = dice.choice(calls)
        said: list[Any] = [{"role": "user", "content": f"question {number}"}]
        asked = {"type": "function_call", "call_id": call, "name": "add", "arguments": "{}"}
        told = {"type": "function_call_output", "call_id": dice.choice(calls), "output": "5"}
        answered = {"role": "assistant", "content": f"answer {number}"}
        items = dice.choice([said, [*said, answered], [*said, asked, told, answered], [told]])
        steps.append((items, dice.choice([None, *(f"turn {n}" for n in range(9))])))
    return steps
