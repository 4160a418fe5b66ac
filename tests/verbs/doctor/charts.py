"""Charts made by hand, and what a plan makes of them: no session, no store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from workbench.frames.numbering import number_turns
from workbench.items import Item
from workbench.protocols import TurnRecord
from workbench.verbs.doctor.chart import Chart, Entry
from workbench.verbs.doctor.plan import Plan, plan

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def chart(*items: Item, labels: Sequence[str | None] = (), **statuses: str) -> Chart:
    """A conversation of ``items`` in the turns ``labels``, recorded with these statuses."""
    given = [*labels, *[None] * (len(items) - len(labels))]
    turns = number_turns(zip(items, given, strict=True))
    entries = [
        Entry(number, item, number, turn, label, NOW - timedelta(seconds=90))
        for number, (item, turn, label) in enumerate(zip(items, turns, given, strict=True), 1)
    ]
    return Chart("demo", entries, dict(map(record, statuses, statuses.values())), now=NOW)


def record(turn_id: str, status: Any = "done") -> tuple[str, TurnRecord]:
    """A turn's record, by its id."""
    return turn_id, TurnRecord(turn_id, "demo", NOW, 1.0, status)


def names(made: Plan) -> list[tuple[str, int | None]]:
    """The findings, by name and order."""
    return [(each.name, each.order) for each in made.findings]


def rest(made: Plan) -> list[Item]:
    """The conversation after the repair."""
    assert made.rest is not None
    return [dict(each.item) for each in made.rest.entries]


def repaired(given: Chart) -> Plan:
    """The plan of a chart, which leaves nothing for another one to do."""
    made = plan(given)
    assert made.rest is not None
    again = plan(made.rest)
    assert not again.repairs, names(again)
    assert {each.place for each in again.findings} <= {each.place for each in made.findings}
    return made
