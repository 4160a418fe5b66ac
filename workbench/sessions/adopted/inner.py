"""The sessions that can be adopted: what each one needs beyond its four methods.

The SDK's `OpenAIConversationsSession` changes the form of items and loses its conversation when it
is cleared; its `AdvancedSQLiteSession` loses its other branches then. All else is taken as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from workbench.own_loop import asked
from workbench.protocols import Session
from workbench.sessions.adopted.slots import digest_of

_EVERYTHING = 2**31 - 1
"""A limit that is none: what the SDK itself asks for where a session has a limit set."""

_POPPED = 4
"""Items at the end that are popped one by one rather than replacing the whole history."""


class Taken(Exception):
    """Somebody else's item was popped, and was put back: look again."""


class Inner:
    """``session``, asked in the one way that every session understands."""

    popped = _POPPED

    def __init__(self, session: Session) -> None:
        self.session = session

    async def read(self, limit: int | None = None) -> list[Any]:
        """The newest ``limit`` items; for None all of them, whatever the session's settings say."""
        if limit is None and limit_of(self.session) is not None:
            limit = _EVERYTHING
        # Not every session takes None for what it has by default.
        get = self.session.get_items
        return list(await asked(self.session, get() if limit is None else get(limit)))

    async def add(self, items: Sequence[Any]) -> None:
        """Append ``items``; nothing is asked for none."""
        if items:
            await asked(self.session, self.session.add_items(list(items)))

    def omits(self, item: Any) -> str | None:
        """Why ``item`` would be left out; None: it is kept, as far as is known. As `Omits`."""
        return None

    async def pop(self) -> Any:
        """Take the newest item away."""
        return await asked(self.session, self.session.pop_item())

    async def replace(self, before: Sequence[Any], after: Sequence[Any]) -> None:
        """Put ``after`` in the place of ``before``, which is what the session holds.

        What both begin with stays. Raises Taken when the session holds something else by now.
        """
        same = _common(before, after)
        if len(before) - same <= self.popped:
            await self._pop_all(before[same:])
        else:
            await self.session.clear_session()
            same = 0
        await self.add(after[same:])

    async def _pop_all(self, items: Sequence[Any]) -> None:
        for item in reversed(items):
            popped = await self.pop()
            if popped is None or digest_of(popped) != digest_of(item):
                await self.add([] if popped is None else [popped])
                raise Taken


class Branched(Inner):
    """A session with branches: clearing it would clear them all."""

    popped = _EVERYTHING


class Conversation(Inner):
    """The SDK's session over the Conversations API: cleared, it would begin another conversation.

    Items go out and come back in the forms of `workbench.stores.conversations.items`.
    """

    popped = _EVERYTHING

    async def read(self, limit: int | None = None) -> list[Any]:
        from workbench.stores.conversations.items import incoming

        return [incoming(item) for item in await super().read(limit)]

    async def add(self, items: Sequence[Any]) -> None:
        from workbench.stores.conversations.items import outgoing

        await super().add(outgoing(items))

    def omits(self, item: Any) -> str | None:
        from workbench.stores.conversations.items import omitted

        return omitted(item)

    async def pop(self) -> Any:
        from workbench.stores.conversations.items import incoming

        item = await super().pop()
        return None if item is None else incoming(item)


_KINDS: dict[str, type[Inner]] = {
    "AdvancedSQLiteSession": Branched,
    "OpenAIConversationsSession": Conversation,
}


def inner_of(session: Session) -> Inner:
    """The way to ask ``session``."""
    # By name: importing the SDK's classes to compare with would cost a second and more.
    for kind in type(session).__mro__:
        if kind.__module__.startswith("agents.") and kind.__name__ in _KINDS:
            return _KINDS[kind.__name__](session)
    return Inner(session)


def limit_of(session: Session) -> Any:
    """The limit of the session's own settings; None where there is none."""
    settings = getattr(session, "session_settings", None)
    if isinstance(settings, Mapping):
        return settings.get("limit")
    return getattr(settings, "limit", None)


def _common(before: Sequence[Any], after: Sequence[Any]) -> int:
    """How many items both begin with."""
    count = 0
    for one, other in zip(before, after, strict=False):
        if digest_of(one) != digest_of(other):
            break
        count += 1
    return count
