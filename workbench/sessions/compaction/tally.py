"""How long a conversation is by now, as far as one handle on it has seen.

Kept so that a turn after which nothing is due costs no look at the store: every read says how long
the conversation is, every write makes it longer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from workbench.estimates import item_tokens
from workbench.protocols import StoredItem
from workbench.sessions.compaction.plan import Policy, counts, messages


class Tally:
    """Messages and estimated tokens, by the rules of `compaction_plan`; unknown at first."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._messages: int | None = None
        self._tokens = 0
        self._more = 0
        self._fruitless: int | None = None

    def due(self) -> bool:
        """Whether a look at the store is due; True also when nothing is known yet."""
        found = self._messages
        if found is None:
            return True
        if self._fruitless is not None and found <= self._fruitless:
            return False
        return self._policy.exceeded(found, self._tokens)

    def read(self, items: Sequence[Any], *, whole: bool) -> None:
        """The conversation was read: all of it, or only its end."""
        if whole:
            self._messages = sum(map(counts, items)) - self._more
            self._tokens = self._tokens_of(items)
        elif self._messages is not None:
            self._messages = max(self._messages, sum(map(counts, items)) - self._more)

    def rows(self, rows: Sequence[StoredItem]) -> None:
        """All rows were read: these tell what an earlier compaction left."""
        items = [row.item for row in rows]
        self._messages = messages(rows)
        self._more = sum(map(counts, items)) - self._messages
        self._tokens = self._tokens_of(items)

    def added(self, items: Sequence[Any]) -> None:
        """Items were appended."""
        if self._messages is not None:
            self._messages += sum(map(counts, items))
            self._tokens += self._tokens_of(items)

    def nothing_gained(self) -> None:
        """A look has found nothing to summarise: the next one is due when there is more."""
        self._fruitless = self._messages

    def forget(self) -> None:
        """The conversation was changed other than by reading and appending."""
        self._messages, self._tokens, self._more, self._fruitless = None, 0, 0, None

    def _tokens_of(self, items: Sequence[Any]) -> int:
        return item_tokens(items) if self._policy.max_tokens is not None else 0


def limit_of(settings: Any) -> int | None:
    """How many items these settings let be read: the SDK's ``SessionSettings``, or a dict."""
    limit = settings.get("limit") if isinstance(settings, Mapping) else None
    return getattr(settings, "limit", limit)
