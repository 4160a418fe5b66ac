"""Answers side by side, in plain text, Markdown and HTML, with the words that differ marked.

One table a prompt: a column for each of what is compared, a row for each run, and below them a row
for each fact. What models wrote is shown as text, nothing of it is markup.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from workbench.render.lines import cell
from workbench.render.safe_html import disarmed
from workbench.render.safe_markdown import split
from workbench.render.text import clean, one_line, shown
from workbench.render.words_apart import Span, by_chunk, words_apart

_TABLE = 'style="margin:0.4em 0 1em 0"'
_CELL = 'style="text-align:left;vertical-align:top;white-space:normal;max-width:40em"'
_FACT = 'style="text-align:left;vertical-align:top;opacity:0.75;overflow-wrap:anywhere"'
_LABEL = 'style="text-align:left;vertical-align:top;opacity:0.75;white-space:nowrap"'
# Readable on white and on black alike, whatever colours the page gives to marks.
_MARK = 'style="background:rgba(255,170,0,0.35);color:inherit;padding:0 0.1em;border-radius:0.2em"'
_SAID = 'style="white-space:pre-wrap;overflow-wrap:anywhere"'


@dataclass(frozen=True, slots=True)
class Reply:
    """What one of the compared said; ``text`` is None where it failed, with ``error``."""

    text: str | None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Round:
    """One prompt: ``runs`` have a reply for each title, ``facts`` a label and a text for each."""

    prompt: str
    runs: Sequence[Sequence[Reply]]
    facts: Sequence[tuple[str, Sequence[str]]] = ()


def side_by_side(titles: Sequence[str], rounds: Sequence[Round]) -> dict[str, str]:
    """All three forms, by MIME type."""
    return {
        "text/plain": "\n\n".join(_plain(titles, each) for each in rounds),
        "text/markdown": "\n\n".join(_markdown(titles, each) for each in rounds),
        "text/html": _html(titles, rounds),
    }


def parts(run: Sequence[Reply]) -> list[list[Span]]:
    """The replies of one run in parts; one that failed has none, and is compared with none."""
    said = [shown(each.text) for each in run if each.text is not None]
    apart = iter(words_apart(said))
    return [[] if each.text is None else next(apart) for each in run]


def _error(reply: Reply) -> str:
    return f"failed: {one_line(reply.error or 'for a reason that is not known', 300)}"


# Plain text


def _plain(titles: Sequence[str], each: Round) -> str:
    lines = [f"> {one_line(each.prompt, 200)}"]
    for number, run in enumerate(each.runs, start=1):
        runs = f" (run {number})" if len(each.runs) > 1 else ""
        for title, reply in zip(titles, run, strict=True):
            text = _error(reply) if reply.text is None else clean(shown(reply.text))
            lines.append(f"{one_line(title)}{runs}: {text}")
    lines += [f"[{one_line(label)}] {_told(titles, values)}" for label, values in each.facts]
    return "\n".join(lines)


def _told(titles: Sequence[str], values: Sequence[str]) -> str:
    """One fact in a line: said once where it is the same for all."""
    if len(set(values)) == 1:
        return one_line(values[0])
    told = zip(titles, values, strict=True)
    return "; ".join(f"{one_line(title)}: {one_line(value)}" for title, value in told if value)


# Markdown


def _markdown(titles: Sequence[str], each: Round) -> str:
    rows = [["", *(_md(one_line(title)) for title in titles)], ["---"] * (len(titles) + 1)]
    for number, run in enumerate(each.runs, start=1):
        label = f"run {number}" if len(each.runs) > 1 else "reply"
        rows.append([label, *(map(_md_reply, run, parts(run)))])
    rows += [[_md(label), *map(_md, values)] for label, values in each.facts]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return f"**{_md(one_line(each.prompt, 200))}**\n\n{table}"


def _md_reply(reply: Reply, spans: Sequence[Span]) -> str:
    if reply.text is None:
        return f"*{_md(_error(reply))}*"
    return "".join(
        f"**{_md(span.text)}**" if span.differs else _md(span.text) for span in by_chunk(spans)
    )


def _md(text: str) -> str:
    """``text`` inside a table, its line breaks kept."""
    return "<br>".join(cell(split(line)) for line in clean(text).split("\n"))


# HTML


def _html(titles: Sequence[str], rounds: Sequence[Round]) -> str:
    tables = "".join(_table(titles, each) for each in rounds)
    return disarmed(f'<div class="workbench-comparison" style="overflow-x:auto">{tables}</div>')


def _table(titles: Sequence[str], each: Round) -> str:
    prompt = f'<p dir="auto"><strong>{_text(one_line(each.prompt, 1000))}</strong></p>\n'
    heads = "".join(f"<th {_CELL}>{_text(one_line(title))}</th>" for title in titles)
    rows = [f"<tr><th></th>{heads}</tr>\n"]
    for number, run in enumerate(each.runs, start=1):
        label = f"run {number}" if len(each.runs) > 1 else "reply"
        cells = "".join(map(_html_reply, run, parts(run)))
        rows.append(f"<tr><th {_LABEL}>{label}</th>{cells}</tr>\n")
    for label, values in each.facts:
        rows.append(f"<tr><th {_LABEL}>{_text(label)}</th>{_fact(values)}</tr>\n")
    return f"{prompt}<table {_TABLE}>\n{''.join(rows)}</table>\n"


def _fact(values: Sequence[str]) -> str:
    """The cells of one fact: one for all where it is the same for all."""
    if len(set(values)) == 1:
        return f'<td {_FACT} colspan="{len(values)}">{_text(values[0])}</td>'
    return "".join(f"<td {_FACT}>{_text(value)}</td>" for value in values)


def _html_reply(reply: Reply, spans: Sequence[Span]) -> str:
    if reply.text is None:
        return f"<td {_CELL}><em>{_text(_error(reply))}</em></td>"
    marked = (
        f"<mark {_MARK}>{_text(span.text)}</mark>" if span.differs else _text(span.text)
        for span in spans
    )
    return f'<td {_CELL} dir="auto"><div {_SAID}>{"".join(marked)}</div></td>'


def _text(text: str) -> str:
    return escape(clean(text))
