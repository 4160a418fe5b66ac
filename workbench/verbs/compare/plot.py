"""The plot of a comparison: bars for each target, means over prompts and runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from workbench.errors import InvalidValue, nearest, shorten
from workbench.verbs.plots import axes, plain_text

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_PARTS: dict[str, tuple[tuple[str, ...], str]] = {
    "seconds": (("seconds_load", "seconds_model", "seconds_save"), "seconds"),
    "tokens": (("input_tokens", "output_tokens"), "tokens"),
    "cost": (("cost",), "US dollars"),
    "bytes": (("bytes_stored",), "bytes stored"),
}
_COLOURS = ("#4c72b0", "#dd8452", "#55a868", "#8c8c8c")


def plotted(frame: pd.DataFrame, targets: Sequence[str], what: str, ax: Any) -> Axes:
    """Stacked bars of ``what``, the first target on top; what is not known has no bar."""
    if what not in _PARTS:
        hint = nearest(str(what), _PARTS, plural="plots")
        raise InvalidValue(f"there is no plot of {shorten(str(what))}; {hint}")
    names, unit = _PARTS[what]
    made = axes(ax, height=1.2 + 0.4 * len(targets))
    means = frame.groupby("target")[list(names)].mean().reindex(list(targets)).astype("Float64")
    places, left = range(len(targets)), [0.0] * len(targets)
    for name, colour in zip(names, _COLOURS, strict=False):
        widths = means[name].fillna(0.0).tolist()
        label = name.removeprefix("seconds_").replace("_", " ")
        made.barh(places, widths, left=left, color=colour, label=label)
        left = [start + width for start, width in zip(left, widths, strict=True)]
    if what == "seconds":
        _rest(made, frame, targets, left)
    _dressed(made, targets, unit, several=len(names) > 1)
    return made


def _rest(made: Axes, frame: pd.DataFrame, targets: Sequence[str], left: Sequence[float]) -> None:
    """The wall time that is none of the parts: tools, and the SDK itself."""
    whole = frame.groupby("target")["seconds"].mean().reindex(list(targets)).fillna(0.0).tolist()
    rest = [max(0.0, all_of - part) for all_of, part in zip(whole, left, strict=True)]
    made.barh(range(len(targets)), rest, left=list(left), color=_COLOURS[3], label="other")


def _dressed(made: Axes, targets: Sequence[str], unit: str, *, several: bool) -> None:
    made.set_yticks(range(len(targets)), [plain_text(each) for each in targets])
    made.invert_yaxis()
    made.set_xlabel(unit)
    made.spines[["top", "right"]].set_visible(False)
    if several:
        made.legend(frameon=False, fontsize="small", loc="upper left", bbox_to_anchor=(1.0, 1.0))
