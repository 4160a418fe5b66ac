"""Changing a conversation: found and unlocked, alone in this process, in one conditional step.

A change takes its turn like a prompt does: while one of this kernel's turns is under way it waits
for its end. Of what other programs do meanwhile the store tells: the change names the items it is
about, and when they are not there any more nothing happens.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from workbench import loop
from workbench.errors import KeyRequired, SessionChanged, shorten
from workbench.items import is_encrypted
from workbench.protocols import Edit, Key, Session
from workbench.sessions.wrapper import Base
from workbench.turn.scope import turn_lock
from workbench.verbs.numbered import Numbered, able, numbered
from workbench.verbs.opening import unlock
from workbench.verbs.progress import with_progress
from workbench.verbs.subject import in_store, session_object
from workbench.workspace import workspace

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Subject:
    """The conversation that is changed: how the caller calls it, and a session on it."""

    target: str | Session
    store: str | None
    session: Base

    @property
    def name(self) -> str:
        """Its name, or its id."""
        return self.target if isinstance(self.target, str) else self.session.session_id

    def call(self, verb: str, *more: str) -> str:
        """A call of the face on it, as a user would write it: ``wb.restore('demo')``."""
        target = shorten(self.target) if isinstance(self.target, str) else "session"
        where = [] if self.store is None else ["store=..."]
        return f"wb.{verb}({', '.join([target, *more, *where])})"


def to_change(target: str | Session, store: str | None) -> Any:
    """The session that ``target`` means, unlocked; somebody may be asked for a key.

    ``target`` is a name, a session object, or with ``store`` the id of a session there. Raises
    UnknownSession, KeyRequired, WrongKey, InvalidValue.
    """
    if not isinstance(target, str):
        return session_object(target, store)
    if store is not None:
        return loop.run(in_store(target, store))
    entry = loop.run(workspace().get(target))
    unlock(entry)
    return workspace().session(entry)


def change(
    label: str,
    target: str | Session,
    store: str | None,
    work: Callable[[Subject], Awaitable[T]],
) -> T:
    """Do ``work`` on the session that ``target`` means, alone in this process."""
    given = to_change(target, store)

    async def alone() -> T:
        lock = turn_lock(given)
        try:
            await lock.acquire()
            return await work(Subject(target, store, able(given)))
        finally:
            lock.release()

    return with_progress(label, lambda _report: alone())


async def look(subject: Subject) -> list[Numbered]:
    """The items with their numbers. Raises KeyRequired where they can't be read."""
    rows = await numbered(subject.session)
    if any(is_encrypted(each.row.item) for each in rows):
        raise locked(subject)
    return rows


def locked(subject: Subject) -> KeyRequired:
    """The error for a conversation of ciphertext."""
    return KeyRequired(
        f"session {shorten(subject.name)} is encrypted, and changing it needs its key: set "
        "WORKBENCH_KEY for one in the workspace, and in Python pass "
        "EncryptedSession(session, key); nothing was changed"
    )


async def make(subject: Subject, edit: Edit) -> list[Key]:
    """Make the change, whole; the keys of what it inserted. Raises SessionChanged."""
    keys = await loop.settle(subject.session.edit(edit))
    if keys is None:
        raise SessionChanged(
            f"session {shorten(subject.name)} was changed by another program in this very moment, "
            f"so nothing was done here; look at it ({subject.call('history')}), and try again"
        )
    return keys


def newest(rows: Sequence[Numbered]) -> Key | None:
    """The key of the last item of the conversation itself, as `Edit` wants it."""
    return next((each.row.key for each in reversed(rows) if not each.hidden), None)
