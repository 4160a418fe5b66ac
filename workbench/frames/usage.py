"""What turns have taken, added up in groups.

``usage_frame``: the columns it is grouped by (`GROUPS`, each a string, a day as ``2026-11-22``),
and behind them:

| column | dtype | meaning |
| --- | --- | --- |
| `turns` | Int64 | turns, those that failed, were stopped or replaced among them |
| `unknown` | Int64 | those of them whose tokens nobody told |
| `requests` | Int64 | requests to models |
| `input_tokens` | Int64 | tokens that models read |
| `output_tokens` | Int64 | tokens that models wrote |
| `total_tokens` | Int64 | both together |
| `seconds` | Float64 | wall time |
| `cost` | Float64 | US dollars; NA when the price of any of the tokens is not known |
| `estimated` | boolean | whether any of the tokens are an estimate |

Tokens of turns that nobody told are in no sum; where there are no others, the sum is NA, not 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from workbench.frames.columns import Column, build_frame, known
from workbench.protocols import TurnRecord

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Spending:
    """One turn: the name of its session, its record, and its dollars (None: not known)."""

    session: str
    record: TurnRecord
    cost: float | None

    @property
    def told(self) -> bool:
        """Whether its tokens are known."""
        return None not in (self.record.input_tokens, self.record.output_tokens)


GROUPS: dict[str, Callable[[Spending, tzinfo], str | None]] = {
    "session": lambda each, _zone: each.session,
    "agent": lambda each, _zone: each.record.agent,
    "model": lambda each, _zone: each.record.model,
    "day": lambda each, zone: each.record.started_at.astimezone(zone).date().isoformat(),
}
"""By what turns can be grouped."""


@dataclass(frozen=True, slots=True)
class Group:
    """The turns of one group, and what they have in common."""

    keys: tuple[str | None, ...]
    turns: list[Spending]

    def total(self, name: str) -> int | float | None:
        """The sum of a field of the records, of those that have it; None: of none."""
        values = known(getattr(each.record, name) for each in self.turns)
        return sum(values) if values else None

    @property
    def cost(self) -> float | None:
        """Dollars of all turns whose tokens are known; None when one's are not."""
        costs = [each.cost for each in self.turns if each.told]
        return None if None in costs or not costs else math.fsum(known(costs))


def _total(name: str) -> Callable[[Group], Any]:
    return lambda group: group.total(name)


def _total_tokens(group: Group) -> int | None:
    told = [each.record for each in group.turns if each.told]
    counts = [known((each.input_tokens, each.output_tokens)) for each in told]
    return sum(map(sum, counts)) if counts else None


def _estimated(group: Group) -> bool:
    return any(each.record.estimated for each in group.turns if each.told)


USAGE_COLUMNS: tuple[Column, ...] = (
    Column(
        "turns",
        "Int64",
        "turns, those that failed, were stopped or replaced among them",
        lambda group: len(group.turns),
    ),
    Column(
        "unknown",
        "Int64",
        "those of them whose tokens nobody told",
        lambda group: sum(not each.told for each in group.turns),
    ),
    Column("requests", "Int64", "requests to models", _total("requests")),
    Column("input_tokens", "Int64", "tokens that models read", _total("input_tokens")),
    Column("output_tokens", "Int64", "tokens that models wrote", _total("output_tokens")),
    Column("total_tokens", "Int64", "both together", _total_tokens),
    Column("seconds", "Float64", "wall time", _total("seconds")),
    Column(
        "cost",
        "Float64",
        "US dollars; NA when the price of any of the tokens is not known",
        attrgetter("cost"),
    ),
    Column("estimated", "boolean", "whether any of the tokens are an estimate", _estimated),
)
"""The columns of ``wb.usage`` behind those it is grouped by, in order."""


def usage_frame(spendings: Iterable[Spending], by: Sequence[str], *, zone: tzinfo) -> pd.DataFrame:
    """A row for each group of turns, ordered by what they are grouped by, NA last.

    ``by`` are names of `GROUPS`; for none of them all turns are one row. ``zone`` is where days
    begin. No turns, no rows.
    """
    groups: dict[tuple[str | None, ...], list[Spending]] = {}
    for each in spendings:
        keys = tuple(GROUPS[name](each, zone) for name in by)
        groups.setdefault(keys, []).append(each)
    ordered = sorted(groups, key=lambda keys: [(key is None, key or "") for key in keys])
    columns = [_key_column(place, name) for place, name in enumerate(by)]
    return build_frame([*columns, *USAGE_COLUMNS], [Group(keys, groups[keys]) for keys in ordered])


def _key_column(place: int, name: str) -> Column:
    return Column(name, "string", f"the {name}", lambda group: group.keys[place])
