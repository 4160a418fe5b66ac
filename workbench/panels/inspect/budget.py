"""The context budget: what the next turn would send, as a page draws it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from workbench.frames.context import ContextRow
from workbench.panels.inspect.place import Place
from workbench.panels.plain import plainly
from workbench.render.text import one_line
from workbench.verbs.agents import agent_called
from workbench.verbs.context import Context, context
from workbench.verbs.context.roles import colour_of, role_of
from workbench.verbs.prices import OFFLINE, price_list

LISTED = 1_000
"""Things that a page gets one by one; `Context.frame` has all."""
PARTS = 240
"""Pieces of the bar by item: finer ones could not be seen, nor pointed at."""


async def budget(place: Place, model: str | None) -> dict[str, Any]:
    """What the next turn would send with this model (None: the one that would answer)."""
    made = await measured(place, model)
    return {**drawn(made), "models": models(made.model), "picked": model}


async def measured(place: Place, model: str | None) -> Context:
    """`workbench.context`, by the agent and the model that are remembered of a name."""
    entry = await place.entry()
    agent = None if entry is None or entry.agent is None else agent_called(entry.agent)
    chosen = model or (None if entry is None else entry.model)
    words = {} if place.store is None else {"store": place.store}
    return await plainly(lambda: context(place.target, agent=agent, model=chosen, **words))


def models(answering: str) -> list[list[str]]:
    """Value and text of each choice; the first is whatever would answer."""
    known = sorted({*price_list().models, OFFLINE})
    return [["", f"as it is ({one_line(answering, 40)})"], *([name, name] for name in known)]


def drawn(made: Context) -> dict[str, Any]:
    """The properties of the page."""
    return {
        "headline": made.headline,
        "agent": one_line(made.agent),
        "model": one_line(made.model),
        "window": made.window,
        "tokens": made.tokens,
        "used": made.used,
        "roles": [
            {"role": one_line(role), "count": count, "tokens": size, "share": share}
            | {"colour": colour_of(role)}
            for role, count, size, share in made.by_role()
        ],
        "rows": [_row(each) for each in made.rows[:LISTED]],
        "more": max(0, len(made.rows) - LISTED),
        "parts": list(parts(made.rows)),
        "notes": made.lines(),
    }


def _row(row: ContextRow) -> dict[str, Any]:
    return {
        "part": row.part,
        "order": row.order,
        "role": one_line(row.role, 40),
        "type": one_line(row.type, 40),
        "text": one_line(row.content, 200),
        "tokens": row.tokens,
        "share": row.share,
        "colour": colour_of(role_of(row)),
    }


def parts(rows: Sequence[ContextRow], most: int = PARTS) -> Iterator[dict[str, Any]]:
    """The bar by item; of a long conversation neighbours together, in the colour of most of it."""
    least = sum(row.tokens for row in rows) / most if len(rows) > most else 0
    waiting: list[ContextRow] = []
    size = 0
    for row in rows:
        waiting.append(row)
        size += row.tokens
        if size >= least:
            yield _part(waiting, size)
            waiting, size = [], 0
    if waiting:
        yield _part(waiting, size)


def _part(rows: Sequence[ContextRow], size: int) -> dict[str, Any]:
    role = role_of(max(rows, key=lambda each: each.tokens))
    what = f"{len(rows):,} items, mostly {role}" if len(rows) > 1 else f"{role}: {rows[0].content}"
    return {
        "tokens": size,
        "colour": colour_of(role),
        "label": f"{one_line(what, 80)} ({size:,} tokens)",
    }
