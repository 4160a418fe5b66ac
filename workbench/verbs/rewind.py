"""Rewinding: a conversation goes back to an earlier turn, and what came later is kept."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from workbench.errors import InvalidValue, shorten
from workbench.protocols import COMPACTION, HIDDEN, REWOUND, Edit, Session
from workbench.verbs.changing import Subject, change, look, make, newest
from workbench.verbs.numbered import Numbered, up_to
from workbench.verbs.outcome import Outcome, count


def rewind(target: str | Session, turn: int, *, store: str | None = None) -> Outcome:
    """Take all turns after ``turn`` out of a conversation; 0 takes out everything.

    ``target`` is a name, any session object (the SDK's own too), or with ``store`` (a URL) the id
    of a session there. Turns count as in ``wb.history``, from 1: where older ones were summarised
    the summary stands at the front of turn 1, and ``wb.undo_compaction`` has to come first to go
    back further. The items, hidden ones too, are kept in the archive (``wb.history(...,
    full=True)``); ``wb.restore`` puts them back. It happens as a whole or, when another program
    appends or rewinds in the same moment, not at all. Raises InvalidValue for a turn that there is
    not, SessionChanged, UnknownSession, KeyRequired, Unsupported, StoreError.

    >>> turns = [wb.ask("demo", "My name is John"), wb.ask("demo", "I prefer tea")]
    >>> print(wb.rewind("demo", 1))
    Session 'demo' is back at turn 1: 1 later turn (2 items) went to its archive.
    wb.restore('demo') puts them back.
    """
    return change("rewinding", target, store, lambda subject: _rewound(subject, turn))


async def _rewound(subject: Subject, turn: int) -> Outcome:
    rows = await look(subject)
    _check(subject, rows, turn)
    later = [each for each in rows if each.turn > turn]
    if not later:
        return Outcome(subject.name, (f"Session {shorten(subject.name)} ends at {_at(turn)}.",), 0)
    await make(subject, taken_out(rows, later, f"{REWOUND}{uuid.uuid4().hex}"))
    turns = len({each.turn for each in later})
    lines = (
        f"Session {shorten(subject.name)} is back at {_at(turn)}: {count(turns, 'later turn')} "
        f"({count(len(later), 'item')}) went to its archive.",
        f"{subject.call('restore')} puts them back.",
    )
    return Outcome(subject.name, lines, len(later), turns)


def taken_out(rows: Sequence[Numbered], out: Sequence[Numbered], reason: str) -> Edit:
    """The change that archives ``out``, if nothing came to ``rows`` meanwhile.

    What was hidden has to be known when it comes back: `workbench.protocols.REWOUND`.
    """
    return Edit(
        reason=reason,
        archive=[each.row.key for each in out if not each.hidden],
        relabel={each.row.key: f"{reason}:{HIDDEN}" for each in out if each.hidden},
        newest=newest(rows),
    )


def _check(subject: Subject, rows: Sequence[Numbered], turn: int) -> None:
    """Raise InvalidValue for a turn that there is not."""
    try:
        up_to(rows, turn, subject.name)
    except InvalidValue as exc:
        if any((each.row.turn_id or "").startswith(COMPACTION) for each in rows):
            undo = subject.call("undo_compaction")
            raise InvalidValue(f"{exc}; {undo} brings back those that were summarised") from None
        raise


def _at(turn: int) -> str:
    return f"turn {turn}" if turn else "its beginning"
