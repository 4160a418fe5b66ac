"""Calls that wait for a person: the run that goes on with them has to find them as they were."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.errors import InvalidValue, shorten
from workbench.sessions.compaction.groups import waiting
from workbench.verbs.changing import Subject
from workbench.verbs.numbered import Numbered


def refuse_waiting(subject: Subject, rows: Sequence[Numbered], chosen: Sequence[Numbered]) -> None:
    """Raise InvalidValue if one of ``chosen`` is a call that nothing has answered yet."""
    waits = {rows[place].order for place in waiting([each.row.item for each in rows])}
    stuck = [each.order for each in chosen if each.order in waits and not each.hidden]
    if stuck:
        raise InvalidValue(
            f"item {stuck[0]} of session {shorten(subject.name)} is a call that waits for its "
            f"output; approve or reject it first, rewind, or see {subject.call('doctor')}"
        )
