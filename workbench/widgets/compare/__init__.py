"""The panel of a comparison: one prompt, a column for each of what is compared."""

from __future__ import annotations

import asyncio
import threading
from typing import Any, ClassVar

from workbench import loop
from workbench.errors import InvalidValue
from workbench.render.text import one_line
from workbench.widgets.compare.board import Board, Place, whole
from workbench.widgets.compare.contest import Compared, Contest
from workbench.widgets.compare.forms import listed
from workbench.widgets.panel import Panel, Tell
from workbench.widgets.stream import Stream

MOST_RUNS = 10
"""Repetitions of each: what is more belongs in ``wb.compare(..., repeat=)``."""

LONGEST = 1_000_000
"""Characters of a prompt."""

_TOLD = {"done": "is done", "pending": "waits for an approval", "cancelled": "was stopped"}


class ComparePanel(Panel):
    """Asks what is compared, all at the same time, and shows the answers side by side."""

    page: ClassVar[str] = "compare"

    def __init__(self, contest: Contest, *, repeat: int = 1) -> None:
        names = ", ".join(one_line(label, 40) for label, _kind in contest.columns())
        super().__init__(title=f"Compare {names}")
        self._contest, self._repeat = contest, repeat
        self._board = Board()
        self._running = False
        self._bundle: tuple[Compared, dict[str, str]] | None = None
        self.comparison: Any = None
        """The last comparison, as ``wb.compare`` returns it; None before the first prompt. It has
        all rounds since the columns or the copies last began anew."""

    @property
    def frame(self) -> Any:
        """A row for each answer of the last comparison, as that of ``wb.compare``.

        Raises InvalidValue before the first one.
        """
        if self.comparison is None:
            raise InvalidValue("nothing was compared yet: ask something in the panel")
        return self.comparison.frame

    async def greeting(self) -> dict[str, Any]:
        """The whole page."""
        return {**self._columns(), **self._board.all(), "repeat": self._repeat}

    def _columns(self) -> dict[str, Any]:
        columns = [[whole(label), kind] for label, kind in self._contest.columns()]
        return {"columns": columns, "inPlace": self._contest.in_place, "mostRuns": MOST_RUNS}

    def forms(self) -> dict[str, str]:
        """The last comparison side by side; before that, what there is to compare."""
        made = self.comparison
        if made is None:
            return listed(self._contest.columns())
        if self._bundle is None or self._bundle[0] is not made:
            self._bundle = made, made._repr_mimebundle_()
        return self._bundle[1]

    # What the page asks for

    async def on_look(self, _tell: Tell) -> dict[str, Any]:
        """The page has missed something."""
        return self._board.all()

    async def on_known(self, _tell: Tell) -> list[str]:
        """Names to choose from."""
        return await self._contest.known()

    async def on_add(self, _tell: Tell, target: Any = None) -> None:
        """One more column."""
        await self._contest.add(_text(target, "write what to compare"))
        self.tell_all("columns", **self._columns())

    async def on_remove(self, _tell: Tell, column: Any = None) -> None:
        """One less."""
        self._contest.remove(_text(column, "a column is named by its label"))
        self.tell_all("columns", **self._columns())

    async def on_stop(self, _tell: Tell, column: Any = None) -> None:
        """End one answer, or (None) all."""
        self._contest.stop(None if column is None else _text(column, "a column has a label"))

    async def on_keep(
        self, _tell: Tell, column: Any = None, run: Any = 1, name: Any = None
    ) -> dict[str, Any]:
        """Go on with one of them."""
        label = _text(column, "a column is named by its label")
        chosen = name.strip() if isinstance(name, str) else ""
        kept = await self._contest.keep(label, _count(run), chosen or None)
        return {"name": kept}

    async def on_ask(
        self, _tell: Tell, prompt: Any = None, repeat: Any = 1, go_on: Any = False
    ) -> None:
        """A round; it is over when this is."""
        text = _text(prompt, "the prompt is empty: say something")
        if self._running:
            raise InvalidValue("a round is under way: stop it, or wait for its end")
        self._running = True
        try:
            await self._round(text, _count(repeat), go_on=go_on is True)
        finally:
            self._running = False

    async def _round(self, prompt: str, repeat: int, *, go_on: bool) -> None:
        hearing = _Hearing(self, self._board, [label for label, _ in self._contest.columns()])
        self._tell(self._board.begin(prompt, hearing.titles, repeat))
        try:
            made = await self._contest.ask(prompt, repeat=repeat, go_on=go_on, hear=hearing.hear)
            shown = await asyncio.to_thread(made.round, made.rounds)
            self.comparison, self._repeat = made, repeat
            over = self._board.over(shown, made.measures(made.rounds))
        except BaseException:
            hearing.close()
            self._tell(self._board.broken())
            raise
        self._tell(over)
        self.announce(hearing.summary())

    def _tell(self, message: dict[str, Any]) -> None:
        self.tell_all("board", **message)

    def __del__(self) -> None:
        """At the end of a program there is no loop any more that copies could be deleted on; the
        next comparison does that. ipywidgets would close the panel here, and wait for ever."""

    def close(self) -> None:
        """Take the panel off the page, stop what is under way, and delete the copies."""
        super().close()
        if threading.current_thread() is loop.home().thread:
            loop.Job(loop.home(), self._contest.close(), lambda: None).begin()
        else:
            loop.run(self._contest.close())


class _Hearing:
    """What a round is heard to do becomes messages; texts are gathered on the way."""

    def __init__(self, panel: ComparePanel, board: Board, titles: list[str]) -> None:
        self._panel, self._board, self.titles = panel, board, titles
        self._streams: dict[Place, Stream] = {}
        self._ends: list[str] = []

    def hear(self, label: str, run: int, what: str, value: Any) -> None:
        place = self.titles.index(label), run - 1
        if what == "begun":
            self._tell(self._board.change(place, state="asking"))
        elif what == "text":
            self._stream(place).add(value)
        elif what == "call":
            self._tell(self._board.call(place, one_line(value)))
        elif what == "ended":
            self._stream(place).close()
            self._tell(self._board.ended(place, value.status, value.reply))
            self._ends.append(value.status)
            self._panel.announce(f"{label} {_TOLD.get(value.status, 'failed')}.")

    def close(self) -> None:
        """Nothing comes any more."""
        for each in self._streams.values():
            each.close()

    def summary(self) -> str:
        """The end of the round, for who does not see it."""
        counts = {"done": 0, "pending": 0, "cancelled": 0, "failed": 0}
        for each in self._ends:
            counts[each if each in counts else "failed"] += 1
        names = {"pending": "waiting for an approval", "cancelled": "stopped"}
        said = [f"{count} {names.get(name, name)}" for name, count in counts.items() if count]
        return f"All answers are there: {', '.join(said)}."

    def _tell(self, message: dict[str, Any]) -> None:
        self._panel._tell(message)

    def _stream(self, place: Place) -> Stream:
        if place not in self._streams:
            self._streams[place] = Stream(lambda text: self._tell(self._board.more(place, text)))
        return self._streams[place]


def _text(given: Any, otherwise: str) -> str:
    """A text that a page sent. Raises InvalidValue."""
    if not isinstance(given, str) or not given.strip():
        raise InvalidValue(otherwise)
    if len(given) > LONGEST:
        raise InvalidValue(f"{LONGEST:,} characters are the most")
    return given


def _count(given: Any) -> int:
    """A number of runs that a page sent. Raises InvalidValue."""
    if isinstance(given, bool) or not isinstance(given, int) or not 1 <= given <= MOST_RUNS:
        raise InvalidValue(f"repeat is a number from 1 to {MOST_RUNS}")
    return given
