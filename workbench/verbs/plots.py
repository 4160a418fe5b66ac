"""What all plots share: matplotlib, imported when the first one is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.errors import MissingExtra
from workbench.render.text import one_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def axes(ax: Any = None, *, height: float = 3.0) -> Axes:
    """``ax`` itself, or those of a new figure, ``height`` inches high. Raises MissingExtra.

    A new figure is shown by the notebook when its cell ends, as all of matplotlib's are.
    """
    if ax is not None:
        found: Axes = ax
        return found
    try:
        from matplotlib import pyplot
    except ImportError:
        raise MissingExtra(
            "install the extra for plots (pip install 'conversation-workbench[plots]')"
        ) from None
    _figure, made = pyplot.subplots(figsize=(7.0, height), layout="constrained")
    return made


def plain_text(text: str, width: int = 30) -> str:
    """``text`` on one line as a label: a dollar sign would begin a formula."""
    return one_line(text, width).replace("$", r"\$")
