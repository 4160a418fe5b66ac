"""The plot of a context: a bar for each thing that is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.verbs.context.roles import colour_of, role_of
from workbench.verbs.plots import axes, plain_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from workbench.verbs.context.report import Context

_BARS = 500
"""Things above which they are drawn as lines: bars of ten thousand take seconds."""


def plotted(context: Context, ax: Any) -> Axes:
    """Bars in the order in which things are sent; the legend has the tokens of each role."""
    made = axes(ax)
    from matplotlib.ticker import MaxNLocator  # it is there, or axes has said so

    for role, _count, size, _share in context.by_role():
        places = [place for place, row in enumerate(context.rows, 1) if role_of(row) == role]
        heights = [row.tokens for row in context.rows if role_of(row) == role]
        label = f"{plain_text(role)}: {size:,}"
        if len(context.rows) <= _BARS:
            made.bar(places, heights, width=0.9, color=colour_of(role), label=label)
        else:
            made.vlines(places, 0, heights, color=colour_of(role), linewidth=0.8, label=label)
    made.set_title(plain_text(context.headline, 120), fontsize="small")
    made.set_xlabel("what is sent, in order")
    made.set_ylabel("tokens (estimated)")
    made.xaxis.set_major_locator(MaxNLocator(integer=True))
    made.spines[["top", "right"]].set_visible(False)
    if context.rows:
        made.legend(frameon=False, fontsize="small", loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return made
