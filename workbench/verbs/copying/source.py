"""What is copied or forked: found, unlocked, with what is remembered of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from workbench import loop
from workbench.errors import InvalidValue, KeyRequired, shorten
from workbench.items import is_encrypted
from workbench.protocols import Session
from workbench.sessions.around import encryption_of
from workbench.verbs.numbered import able
from workbench.verbs.opening import unlock
from workbench.verbs.subject import in_store, session_object
from workbench.workspace import Name, workspace
from workbench.workspace.wrappers import Wrappers, encrypted


@dataclass(frozen=True, slots=True)
class Source:
    """A conversation as it is read: in plain text, where its key is known.

    ``entry`` is what the workspace remembers of it, None for one without a name; ``store`` the URL
    that it was found by, if it was; ``sealed``: its key is not known, its items are as they lie.
    """

    session: Any = field(repr=False)
    name: str
    entry: Name | None = None
    store: str | None = None
    sealed: bool = False

    @property
    def wrappers(self) -> Wrappers:
        """What a copy has around it: all of it is encrypted, where its origin is just being."""
        around = Wrappers() if self.entry is None else self.entry.wrappers
        secret = self.sealed or encryption_of(self.session) is not None
        return Wrappers(
            max_messages=around.max_messages,
            max_tokens=around.max_tokens,
            keep_last=around.keep_last,
            summary_model=around.summary_model,
            encryption="yes" if secret else None,
        )

    def keep_secrets(self, name: str) -> None:
        """Let the kernel know for the copy ``name`` what it knows of this."""
        from workbench.sessions.encryption.session import keys_of

        place, around = workspace(), encryption_of(self.session)
        if around is not None:
            place.secrets.keep(name, keys_of(around))
        if self.entry is not None and self.entry.name in place.summarisers:
            place.summarisers[name] = place.summarisers[self.entry.name]


def source_of(target: str | Session, store: str | None, *, key: Any = None) -> Source:
    """What ``target`` means: a name, an id with ``store``, or a session object.

    Somebody may be asked for a key. Raises UnknownSession, KeyRequired, WrongKey, InvalidValue.
    """
    if isinstance(target, str) and store is None:
        entry = loop.run(workspace().get(target))
        if key is not None and entry.wrappers.encryption is None:
            raise InvalidValue(
                f"session {shorten(target)} is not encrypted, so key= opens nothing, and its copy "
                f"would be plain text: wb.encrypt({shorten(target)}) comes first, or leave key= out"
            )
        unlock(entry, key=key)
        return named(entry)
    if not isinstance(target, str):
        if key is not None:
            raise InvalidValue("a session object has its key; leave key= out")
        session = session_object(target, store)
        return Source(able(session), session.session_id)
    found: Any = loop.run(in_store(target, store, raw=key is not None))
    if key is not None:
        found = encrypted(found, Wrappers(encryption="yes"), workspace().secrets.read(key))
    sealed = loop.run(_is_sealed(found))
    return Source(found, target, store=store, sealed=sealed)


def named(entry: Name) -> Source:
    """What stands under a name, whose key is known by now. Raises KeyRequired."""
    return Source(workspace().plain(entry), entry.name, entry, entry.store)


async def _is_sealed(session: Any) -> bool:
    newest = [row.item for row in await session.rows(1)]
    newest = newest or [each.item for each in (await session.archived())[-1:]]
    return any(map(is_encrypted, newest))


def needs_key(source: Source) -> KeyRequired:
    """The error for a source that is sealed, where what it holds would mean nothing."""
    return KeyRequired(
        f"session {shorten(source.name)} is encrypted for its id, and its key is not known: give "
        "key=..., or set WORKBENCH_KEY; nothing was written"
    )
