"""What a benchmark found, beside what was asked for, and the table that shows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

HEAD = ("work", "SDK", "ours", "found", "asked", "reached")


@dataclass(frozen=True)
class Figure:
    """One line of the table. ``value`` has ``unit``; ``asked`` is its upper bound, None for none.

    ``sdk`` and ``ours`` are what was measured on each side, as the table shows it; ``spread`` is
    the lowest and the highest value of a round.
    """

    work: str
    value: float
    asked: float | None = None
    unit: str = "x"
    sdk: str = ""
    ours: str = ""
    spread: tuple[float, float] | None = None

    @property
    def reached(self) -> bool | None:
        """Whether the figure holds; None where nothing was asked."""
        return None if self.asked is None else self.value <= self.asked

    def cells(self) -> tuple[str, ...]:
        """The figure as a row under HEAD."""
        found = number(self.value) + self.unit
        if self.spread is not None:
            found += f" ({number(self.spread[0])}-{number(self.spread[1])})"
        asked = "" if self.asked is None else f"<= {number(self.asked)}{self.unit}"
        reached = {None: "for information", True: "yes", False: "NO"}[self.reached]
        return (self.work, self.sdk, self.ours, found, asked, reached)


def compared(
    work: str, times: Mapping[str, Sequence[float]], asked: float | None = None, *, per: int = 1
) -> Figure:
    """The ratio of the medians of "ours" and "SDK"; times in seconds for ``per`` operations."""
    ours, sdk = times["ours"], times["SDK"]
    rounds = [mine / theirs for mine, theirs in zip(ours, sdk, strict=True)]
    return Figure(
        work,
        median(ours) / median(sdk),
        asked,
        sdk=duration(median(sdk) / per),
        ours=duration(median(ours) / per),
        spread=(min(rounds), max(rounds)),
    )


def duration(seconds: float) -> str:
    """A time in the unit that a person would choose."""
    if seconds >= 1:
        return f"{seconds:.2f} s"
    return f"{seconds * 1e3:.3g} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.3g} us"


def number(value: float) -> str:
    """Three digits that count, never in powers of ten."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def table(figures: Iterable[Figure]) -> str:
    """The figures as a Markdown table with aligned columns."""
    rows = [HEAD, *(figure.cells() for figure in figures)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [_line(row, widths) for row in rows]
    lines.insert(1, _line(["-" * width for width in widths], widths))
    return "\n".join(lines)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    filled = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return "| " + " | ".join(filled) + " |"
