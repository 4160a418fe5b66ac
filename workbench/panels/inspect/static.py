"""The panel with no kernel: context, compactions, encryption and findings, one below the other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from html import escape
from typing import Any

from workbench import loop
from workbench.errors import WorkbenchError
from workbench.panels.inspect import compaction, encryption, health
from workbench.panels.inspect.budget import measured
from workbench.panels.inspect.place import Place
from workbench.render.lines import labelled, table
from workbench.render.safe_html import disarmed
from workbench.render.safe_markdown import escape_markdown
from workbench.render.text import one_line

Section = Callable[[], Awaitable[Mapping[str, str]]]

LONG = 20_000
"""Items from which on the slow sections are left out: the form is renewed whenever the reader
leaves the panel."""
_SLOW = ("Context", "Doctor")


def forms(place: Place, model: str | None) -> dict[str, str]:
    """By MIME type. What can't be told is said in its place, so that the rest is there."""
    return loop.run(_forms(place, model))


async def _forms(place: Place, model: str | None) -> dict[str, str]:
    sections: list[tuple[str, Section]] = [
        ("Context", lambda: _context(place, model)),
        ("Compactions", lambda: _compactions(place)),
        ("Encryption", lambda: _encryption(place)),
        ("Doctor", lambda: _doctor(place)),
    ]
    if await _is_long(place):
        sections = [each for each in sections if each[0] not in _SLOW] + [("Length", _too_long)]
    made = [(heading, await _told(section)) for heading, section in sections]
    return joined(one_line(place.name, 60), made)


async def _is_long(place: Place) -> bool:
    try:
        return len(await (await place.stored()).rows(LONG)) == LONG
    except WorkbenchError:  # the sections say what is wrong
        return False


async def _too_long() -> Mapping[str, str]:
    return sentence(
        f"With {LONG:,} items or more the context and the doctor's findings are told by the "
        "panel, wb.context and wb.doctor alone: a page that is kept waits for none of them."
    )


async def _told(section: Section) -> Mapping[str, str]:
    try:
        return await section()
    except WorkbenchError as exc:
        return sentence(str(exc))


def joined(name: str, sections: list[tuple[str, Mapping[str, str]]]) -> dict[str, str]:
    """The sections under their headings."""
    plain = "\n\n".join(f"{heading}\n{each['text/plain']}" for heading, each in sections)
    markdown = "\n\n".join(
        f"**{heading}**\n\n{each['text/markdown']}" for heading, each in sections
    )
    html = "".join(
        f"<p><strong>{heading}</strong></p>\n{each['text/html']}\n" for heading, each in sections
    )
    head = disarmed(f"<p>Inspected: <strong>{escape(name)}</strong></p>\n")
    return {
        "text/plain": f"Inspected: {name}\n\n{plain}",
        "text/markdown": f"Inspected: **{escape_markdown(name)}**\n\n{markdown}",
        "text/html": f'<div class="workbench-inspect">{head}{html}</div>',
    }


def sentence(text: str) -> dict[str, str]:
    """One sentence, in all forms."""
    text = one_line(text, 500)
    return {
        "text/plain": text,
        "text/markdown": escape_markdown(text),
        "text/html": disarmed(f'<p dir="auto">{escape(text)}</p>'),
    }


async def _context(place: Place, model: str | None) -> Mapping[str, str]:
    return (await measured(place, model))._repr_mimebundle_()


async def _compactions(place: Place) -> Mapping[str, str]:
    done = await compaction.history(place)
    if not done:
        return sentence("Nothing was compacted.")
    rows = [
        [f"{each.at:%Y-%m-%d %H:%M} UTC", f"{each.count:,}", one_line(each.summary, 300)]
        for each in done
    ]
    return _table(["when", "items", "summary"], rows)


async def _encryption(place: Place) -> Mapping[str, str]:
    state = await encryption.state(place)
    return labelled(
        [
            ("state", state["form"]),
            ("encrypted", f"{state['encrypted']:,} of {state['items']:,} items"),
            *([("key", ", ".join(state["keyIds"]))] if state["keyIds"] else []),
            *([("not readable", f"{state['unreadable']:,}")] if state["unreadable"] else []),
        ]
    )


async def _doctor(place: Place) -> Mapping[str, str]:
    found = await health.findings(place)
    if not found["rows"]:
        return sentence("Healthy: nothing is wrong with this conversation.")
    names = [name for name in health.COLUMNS if name != "type"]
    rows = [[_text(row[name]) for name in names] for row in found["rows"]]
    return _table(names, rows)


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _table(columns: list[str], rows: list[list[str]]) -> Mapping[str, str]:
    lines = [columns, *rows]
    widths = [min(60, max(len(line[place]) for line in lines)) for place in range(len(columns))]
    plain = "\n".join(
        "  ".join(f"{value:<{width}}" for value, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
    return {"text/plain": plain, **table(columns, rows)}
