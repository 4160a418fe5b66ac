"""Which rows are selected: flags by the place of a row in the frame, whatever is seen of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.errors import InvalidValue
from workbench.widgets.grid.column import Flags, Ints

MODES = ("only", "toggle", "add", "none")


class Selection:
    """The selected rows of a frame of ``length`` rows."""

    def __init__(self, length: int) -> None:
        self.flags: Flags = np.zeros(length, dtype=np.bool_)

    def __len__(self) -> int:
        return int(np.count_nonzero(self.flags))

    @property
    def rows(self) -> Ints:
        """Where the selected rows are, in the frame's own order."""
        return np.flatnonzero(self.flags)

    def picked(self, rows: Ints) -> str:
        """Which of ``rows`` are selected: a 1 or 0 for each."""
        return "".join("1" if each else "0" for each in self.flags[rows])

    def change(self, mode: Any, rows: Ints) -> None:
        """Select ``rows`` only, add them, take each the other way, or select none at all."""
        if mode not in MODES:
            raise InvalidValue(f"rows are selected by {', '.join(MODES)}, not {mode!r:.60}")
        flags = np.zeros_like(self.flags) if mode in ("only", "none") else self.flags.copy()
        if mode == "toggle":
            flags[rows] = ~flags[rows]
        elif mode != "none":
            flags[rows] = True
        self.flags = flags  # in one step: others read it in their own threads
