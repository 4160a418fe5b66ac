from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from io import BytesIO
from typing import Any

import pytest
from matplotlib.figure import Figure

from tests.notebooks.pictures import Picture
from tests.notebooks.running import steady


def plot(heights: Sequence[float], *, title: str = "tokens", **saved: Any) -> str:
    figure = Figure(figsize=(6, 2.5))
    axes = figure.subplots()
    axes.bar(range(len(heights)), heights)
    axes.set_title(title)
    file = BytesIO()
    figure.savefig(file, format="png", bbox_inches="tight", **saved)
    return b64encode(file.getvalue()).decode()


def test_the_same_plot_by_another_version_of_matplotlib_is_the_same() -> None:
    one = plot([1, 2, 3])
    other = plot([1, 2, 3], title="Tokens", metadata={"Software": "another version"})
    assert one != other
    assert steady({"image/png": one}) == steady({"image/png": other})


@pytest.mark.parametrize("heights", [[1, 2, 2], [1, 3, 2], [1, 2, 3, 1]])
def test_a_plot_of_something_else_is_another(heights: list[float]) -> None:
    assert Picture(plot([1, 2, 3])) != Picture(plot(heights))


def test_a_plot_is_no_other_output() -> None:
    assert steady({"image/png": plot([1])}) != steady({"text/plain": "<Figure>"})
