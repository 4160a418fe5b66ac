"""From a chart to findings and one plan of repair. Pure.

A repair may uncover something else: without its call reasoning has no follower. So the plan is made
in rounds, each on the chart as the round before would leave it, until nothing is left that can be
repaired: after a repair there is nothing for another one to do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from workbench.items import Item
from workbench.protocols import Key, TurnRecord
from workbench.verbs.doctor.chart import Chart
from workbench.verbs.doctor.finding import Finding
from workbench.verbs.doctor.identities import ids_again, stale_ids
from workbench.verbs.doctor.pairs import broken_pairs
from workbench.verbs.doctor.reasoning import idle_reasoning
from workbench.verbs.doctor.shapes import no_items, unfit_messages
from workbench.verbs.doctor.turns import cut_off, left_over, stale_records
from workbench.verbs.doctor.unreadable import moved, unreadable

Illness = Callable[[Chart], Iterator[Finding]]

ILLNESSES: tuple[Illness, ...] = (
    unreadable,
    moved,
    no_items,
    left_over,
    cut_off,
    broken_pairs,
    ids_again,
    idle_reasoning,
    stale_ids,
    unfit_messages,
    stale_records,
)
"""Each a function from a chart to its findings. What is about more of the conversation goes first:
where two repairs would touch the same item, the first one is made, and then there is a new look."""


@dataclass(slots=True)
class Plan:
    """What there is to tell, and the change that repairs it: see `Finding`."""

    findings: list[Finding] = field(default_factory=list)
    take: dict[Key, None] = field(default_factory=dict)
    rewrite: dict[Key, Item] = field(default_factory=dict)
    records: dict[str, TurnRecord] = field(default_factory=dict)
    rest: Chart | None = None
    """The conversation as the repair leaves it."""

    @property
    def repairs(self) -> bool:
        """Whether there is anything to be done."""
        return bool(self.take or self.rewrite or self.records)


def plan(chart: Chart) -> Plan:
    """All findings of a conversation, and one change that repairs what can be."""
    made = Plan()
    told: set[object] = set()
    while True:
        findings = [each for illness in ILLNESSES for each in illness(chart)]
        chosen, touched = _apart(findings)
        stays = [each for each in findings if not each.touches and touched.isdisjoint(each.about)]
        news = [each for each in [*stays, *chosen] if each.place not in told]
        told |= {each.place for each in news}
        made.findings += news
        if not chosen:
            made.rest = chart
            return made
        chart = _treated(made, chart, chosen)


def _apart(findings: Sequence[Finding]) -> tuple[list[Finding], set[Key | str]]:
    """Those whose repairs have nothing to do with each other, and all that they are about."""
    touched: set[Key | str] = set()
    chosen: list[Finding] = []
    for each in findings:
        mine = each.touches.union(each.about)
        if each.touches and not mine & touched:
            chosen.append(each)
            touched |= mine
    return chosen, touched


def _treated(made: Plan, chart: Chart, findings: Sequence[Finding]) -> Chart:
    """The chart after these repairs, which are noted in the plan."""
    take = {key: None for each in findings for key in each.take}
    rewrite = {key: item for each in findings for key, item in each.rewrite.items()}
    records = [record for each in findings for record in each.records]
    numbers = {key: number for each in findings for key, number in each.numbers.items()}
    made.take |= take
    made.rewrite |= rewrite
    made.records |= {record.turn_id: record for record in records}
    return chart.after(set(take), rewrite, records, numbers)
