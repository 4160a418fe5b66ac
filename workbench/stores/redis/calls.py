"""Calling the script: one round trip for each operation on a session."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from workbench.stores.read_only import refusal
from workbench.stores.redis.layout import Keys, keys_of, script
from workbench.stores.redis.lines import Way
from workbench.stores.redis.place import Place
from workbench.stores.redis.ticket import Request

T = TypeVar("T")
Word = bytes | str | int

_AGAIN = 6
"""Where a call of the script says that it is sent again: so far behind its first word, keys not
counted."""


class Calls:
    """The way to the sessions of ``place``, by ``way``."""

    def __init__(self, place: Place, way: Way) -> None:
        self._place = place
        self._way = way

    def keys(self, session_id: str) -> Keys:
        """The keys of a session. Raises InvalidValue for an id that can't be one here."""
        return keys_of(session_id, self._place.prefix, is_cluster=self._way.is_cluster)

    def check(self) -> None:
        """Raise StoreReadOnly where nothing is to be written."""
        if self._place.read_only:
            raise refusal(self._place.url)

    async def ask(self, session_id: str, op: str, read: Callable[[Any], T], *words: Word) -> T:
        """Call the script for something that writes nothing."""
        return await self._way.do(self._request(session_id, op, read, b"", b"", words))

    async def write(
        self, session_id: str, op: str, *words: Word, beside: tuple[bytes, ...] = ()
    ) -> list[Any]:
        """Call the script for a write, under an id by which it is known when it is sent again.

        ``beside`` are keys of another session, that it looks at.
        """
        self.check()
        ttl = None if op == "label" else self._place.ttl  # reading does not put the expiry off
        milliseconds = b"" if ttl is None else str(round(ttl * 1000)).encode()
        name = os.urandom(8).hex().encode()
        request = self._request(session_id, op, list, name, milliseconds, words, beside)
        return await self._way.do(request, writing=True)

    def _request(
        self,
        session_id: str,
        op: str,
        read: Callable[[Any], T],
        name: bytes,
        ttl: bytes,
        words: Sequence[Word],
        beside: tuple[bytes, ...] = (),
    ) -> Request[T]:
        source, sha = script(op)
        keys = self.keys(session_id)
        named = (*keys.all, *beside)
        head: tuple[Word, ...] = ("EVALSHA", sha, len(named), *named)
        command = (*head, op, session_id, ttl, self._way.first_try, name, *words)
        again = len(named) + _AGAIN if name else None
        return Request(command, read, keys.session, again, source)
