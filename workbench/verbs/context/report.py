"""The context of the next turn: an object that shows itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.errors import shorten
from workbench.frames.context import ContextRow
from workbench.items import Item
from workbench.render.lines import cell
from workbench.render.safe_html import disarmed
from workbench.render.safe_markdown import split
from workbench.render.text import one_line
from workbench.verbs.context.roles import role_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True, repr=False)
class Context:
    """What ``wb.context`` returns: exactly what the next turn would send, and how large it is.

    ``items`` are the input items as the SDK would hand them to the model, ``instructions`` what
    goes before them. Tokens are estimated: a quarter of the characters; what images and files hold
    is not counted. ``window`` is the tokens that the model takes at once, None where that is not
    known. ``left_out`` counts the items of the history that are not sent, by the reason.
    """

    session: str
    agent: str
    model: str
    window: int | None
    instructions: str | None
    items: tuple[Item, ...]
    rows: tuple[ContextRow, ...]
    left_out: Mapping[str, int]
    notes: tuple[str, ...] = ()

    @property
    def tokens(self) -> int:
        """All that is sent, estimated."""
        return sum(row.tokens for row in self.rows)

    @property
    def used(self) -> float | None:
        """The share of the model's window that is used, 1 for all of it; None: not known."""
        return self.tokens / self.window if self.window else None

    @property
    def frame(self) -> pd.DataFrame:
        """A row for each thing that is sent; for the columns see `workbench.frames.context`."""
        from workbench.frames.context import context_frame

        return context_frame(self.rows)

    @property
    def roles(self) -> pd.DataFrame:
        """Tokens by role, the columns role, n_items, tokens and share; instructions, tools and
        summaries stand for themselves."""
        from workbench.frames.context import roles_frame

        return roles_frame(self.by_role())

    def by_role(self) -> list[tuple[str, int, int, float]]:
        """As `roles`, as tuples."""
        groups: dict[str, list[ContextRow]] = {}
        for row in self.rows:
            groups.setdefault(role_of(row), []).append(row)
        return [
            (role, len(rows), sum(row.tokens for row in rows), sum(row.share for row in rows))
            for role, rows in groups.items()
        ]

    def plot(self, *, ax: Any = None) -> Axes:
        """A bar for each thing that is sent, in order, as high as its tokens and coloured by role;
        needs the extra ``plots``. Draws on ``ax``, or a new figure. Raises MissingExtra.
        """
        from workbench.verbs.context.plot import plotted

        return plotted(self, ax)

    @property
    def headline(self) -> str:
        """One line: how much is sent, and how much of the window that is."""
        what = f"{len(self.items):,} item" + ("" if len(self.items) == 1 else "s")
        size = f"about {self.tokens:,} tokens (estimated), {what}"
        if self.used is None:
            return f"{size}; the window of {one_line(self.model, 60)} is not known"
        share = f"{self.used:.1%}" if self.used >= 0.001 else "less than 0.1%"
        return f"{size}: {share} of the {self.window:,} tokens of {one_line(self.model, 60)}"

    def lines(self) -> list[str]:
        """What else there is to say."""
        gone = [f"{count:,} not sent: {reason}" for reason, count in self.left_out.items()]
        return [*gone, *self.notes]

    def __repr__(self) -> str:
        """Without any text of the conversation; `str` and the notebook's forms show it."""
        return f"<Context of {shorten(self.session)}: {self.headline}>"

    def __str__(self) -> str:
        rows = [
            (one_line(role, 40), f"{count:,}", f"{size:,}", f"{share:.1%}")
            for role, count, size, share in self.by_role()
        ]
        table = _aligned([("role", "items", "tokens", "share"), *rows]) if rows else []
        return "\n".join(
            [f"Next in {shorten(self.session)}: {self.headline}", *table, *self.lines()]
        )

    def _repr_markdown_(self) -> str:
        head = f"**{_md(self.session)}**: {_md(self.headline)}"
        rows = ["| role | items | tokens | share |", "| --- | ---: | ---: | ---: |"]
        rows += [
            f"| {_md(role)} | {count:,} | {size:,} | {share:.1%} |"
            for role, count, size, share in self.by_role()
        ]
        notes = "\n".join(f"- {_md(line)}" for line in self.lines())
        return "\n\n".join(filter(None, [head, "\n".join(rows), notes]))

    def _repr_html_(self) -> str:
        from workbench.verbs.context.page import context_html

        return disarmed(context_html(self))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """Plain text, Markdown and HTML, so that a saved notebook reads well without a kernel."""
        return {
            "text/plain": str(self),
            "text/markdown": self._repr_markdown_(),
            "text/html": self._repr_html_(),
        }


def _md(text: str) -> str:
    return cell(split(one_line(text, 300)))


def _aligned(rows: Sequence[tuple[str, str, str, str]]) -> list[str]:
    widths = [max(len(row[place]) for row in rows) for place in range(4)]
    return [
        "  ".join([f"{row[0]:<{widths[0]}}", *(f"{row[i]:>{widths[i]}}" for i in (1, 2, 3))])
        for row in rows
    ]
