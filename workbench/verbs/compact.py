"""Compacting: older messages become one summary, and come back when asked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from workbench import loop
from workbench.errors import InvalidValue
from workbench.protocols import Session
from workbench.verbs.opening import unlock
from workbench.verbs.progress import with_progress
from workbench.verbs.subject import in_store, session_object
from workbench.workspace import workspace
from workbench.workspace.wrappers import Wrappers, compacted, wanted

if TYPE_CHECKING:
    from workbench.sessions.compaction import CompactionSession
    from workbench.sessions.compaction.report import Compaction

AT_ONCE = Wrappers(max_messages=20)
"""What counts for a session that is not compacted by itself: half of it, the newest ten, stays."""


def compact(
    target: str | Session,
    *,
    store: str | None = None,
    dry_run: bool = False,
    max_messages: int | None = None,
    max_tokens: int | None = None,
    keep_last: int | None = None,
    summary_model: Any = None,
) -> Compaction:
    """Replace the older messages of a conversation by one summary now; returns what was done.

    ``target`` is a name, a session object, or with ``store`` the id of a session there. The
    settings count for this call only; left out, they are those of the session (20 messages, where
    it has none). ``dry_run`` makes the summary and changes nothing. The originals are kept in the
    archive: ``wb.history(..., full=True)`` shows them, ``wb.undo_compaction`` restores them.
    Raises UnknownSession, KeyRequired, StoreError, and what the model of the summary raises.

    >>> for number in range(4):
    ...     turn = wb.ask("demo", f"My number is {number}")
    >>> print(wb.compact("demo", keep_last=2).headline)
    compacted 6 items into one summary (offline)
    >>> len(wb.history("demo")), len(wb.history("demo", full=True))
    (3, 9)
    """
    made_here = None if isinstance(summary_model, str) else summary_model
    changes = wanted(
        max_messages=max_messages,
        max_tokens=max_tokens,
        keep_last=keep_last,
        summary_model=summary_model if made_here is None else None,
    )
    session = compacting(target, store, changes, made_here)
    return with_progress("compacting", lambda _report: session.compact(dry_run=dry_run))


def undo_compaction(target: str | Session, *, store: str | None = None) -> int:
    """Put the originals of the last compaction back in place of its summary; returns how many.

    Again for the one before it. What was said since stays. Arguments as `compact`.

    >>> for number in range(4):
    ...     turn = wb.ask("demo", f"My number is {number}")
    >>> done = wb.compact("demo", keep_last=2)
    >>> wb.undo_compaction("demo"), len(wb.history("demo"))
    (6, 8)
    """
    session = compacting(target, store, {}, None)
    return with_progress("restoring", lambda _report: session.undo_compaction())


def compacting(
    target: str | Session, store: str | None, changes: dict[str, Any], summary_model: Any
) -> CompactionSession:
    """The conversation with a compaction around it, by the settings of this call.

    ``changes`` are those of `workbench.workspace.wrappers.wanted`.
    """
    from workbench.sessions.compaction import CompactionSession

    if isinstance(target, str) and store is None:
        return _named(target, changes, summary_model)
    base: Any = loop.run(in_store(target, store)) if isinstance(target, str) else target
    base = session_object(base, store if not isinstance(target, str) else None)
    if isinstance(base, CompactionSession):
        return _changed(base, changes, summary_model)
    return _around(base, AT_ONCE, changes, summary_model)


def _named(name: str, changes: dict[str, Any], summary_model: Any) -> CompactionSession:
    place = workspace()
    entry = loop.run(place.get(name))
    unlock(entry)
    around = entry.wrappers if entry.wrappers.compacts else AT_ONCE
    return _around(
        place.plain(entry), around, changes, summary_model or place.summarisers.get(name)
    )


def _changed(
    session: CompactionSession, changes: dict[str, Any], summary_model: Any
) -> CompactionSession:
    """The session with what this call says, and for the rest as it was made."""
    given = {"summary_model": summary_model} if summary_model is not None else {}
    changes = {**_fitting(changes, session.policy.max_messages), **given}
    if changes.get("summary_model", "") is None:  # "default" is what it was made with
        del changes["summary_model"]
    return session.changed(**changes) if changes else session


def _fitting(changes: dict[str, Any], max_messages: int | None) -> dict[str, Any]:
    """``changes``, in which more may be kept than the conversation could have: the limit that was
    not given is about when it starts by itself."""
    kept = changes.get("keep_last")
    if kept is None or "max_messages" in changes or max_messages is None or kept < max_messages:
        return changes
    return {**changes, "max_messages": kept + 1}


def _around(
    base: Any, wrappers: Wrappers, changes: dict[str, Any], summary_model: Any
) -> CompactionSession:
    wrappers = replace(wrappers, **_fitting(changes, wrappers.max_messages))
    if not wrappers.compacts:
        raise InvalidValue("0 is no limit to compact by: give max_messages (or max_tokens) from 1")
    made: CompactionSession = compacted(base, wrappers, summary_model=summary_model)
    return made
