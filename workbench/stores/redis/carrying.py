"""Giving and taking items of Redis as the texts that they are."""

from __future__ import annotations

from collections.abc import Sequence
from types import EllipsisType
from typing import Any

from workbench.protocols import PAGE, Key, Texts
from workbench.stores.keys import checked_after
from workbench.stores.redis.calls import Calls, Word
from workbench.stores.redis.layout import digest, from_token, token
from workbench.stores.redis.paging import page_words
from workbench.stores.texts import checked


class Carries:
    """A part of the Redis store, which has ``_calls``."""

    _calls: Calls

    async def texts(
        self, session_id: str, after: Key | None = None, *, limit: int = PAGE
    ) -> Texts | None:
        """As `page`, but each item as its text; None for a session whose labels are to be made."""
        words = page_words(checked_after(after), limit)
        return await self._calls.ask(session_id, "page", _read, *words)

    async def put_texts(
        self, session_id: str, given: Texts, *, newest: Key | EllipsisType | None = ...
    ) -> Sequence[Key] | None:
        """As `put`, each item kept as the very text. Raises InvalidItem."""
        size = len(checked(given))
        if not size:
            return []
        wanted: Word = "*" if newest is ... else "" if newest is None else str(newest)
        words = (wanted, size, _known(given), *given.texts)
        done, *first = await self._calls.write(session_id, "carry", *words)
        return range(first[0], first[0] + size) if done else None


def _known(given: Texts) -> str:
    """What is known of each label here, a line for each: see store.lua."""
    tokens = {each: token(each) for each in set(given.turn_ids)}
    columns = zip(given.created_at, map(digest, given.texts), given.turn_ids, strict=True)
    return "\n".join(
        [f"{max(0, created or 0)} {sha} {tokens[turn_id]}" for created, sha, turn_id in columns]
    )


def _read(reply: list[Any]) -> Texts | None:
    """The columns of a page, if each label is that of its message."""
    have, labelled, one_birth, _last, texts, labels, _first = reply
    # One text of all labels: an object for each part of each would keep the collector busy.
    words = b" ".join(labels).decode().split(" ") if labels else []
    keys, created, digests, turns = (words[part::4] for part in range(4))
    in_line = one_birth and int(have) == int(labelled) and len(words) == 4 * len(texts)
    if not in_line or digests != list(map(digest, texts)):
        return None
    turn_ids = {each: from_token(each) for each in set(turns)}
    return Texts(
        list(map(int, keys)),
        texts,
        [int(each) or None for each in created],
        [turn_ids[each] for each in turns],
    )
