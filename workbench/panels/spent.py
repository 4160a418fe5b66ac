"""What a conversation has taken, and how much of the model's window it fills, for a footer."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from workbench.errors import WorkbenchError
from workbench.frames.reading import read_turns
from workbench.panels.plain import plainly
from workbench.protocols import TurnRecord
from workbench.verbs.context import Context, context
from workbench.verbs.prices import Prices, price_list


async def spent(target: Any, session: Any, *, agent: Any, model: Any) -> dict[str, Any]:
    """Tokens, seconds, dollars (None: not known) and the share of the window (None likewise)."""
    records = await read_turns(session)
    return {**totals(records, price_list()), **await _window(target, agent, model)}


def totals(records: Sequence[TurnRecord], prices: Prices) -> dict[str, Any]:
    """The sums of the turns that were recorded. The cost is None when that of one isn't known."""
    costs = [
        prices.cost(each.model, each.input_tokens, each.output_tokens)
        for each in records
        if each.input_tokens is not None or each.output_tokens is not None
    ]
    known = [cost for cost in costs if cost is not None]
    return {
        "input_tokens": sum(each.input_tokens or 0 for each in records),
        "output_tokens": sum(each.output_tokens or 0 for each in records),
        "estimated": any(each.estimated for each in records),
        "seconds": sum(each.seconds for each in records),
        "cost": sum(known) if known and len(known) == len(costs) else None,
    }


async def _window(target: Any, agent: Any, model: Any) -> dict[str, Any]:
    try:
        found: Context = await plainly(partial(context, target, agent=agent, model=model))
    except WorkbenchError as exc:  # a key is missing, or the history can't be read: said elsewhere
        return {"context": None, "window": None, "why": str(exc)}
    return {"context": found.tokens, "window": found.window, "why": ""}
