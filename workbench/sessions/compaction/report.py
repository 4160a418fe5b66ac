"""What a compaction did, or would do: an object that shows itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import Any

from workbench.items import SUMMARY_HEADER, Item
from workbench.protocols import Spent


@dataclass(frozen=True, slots=True, repr=False)
class Compaction:
    """What ``compact`` returns: what was summarised, the summary, and what it saves.

    ``id`` is None when nothing was changed: for a ``dry_run``, and when there was nothing to
    summarise (``summarised`` is empty then). Items are counts of items in the conversation, tokens
    are estimated: a quarter of the characters. ``usage`` is what the summary itself took.
    """

    session: str
    id: str | None = None
    summarised: tuple[Item, ...] = ()
    summary: str = ""
    by: str = ""
    """Who made the summary: a model's name, ``offline``, ``a function``."""
    items_before: int = 0
    items_after: int = 0
    tokens_before: int = 0
    tokens_after: int = 0
    usage: Spent = field(default_factory=Spent)
    dry_run: bool = False
    keep_last: int | None = None
    """How many of the newest messages had to stay; None where tokens say how many."""

    def __repr__(self) -> str:
        """Without any text of the conversation; `str` and the notebook's forms show it."""
        return f"<Compaction: {self.headline}>"

    @property
    def headline(self) -> str:
        """One line: what was done."""
        if not self.summarised:
            return f"nothing to compact in {_count(self.items_before)}{self._why}"
        from workbench.render.text import one_line

        done = "would compact" if self.dry_run else "compacted"
        return f"{done} {_count(len(self.summarised))} into one summary ({one_line(self.by)})"

    @property
    def _why(self) -> str:
        if self.keep_last is None or not 0 < self.items_before <= self.keep_last:
            return ""
        return f": the newest {self.keep_last} stay as they are (keep_last)"

    @property
    def figures(self) -> str:
        """One line: items and tokens before and after, and what the summary took."""
        if not self.summarised:
            return ""
        sizes = (
            f"{self.items_before:,} -> {_count(self.items_after)}, "
            f"about {self.tokens_before:,} -> {self.tokens_after:,} tokens (estimated)"
        )
        given, made = self.usage.input_tokens, self.usage.output_tokens
        if not (given or made):
            return sizes
        about = " (estimated)" if self.usage.estimated else ""
        return f"{sizes}; the summary took {given or 0:,} + {made or 0:,} tokens{about}"

    def __str__(self) -> str:
        from workbench.render import clean, plain

        lines = [_sentence(self.headline), self.figures]
        if self.summarised:
            lines += ["", clean(self.summary), "", f"In place of {_these(self)}:", ""]
            lines.append(plain(self.summarised))
        return "\n".join(lines).strip()

    def _repr_markdown_(self) -> str:
        from workbench.render import escape_markdown, markdown

        parts = [f"**{escape_markdown(_sentence(self.headline))}**", self.figures]
        if self.summarised:
            parts.append(f"**Summary:**\n\n{escape_markdown(self._lines)}")
            parts.append(f"*In place of {_these(self)}:*")
            parts.append(markdown(self.summarised))
        return "\n\n".join(filter(None, parts))

    def _repr_html_(self) -> str:
        from workbench.render import html, markdown_to_html
        from workbench.render.safe_html import disarmed

        head = disarmed(f"<p><strong>{escape(_sentence(self.headline))}</strong>")
        head += f"<br><small>{escape(self.figures)}</small></p>\n" if self.figures else "</p>\n"
        if not self.summarised:
            return f'<div class="workbench-compaction">{head}</div>'
        folded = (
            f"<details><summary>In place of {_these(self)}</summary>\n"
            f"{html(self.summarised)}</details>\n"
        )
        summary = f"<div><strong>Summary</strong>\n{markdown_to_html(self._lines)}</div>"
        return f'<div class="workbench-compaction">{head}{summary}\n{folded}</div>'

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """Plain text, Markdown and HTML, so that a saved notebook reads well without a kernel."""
        return {
            "text/plain": str(self),
            "text/markdown": self._repr_markdown_(),
            "text/html": self._repr_html_(),
        }

    @property
    def _lines(self) -> str:
        """The summary as Markdown, without the mark that it has in the conversation."""
        from workbench.render.summary import by_lines

        return by_lines(self.summary.removeprefix(SUMMARY_HEADER).strip())


def _count(number: int) -> str:
    return f"{number:,} item" + ("" if number == 1 else "s")


def _these(report: Compaction) -> str:
    number = len(report.summarised)
    return "this item" if number == 1 else f"these {number:,} items"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


@dataclass(slots=True)
class Bill:
    """What summaries took, those that were no good included."""

    total: Spent = field(default_factory=Spent)

    def add(self, spent: Spent) -> None:
        """Add the cost of one."""
        self.total = Spent(
            self.total.requests + spent.requests,
            (self.total.input_tokens or 0) + (spent.input_tokens or 0),
            (self.total.output_tokens or 0) + (spent.output_tokens or 0),
            self.total.estimated or spent.estimated,
        )
