"""Every error the workbench raises, one tree.

::

    WorkbenchError
    ├── InvalidValue (ValueError)      an argument that can't be right: the call is at fault
    │   ├── InvalidItem                an item that is not plain JSON; nothing was written
    │   └── InvalidStoreURL            a store URL with an unknown scheme or option
    ├── NotFound (LookupError)         a name nobody knows; says the nearest one
    │   ├── UnknownSession
    │   └── UnknownName (AttributeError)  `workbench` has no such function or class
    ├── StoreError                     the place that keeps the conversations said no
    │   ├── StoreUnusable              not a database, no permission, damaged
    │   │   └── PasswordRequired       a store with a password that is not known here
    │   ├── StoreReadOnly              can be read, not written
    │   ├── StoreFull                  no room; nothing of the batch was written
    │   ├── StoreLocked                another program held it for longer than the timeout
    │   ├── SessionChanged             others changed the session meanwhile; nothing was done
    │   ├── StoreUnreachable           a server that is down, slow, or cut off
    │   └── StoreClosed                this handle was closed
    ├── Unsupported                    this kind of store or session can't do that; says what can
    ├── CorruptItem                    a stored item can't be decoded; it stays where it is
    │   └── Tampered                   a ciphertext that was changed, repeated, moved or swapped
    ├── CorruptFile                    a file that was exported or recorded can't be read back
    ├── EncryptionError                about keys; nothing was read, popped or written
    │   ├── KeyRequired                an encrypted session, and no key for it
    │   └── WrongKey                   a key that is not the one it was written with
    ├── TurnFailed                     the model or a tool failed; the history is as before
    ├── ModelError                     the model can't be had, or can't do what was asked
    │   ├── MissingKey                 a model was asked for by name and there is no API key
    │   ├── OfflineModelError          beyond what the offline model can do
    │   └── NotRecorded                a replay was asked for what its recording does not hold
    └── MissingExtra (ImportError)     an optional package is not installed; names the extra

Errors of drivers (sqlite3, redis, HTTP) are translated where the driver is called; the original
is the ``__cause__``. No message holds a key, a password or the text of an item.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


class WorkbenchError(Exception):
    """Any error that the workbench raises on purpose.

    In IPython its traceback is that of the reader's own lines: the cell, and where a tool of theirs
    failed. After ``%xmode Verbose`` it shows every step, as in plain Python.
    """

    def _render_traceback_(self) -> list[str]:
        # What IPython asks of an exception before it formats it (InteractiveShell.showtraceback).
        from workbench.tracebacks import rendered

        return rendered(self)


class InvalidValue(WorkbenchError, ValueError):
    """An argument that can't be right."""


class InvalidItem(InvalidValue):
    """An item that plain JSON can't hold as it is; nothing of its batch was written."""


class InvalidStoreURL(InvalidValue):
    """A store URL with an unknown scheme, or an option that the scheme does not have."""


class NotFound(WorkbenchError, LookupError):
    """A name that nobody knows."""


class UnknownSession(NotFound):
    """No session of that name."""


class UnknownName(NotFound, AttributeError):
    """`workbench` has no function or class of this name."""


class StoreError(WorkbenchError):
    """The place that keeps the conversations could not do what was asked."""


class StoreUnusable(StoreError):
    """The store can't be opened: not a database, damaged, or no permission."""


class PasswordRequired(StoreUnusable):
    """The store has a password, and it is not known here."""


class StoreReadOnly(StoreError):
    """The store can be read but not written."""


class StoreFull(StoreError):
    """There is no room to write; nothing of the batch was written."""


class StoreLocked(StoreError):
    """Another program held the store for longer than the timeout."""


class SessionChanged(StoreError):
    """Others changed the session between the look and the change; nothing was done."""


class StoreUnreachable(StoreError):
    """The server did not answer, or the connection was cut; says whether something was written."""


class StoreClosed(StoreError):
    """The handle was closed before this call."""


class CorruptItem(WorkbenchError):
    """A stored item that can't be decoded. It is left where it is.

    ``session_id`` and ``position`` (1-based, as the ``order`` column of ``wb.history``) say where,
    ``key`` is the store's own handle on it, for ``session.archive``; None where there is none.
    """

    def __init__(
        self,
        session_id: str,
        position: int | None,
        reason: str,
        *,
        key: int | str | None = None,
    ) -> None:
        self.session_id = session_id
        self.position = position
        self.key = key
        place = "an item" if position is None else f"item {position}"
        way = (
            "; wb.doctor says what a repair would do, and "
            f"await session.archive([{key!r}], reason='damaged') only moves it out of the way"
        )
        super().__init__(
            f"{place} of session {shorten(session_id)} can't be read: {reason}. "
            "It was left as it is" + ("" if key is None else way)
        )


class Tampered(CorruptItem):
    """A ciphertext that was changed, cut short, repeated, moved, or swapped between sessions."""


class CorruptFile(WorkbenchError):
    """A file that can't be read back: cut short, changed, not of this kind, or of a later version.

    ``line`` is the line of it that is at fault, from 1; None where it is the file as a whole.
    """

    def __init__(self, message: str, *, line: int | None = None) -> None:
        self.line = line
        super().__init__(message)


class EncryptionError(WorkbenchError):
    """About the key of an encrypted session; nothing was read, popped or written."""


class KeyRequired(EncryptionError):
    """The session is encrypted and no key for it is known."""


class WrongKey(EncryptionError):
    """The session was encrypted with another key."""


class Unsupported(WorkbenchError):
    """This kind of store or session can't do that; the message says what can be done instead."""


class TurnFailed(WorkbenchError):
    """A turn that ended in an error; the history is as it was before the turn.

    ``turn`` is the Turn as far as it came; the error of the model or the tool is ``__cause__``.
    """

    def __init__(self, message: str, turn: Any = None) -> None:
        self.turn = turn
        super().__init__(message)


class ModelError(WorkbenchError):
    """The model that was asked for can't be had, or can't do what was asked."""


class MissingKey(ModelError):
    """A model was asked for by name, and no API key or endpoint is set."""


class OfflineModelError(ModelError):
    """The offline model was asked for something that only a language model can do."""


class NotRecorded(ModelError):
    """A replay was asked for an answer that its recording does not hold."""


class MissingExtra(WorkbenchError, ImportError):
    """An optional package is missing; the message names the extra that installs it."""


def shorten(name: str, width: int = 60) -> str:
    """``name`` as a message shows it: quoted by repr, its middle left out when it is long."""
    return (
        repr(name) if len(name) <= width else f"{name[: width - 20]!r}... ({len(name)} characters)"
    )


def nearest(name: str, known: Iterable[str], *, plural: str = "names") -> str:
    """A sentence that helps after a wrong name: the nearest known ones, or the first few.

    >>> nearest("dmeo", ["demo", "other"])
    "did you mean 'demo'?"
    """
    from difflib import get_close_matches  # only when something has gone wrong

    choices = sorted(set(known))
    close = get_close_matches(name, choices, n=3, cutoff=0.6)
    if close:
        return "did you mean " + " or ".join(shorten(each) for each in close) + "?"
    if not choices:
        return f"there are no {plural} yet"
    shown = ", ".join(shorten(each) for each in choices[:8])
    return f"known {plural}: {shown}" + (", ..." if len(choices) > 8 else "")
