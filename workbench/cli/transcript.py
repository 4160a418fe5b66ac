"""The conversations of the current folder as plain text: what was said, then the history frame.

A reply is a stranger's text: it is cleaned of what would move the cursor of a terminal.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

SHOWN = ["order", "turn", "role", "type", "content", "tool_call_function", "model", "n_chars"]
"""The columns of the history frame that fit a line of a terminal."""


def main() -> int:
    """Print every named conversation of the workspace."""
    import workbench as wb
    from workbench.render import clean

    for name in wb.list_sessions()["name"]:
        frame = wb.history(name)
        print(f"\n== {clean(name)} ==\n{conversation(frame)}\n\n{table(frame)}")
    return 0


def conversation(frame: pd.DataFrame) -> str:
    """Who said what: a paragraph a message, a line a call of a tool."""
    from workbench.render import plain

    return plain(frame["item"])


def table(frame: pd.DataFrame) -> str:
    """The history frame with the columns that fit a terminal."""
    from workbench.render import clean

    cells = frame[SHOWN].astype(object)
    return clean(cells.where(cells.notna(), "").to_string(index=False, max_colwidth=48))


if __name__ == "__main__":
    sys.exit(main())
