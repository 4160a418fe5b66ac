"""Which conversation a panel inspects, and what can be done to one of its kind."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import partial
from typing import Any

from workbench.errors import CorruptItem, EncryptionError, shorten
from workbench.panels.plain import plainly
from workbench.protocols import Session
from workbench.sessions.wrapper import Base, SessionWrapper
from workbench.verbs.numbered import able
from workbench.verbs.subject import in_store, session_object, subject
from workbench.workspace import Name, workspace


@dataclass(frozen=True)
class Place:
    """``target`` and ``store`` as a verb takes them."""

    target: Any
    store: str | None = None

    @property
    def named(self) -> bool:
        """Whether the workspace knows it by a name, and remembers what stands around it."""
        return isinstance(self.target, str) and self.store is None

    @property
    def name(self) -> str:
        """Its name, or its id."""
        return self.target if isinstance(self.target, str) else str(self.target.session_id)

    @property
    def given(self) -> str:
        """What kind of target it is, for a sentence."""
        return "a session object" if not isinstance(self.target, str) else "an id in a store"

    def unnamed(self, what: str) -> str | None:
        """Why ``what`` can't be done here; None: it can."""
        if self.named:
            return None
        return (
            f"{what} is remembered by a name, and this is {self.given}: open the conversation as "
            f"wb.session({shorten(self.name)}, store=...), and inspect that name."
        )

    async def checked(self) -> None:
        """Raise UnknownSession, InvalidValue or StoreError where there is no such session."""
        if not isinstance(self.target, str):
            session_object(self.target, self.store)
        elif self.store is None:
            await workspace().get(self.target)
        else:
            await in_store(self.target, self.store, raw=True)

    async def entry(self) -> Name | None:
        """What the workspace remembers of it; None where it has no name."""
        return await workspace().get(self.target) if self.named else None

    async def readable(self) -> Base:
        """The session as it is read: decrypted where its key is known, else as it is stored."""
        session: Session = await subject(self.target, store=self.store)
        return able(session)

    async def stored(self) -> Base:
        """The conversation as it is stored, without the wrappers around it."""
        if (entry := await self.entry()) is not None:
            return able(await plainly(partial(workspace().base, entry)))
        session: Any = self.target
        if isinstance(session, str):
            return able(await in_store(session, self.store, raw=True))
        while isinstance(session, SessionWrapper):
            session = session.base
        return able(session.underlying_session if is_sdk_encrypted(session) else session)

    async def locked(self) -> str | None:
        """Why its items can't be decrypted here, in words; None: they can, or are plain."""
        try:
            await (await self.readable()).rows(1)
        except EncryptionError as exc:
            return str(exc)
        except CorruptItem:
            return None
        return None


def is_sdk_encrypted(session: Any) -> bool:
    """Whether ``session`` is the SDK's own EncryptedSession, which shows no ciphertext."""
    module = sys.modules.get("agents.extensions.memory.encrypt_session")
    return module is not None and isinstance(session, module.EncryptedSession)
