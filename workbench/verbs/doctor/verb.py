"""Examining a conversation, and repairing it in one step."""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING

from workbench.errors import SessionChanged, shorten
from workbench.loop import settle
from workbench.protocols import REPAIRED, Edit, Session
from workbench.turn.locks import under_way
from workbench.verbs.changing import Subject, change, to_change
from workbench.verbs.doctor.finding import frame
from workbench.verbs.doctor.plan import Plan, plan
from workbench.verbs.doctor.reading import Case, read_case
from workbench.verbs.numbered import able
from workbench.verbs.progress import with_progress

if TYPE_CHECKING:
    import pandas as pd

    from workbench.verbs.doctor.finding import Finding


def doctor(
    target: str | Session, *, store: str | None = None, repair: bool = False
) -> pd.DataFrame:
    """What is wrong with a conversation, a row each, and what a repair would do; empty: nothing.

    ``target`` is a name, any session object (the SDK's own too), or with ``store`` (a URL) the id
    of a session there. The columns are those of `workbench.verbs.doctor.finding`.

    ``repair`` does it, and returns what was done: in one step, or not at all when another program
    writes in the same moment. What is taken out goes to the archive
    (``wb.restore(..., what="repaired")`` puts it back, what could not be read excepted). Calls that
    wait for an approval are told of and left alone. A turn that another program is just taking
    looks like one that was cut off, so don't repair while there is one. Raises SessionChanged,
    UnknownSession, KeyRequired, WrongKey, CorruptItem (of a store that can't show what it holds),
    Unsupported, StoreError.

    >>> turn = wb.ask("demo", "My name is John")
    >>> wb.doctor("demo").empty  # nothing is wrong
    True
    """
    if repair:
        return frame(change("repairing", target, store, _repaired))
    given = to_change(target, store)

    async def look() -> list[Finding]:
        subject = Subject(target, store, able(given))
        case = await read_case(subject, running=under_way(given))
        # In a thread: a long conversation takes seconds, and others wait on this event loop.
        return [*case.findings, *(await asyncio.to_thread(plan, case.chart)).findings]

    return frame(with_progress("examining", lambda _report: look()))


async def _repaired(subject: Subject) -> list[Finding]:
    case = await read_case(subject, running=False)
    made = await asyncio.to_thread(plan, case.chart)
    if made.take or made.rewrite:
        await _change(subject, case, made)
    # Behind the items: cut off in between, another repair finds the records as they were.
    for record in made.records.values():
        await settle(case.save(record))
    return [*case.findings, *made.findings]


async def _change(subject: Subject, case: Case, made: Plan) -> None:
    assert made.rest is not None
    edit = Edit(
        reason=f"{REPAIRED}{uuid.uuid4().hex}",
        archive=list(made.take),
        rewrite=made.rewrite,
        newest=case.newest,
    )
    if not await settle(case.make(edit, made.rest.numbers)):
        raise SessionChanged(
            f"session {shorten(subject.name)} was changed by another program while it was "
            "examined; nothing was repaired; try again when no turn is under way there"
        )
