"""A turn on the screen while it runs: one display that is updated, not one line per word.

In a notebook the display is redrawn at most ten times a second; in IPython's terminal the words are
printed as they come; in a plain script nothing is shown. Model text is made harmless on the way.
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Any

from workbench import render
from workbench.items import Item
from workbench.turn.record import Turn

EVERY = 0.1
"""Seconds between two redraws."""


class Live:
    """Shows nothing: the screen of a plain script."""

    def handle(self, event: tuple[str, Any]) -> None:
        """Take in an event of `workbench.turn.take_turn`."""

    def finish(self, turn: Turn) -> Turn:
        """Show the turn as it ended."""
        return turn

    def stopped(self, error: BaseException) -> None:
        """Show that ``error`` ended the turn: the text so far is all there will be."""


class NotebookLive(Live):
    """One display of the cell, updated while the text comes in."""

    def __init__(self) -> None:
        from IPython.display import DisplayHandle

        self._handle: Any = DisplayHandle()
        self._begun = False
        self._text: list[str] = []
        self._items: list[Item] = []
        self._drawn = 0.0

    def handle(self, event: tuple[str, Any]) -> None:
        kind, value = event
        if kind == "text":
            self._text.append(value)
        elif kind == "item":
            self._items.append(value)
            self._text.clear()
        elif kind == "notice":
            print(value, flush=True)
            return
        if time.monotonic() - self._drawn >= EVERY:
            self._draw(self._bundle("running", "..."))

    def finish(self, turn: Turn) -> Turn:
        self._draw(turn._repr_mimebundle_())
        return turn.shown()

    def stopped(self, error: BaseException) -> None:
        if self._begun:
            self._draw(self._bundle("cancelled", _why(error)))

    def _bundle(self, status: str, footer: str) -> dict[str, str]:
        parts: dict[str, Any] = {
            "items": self._items,
            "text": "".join(self._text),
            "footer": footer,
            "status": status,
            "error": None,
            "streaming": status == "running",
        }
        return render.turn_forms(**parts)

    def _draw(self, bundle: dict[str, str]) -> None:
        show: Any = self._handle.update if self._begun else self._handle.display
        show(bundle, raw=True)
        self._begun, self._drawn = True, time.monotonic()


class TerminalLive(Live):
    """Words printed as they come; the footer is left for the turn's own display."""

    def __init__(self) -> None:
        self._printed = False

    def handle(self, event: tuple[str, Any]) -> None:
        kind, value = event
        if kind == "text":
            print(render.clean(value), end="", flush=True)
            self._printed = True
        elif kind == "notice":
            print(f"\n{value}" if self._printed else value, flush=True)

    def finish(self, turn: Turn) -> Turn:
        if not self._printed:
            return turn
        print(flush=True)
        return turn.shown(turn.footer)

    def stopped(self, error: BaseException) -> None:
        if self._printed:
            print(f"\n[{_why(error)}]", flush=True)


def _why(error: BaseException) -> str:
    """What a stopped turn leaves: an error may be that it could not be taken back."""
    if isinstance(error, (KeyboardInterrupt, asyncio.CancelledError)):
        return "stopped; the history is as it was before"
    return "stopped by the error below"


def live(stream: bool = True) -> Live:
    """The screen that fits where this runs."""
    core = sys.modules.get("IPython")
    shell = core.get_ipython() if core else None
    if shell is None or not stream:
        return Notices() if shell is not None else Live()
    return NotebookLive() if getattr(shell, "kernel", None) is not None else TerminalLive()


class Notices(Live):
    """Only the notices; the turn shows itself when it is returned."""

    def handle(self, event: tuple[str, Any]) -> None:
        if event[0] == "notice":
            print(event[1], flush=True)
