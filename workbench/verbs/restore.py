"""Restoring: what a rewind, a clearing or a repair took out comes back to its places."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from workbench.errors import InvalidValue, shorten
from workbench.items import kind
from workbench.protocols import (
    CLEARED,
    COMPACTION,
    HIDDEN,
    REPAIRED,
    REWOUND,
    ArchivedItem,
    Edit,
    Key,
    Session,
)
from workbench.verbs.changing import Subject, change, look, make
from workbench.verbs.numbered import Numbered
from workbench.verbs.outcome import Outcome, count

What = Literal["rewound", "cleared", "repaired"]

DAMAGED = "damaged"
"""The type of what stands in the archive for an item that could not be read; it holds its bytes."""

_PREFIXES: dict[str, str] = {"rewound": REWOUND, "cleared": CLEARED, "repaired": REPAIRED}
_USUAL = ("rewound", "cleared")


@dataclass(frozen=True, slots=True)
class Batch:
    """What was taken out at once: what comes back to the conversation, and what was hidden."""

    what: str
    shown: tuple[Key, ...]
    hidden: tuple[Key, ...]

    @property
    def keys(self) -> tuple[Key, ...]:
        """All of them."""
        return (*self.shown, *self.hidden)


def restore(
    target: str | Session, *, store: str | None = None, what: What | None = None
) -> Outcome:
    """Put back what the last rewind or ``%session clear`` took out; again for the one before it.

    ``what`` looks for one of ``rewound``, ``cleared`` and ``repaired`` alone. Arguments otherwise
    as `rewind`. The items come back to where they were: what was said since stays and stands
    behind them, and what was hidden is hidden again. Hidden items are shown by ``wb.show``,
    summarised ones come back by ``wb.undo_compaction``. Raises InvalidValue, SessionChanged,
    UnknownSession, KeyRequired, Unsupported, StoreError.

    >>> turns = [wb.ask("demo", "My name is John"), wb.ask("demo", "I prefer tea")]
    >>> taken = wb.rewind("demo", 1)
    >>> wb.restore("demo")
    <Session 'demo': 2 items (1 turn) that were rewound came back to the places they had>
    """
    wanted = _USUAL if what is None else (what,)
    if what is not None and (not isinstance(what, str) or what not in _PREFIXES):
        raise InvalidValue(f"what is one of {', '.join(_PREFIXES)}, or None, not {what!r}")
    return change("restoring", target, store, lambda subject: _restored(subject, wanted))


async def _restored(subject: Subject, wanted: Sequence[str]) -> Outcome:
    rows = await look(subject)
    batch = last_batch(await subject.session.archived(), wanted)
    if batch is None:
        line = f"Session {shorten(subject.name)} has nothing in its archive to be restored."
        return Outcome(subject.name, (line,), 0)
    back = Edit(restore=batch.shown, relabel=dict.fromkeys(batch.hidden, HIDDEN))
    await make(subject, back)
    return _told(subject, batch, before=rows, after=await look(subject))


def _told(
    subject: Subject, batch: Batch, *, before: Sequence[Numbered], after: Sequence[Numbered]
) -> Outcome:
    ours = set(batch.keys)
    turns = len({each.turn for each in after if each.row.key in ours})
    last: Any = max(batch.keys)
    since = len({each.turn for each in before if each.row.key > last})
    lines = [
        f"Session {shorten(subject.name)}: {count(len(ours), 'item')} ({_turns(turns)}) that "
        f"{'was' if len(ours) == 1 else 'were'} {batch.what} came back to the places they had."
    ]
    if since:
        lines.append(f"What was said since ({_turns(since)}) stands behind them.")
    if batch.what == "rewound" and not since:
        end = max((each.turn for each in before), default=0)
        lines.append(f"{subject.call('rewind', str(end))} takes them out again.")
    return Outcome(subject.name, tuple(lines), len(ours), turns)


def _turns(number: int) -> str:
    return count(number, "turn")


def last_batch(archived: Sequence[ArchivedItem], wanted: Iterable[str]) -> Batch | None:
    """What was taken out last of all that is ``wanted``; None when there is nothing to put back.

    A summary whose originals came back since is not put back beside them, nor an item that could
    not be read.
    """
    prefixes = tuple(_PREFIXES[each] for each in wanted)
    reasons = {each.reason for each in archived}
    fitting = [
        (which, each)
        for each in archived
        if (which := _batch_of(each.reason, prefixes)) is not None and _has_place(each, reasons)
    ]
    if not fitting:
        return None
    last = fitting[-1][0]
    mine = [each for which, each in fitting if which == last]
    hidden = tuple(each.key for each in mine if each.reason.endswith(f":{HIDDEN}"))
    shown = tuple(each.key for each in mine if each.key not in set(hidden))
    return Batch(last.partition(":")[0], shown, hidden)


def _batch_of(reason: str, prefixes: tuple[str, ...]) -> str | None:
    """What the items that were taken out at once have in common; None for other reasons."""
    # Before clearings had ids all of them were one.
    if reason.startswith(prefixes) or f"{reason}:" in prefixes:
        return reason.removesuffix(f":{HIDDEN}")
    return None


def _has_place(kept: ArchivedItem, reasons: set[str]) -> bool:
    turn = kept.turn_id or ""
    return kind(kept.item) != DAMAGED and (not turn.startswith(COMPACTION) or turn in reasons)
