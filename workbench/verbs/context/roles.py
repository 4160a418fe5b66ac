"""As what the things that are sent count, and the colours of these in bars and plots."""

from __future__ import annotations

from workbench.frames.context import ContextRow

COLOURS = {
    "instructions": "#8172b3",
    "tools": "#937860",
    "summary": "#64b5cd",
    "system": "#ccb974",
    "developer": "#ccb974",
    "user": "#4c72b0",
    "assistant": "#dd8452",
    "tool": "#55a868",
}
"""Of each role in bars and plots."""
_GREY = "#8c8c8c"


def role_of(row: ContextRow) -> str:
    """What a row counts as: its role, or what it is where that says more."""
    if row.part == "instructions" or row.part == "summary":
        return row.part
    return "tools" if row.part in ("tool", "output type") else row.role


def colour_of(role: str) -> str:
    """The colour of a role."""
    return COLOURS.get(role, _GREY)
