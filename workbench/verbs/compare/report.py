"""A comparison: an object that shows itself side by side."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any, Literal

from workbench.frames.comparison import prompt_text
from workbench.render.side_by_side import Round, side_by_side
from workbench.render.turn import duration
from workbench.verbs.compare.asking import Answer
from workbench.verbs.compare.measures import Measures, measures, typical

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

What = Literal["seconds", "tokens", "cost", "bytes"]


@dataclass(frozen=True, slots=True, repr=False)
class Comparison:
    """What ``wb.compare`` returns: an answer for each prompt, target and run.

    ``frame`` has a row for each, ``answers`` holds them with their Turns; it shows itself side by
    side, with the words marked in which replies differ from the first target's.
    """

    answers: tuple[Answer, ...]
    targets: tuple[str, ...]
    _frames: dict[str, Any] = field(default_factory=dict, compare=False)

    @property
    def frame(self) -> pd.DataFrame:
        """A row for each answer; the columns are those of `workbench.frames.comparison`."""
        from workbench.frames.comparison import compare_frame
        from workbench.frames.readable import readable

        if "frame" not in self._frames:
            self._frames["frame"] = readable(compare_frame(self.answers))
        made: pd.DataFrame = self._frames["frame"]
        return made

    def plot(self, what: What = "seconds", *, ax: Any = None) -> Axes:
        """Bars for each target: ``seconds`` (where they went), ``tokens``, ``cost`` (US dollars) or
        ``bytes`` stored, means over prompts and runs; needs the extra ``plots``.

        Draws on ``ax``, or a new figure. Raises MissingExtra, InvalidValue.
        """
        from workbench.verbs.compare.plot import plotted

        return plotted(self.frame, self.targets, what, ax)

    @property
    def rounds(self) -> int:
        """How many prompts there were."""
        return max((each.asked.number for each in self.answers), default=0)

    def __len__(self) -> int:
        return len(self.answers)

    def __repr__(self) -> str:
        """Without any text of the conversations; `str` and the notebook's forms show it."""
        prompts = len({each.asked.number for each in self.answers})
        failed = sum(each.status == "failed" for each in self.answers)
        counts = [
            f"<Comparison of {_count(len(self.targets), 'target')}: {_count(prompts, 'prompt')}",
            _count(len(self.answers), "answer"),
            *([f"{failed} failed"] if failed else []),
        ]
        return f"{', '.join(counts)}>"

    def __str__(self) -> str:
        return self._repr_mimebundle_()["text/plain"]

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """Plain text, Markdown and HTML, so that a saved notebook reads well without a kernel."""
        numbers = dict.fromkeys(each.asked.number for each in self.answers)
        return side_by_side(self.targets, [self.round(number) for number in numbers])

    def round(self, number: int) -> Round:
        """The replies to the ``number``-th prompt, and the facts about them, as they are shown."""
        columns = self._columns(number)
        runs = [[answer.reply for answer in run] for run in zip(*columns, strict=True)]
        facts = [(label, [fact(column) for column in columns]) for label, fact in _FACTS]
        first = columns[0][0]
        facts.append(("history", [_history(column, first) for column in columns]))
        shown = [(label, values) for label, values in facts if any(values)]
        return Round(prompt_text(first.asked.prompt), runs, shown)

    def measures(self, number: int) -> list[Measures]:
        """What the ``number``-th prompt took of each target, in numbers."""
        return [measures(column) for column in self._columns(number)]

    def _columns(self, number: int) -> list[list[Answer]]:
        here = [each for each in self.answers if each.asked.number == number]
        return [[each for each in here if each.asked.side.label == t] for t in self.targets]


def _time(answers: Sequence[Answer]) -> str:
    whole = typical(answers, lambda each: each.turn.seconds if each.turn else None)
    if whole is None:
        return ""
    parts = (
        f"{name} {duration(typical(answers, lambda each: getattr(each.seconds, name)) or 0.0)}"  # noqa: B023
        for name in ("load", "model", "save")
    )
    return f"{duration(whole)} ({', '.join(parts)})"


def _tokens(answers: Sequence[Answer]) -> str:
    turns = [each.turn for each in answers if each.turn is not None]
    known = [each.usage for each in turns if each.usage.total_tokens is not None]
    if not known:
        return ""
    given = median(each.input_tokens or 0 for each in known)
    made = median(each.output_tokens or 0 for each in known)
    about = " (estimated)" if any(each.estimated for each in known) else ""
    return f"{given:,.0f} + {made:,.0f}{about}"


def _cost(answers: Sequence[Answer]) -> str:
    if all(each.turn is None or each.turn.usage.total_tokens is None for each in answers):
        return ""
    cost = typical(answers, lambda each: each.cost)
    return "not known" if cost is None else dollars(cost)


def dollars(amount: float) -> str:
    """``$0.0123``, in as many digits as say something."""
    digits = 2 if amount >= 1 or not amount else 1 - math.floor(math.log10(amount))
    return f"${amount:,.{digits}f}"


def _stored(answers: Sequence[Answer]) -> str:
    stored = [each for each in answers if each.stored is not None and each.turn is not None]
    if not stored:
        return ""
    size = median(each.stored or 0 for each in stored)
    items = median(len(each.turn.items) for each in stored if each.turn is not None)
    equal = all(each.reads_back for each in stored)
    how = "read back equal" if equal else "NOT read back equal"
    return f"{_count(items, 'item')}, {size:,.0f} bytes, {how}"


def _history(answers: Sequence[Answer], first: Answer) -> str:
    found = [each.before for each in answers if each.before is not None]
    if not found:
        return ""
    length = _count(median(map(len, found)), "item")
    if first.before is None or answers[0] is first:
        return length
    return f"{length}, " + ("the same" if all(b == first.before for b in found) else "another one")


def _count(number: float, noun: str) -> str:
    return f"{number:,.0f} {noun}" + ("" if number == 1 else "s")


def _of_turn(name: str) -> Callable[[Sequence[Answer]], str]:
    def fact(answers: Sequence[Answer]) -> str:
        found = (getattr(each.turn, name) for each in answers if each.turn is not None)
        return ", ".join(dict.fromkeys(str(each) for each in found if each))

    return fact


def _place(answers: Sequence[Answer]) -> str:
    return answers[0].place


_FACTS: tuple[tuple[str, Callable[[Sequence[Answer]], str]], ...] = (
    ("time", _time),
    ("tokens", _tokens),
    ("cost", _cost),
    ("stored", _stored),
    ("model", _of_turn("model")),
    ("kept in", _place),
)
