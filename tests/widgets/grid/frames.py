"""Frames with all that a column may hold."""

from __future__ import annotations

import random
from typing import Any

import pandas as pd
import pyarrow as pa

from workbench.frames.item_array import ItemArray

ROLES = ["user", "assistant", "tool", None]
WORDS = "Dark mode evening 深色模式 naïve café ÉTÉ [image] a.b (c) order 17 \\d".split()


def odd_frame(length: int = 500, seed: int = 1) -> pd.DataFrame:
    """Every dtype that the grid knows, with values that come again and values that are missing."""
    rng = random.Random(seed)

    def some(make: Any) -> list[Any]:
        return [None if rng.random() < 0.15 else make() for _ in range(length)]

    texts = some(lambda: " ".join(rng.choices(WORDS, k=rng.randint(0, 40))))
    times = pd.to_datetime(some(lambda: f"2026-01-{rng.randint(1, 28):02d}"), utc=True)
    items = [{"role": "user", "content": text, "n": number} for number, text in enumerate(texts)]
    made = {
        "order": pd.Series(range(1, length + 1), dtype="Int64"),
        "turn": pd.Series(some(lambda: rng.randint(1, 60)), dtype="Int64"),
        "role": pd.Series(rng.choices(ROLES, k=length), dtype="string"),
        "type": pd.Series(rng.choices(["message", "function_call"], k=length), dtype="string"),
        "content": pd.Series(texts, dtype="string"),
        "score": pd.Series(some(lambda: rng.choice([0.5, -1.25, 3e9])), dtype="Float64"),
        "plain": [rng.choice([1.5, float("nan"), -2.0]) for _ in range(length)],
        "whole": [rng.randint(-5, 5) for _ in range(length)],
        "hidden": pd.Series(some(lambda: rng.random() < 0.5), dtype="boolean"),
        "created_at": pd.Series(times).astype("datetime64[us, UTC]"),
        "took": pd.to_timedelta(some(lambda: f"{rng.randint(0, 9)}s")),
        "kind": pd.Categorical(some(lambda: rng.choice("xyz")), categories=list("zyx")),
        "mixed": some(lambda: rng.choice(["text", 7, {"a": [1]}, [None]])),
        "counts": some(lambda: rng.randint(0, 9)),
        "arrow": pd.Series(some(lambda: rng.randint(0, 9)), dtype=pd.ArrowDtype(pa.int64())),
        "item": pd.Series(ItemArray._from_sequence(items)),
    }
    return pd.DataFrame(made)


def many_texts(length: int) -> pd.DataFrame:
    """A long frame whose texts lie in many pieces of Arrow's memory; needles at a few places."""
    texts = [f"row {number}, {'hay ' * (number % 7)}" for number in range(length)]
    for place in (0, 70, 4_999, 5_000, length - 1):
        texts[place] += "Needle"
    parts: list[Any] = [
        pa.array(texts[at : at + 5_000], pa.large_string()) for at in range(0, length, 5_000)
    ]
    content: Any = pa.chunked_array(parts)
    return pd.DataFrame(
        {
            "role": pd.Series(["user", "assistant"] * (length // 2), dtype="string"),
            "content": pd.arrays.ArrowStringArray(content),
        }
    )
