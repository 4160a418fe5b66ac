"""Deciding what a compaction summarises: from the rows of a conversation to a plan. Pure functions.

Messages are counted as the number of items except reasoning: messages, calls and outputs count one
each, and what an earlier compaction left counts one altogether. Tokens are estimated, a quarter of
the characters that a person would read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from workbench import items as of
from workbench.errors import InvalidValue
from workbench.estimates import item_tokens
from workbench.items import Item
from workbench.protocols import COMPACTION, Edit, Key, StoredItem
from workbench.sessions.compaction.groups import groups, is_summary, waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """When to summarise and how much to keep; counts of messages and of estimated tokens.

    ``opaque`` says that the summary can take in what only OpenAI's service can read. Raises
    InvalidValue for counts that don't go together.
    """

    max_messages: int | None = 20
    max_tokens: int | None = None
    keep_last: int | None = None
    opaque: bool = False

    def __post_init__(self) -> None:
        for name, least in (("max_messages", 1), ("max_tokens", 1), ("keep_last", 0)):
            value = getattr(self, name)
            if value is not None and (type(value) is not int or value < least):
                raise InvalidValue(f"{name} is a number from {least} up, or None, not {value!r}")
        if self.max_messages is None and self.max_tokens is None:
            raise InvalidValue("a compaction needs max_messages or max_tokens: one may be None")
        if None not in (self.max_messages, self.keep_last) and self.kept >= self.max_messages:  # type: ignore[operator]
            raise InvalidValue(
                f"keep_last ({self.keep_last}) has to be less than max_messages "
                f"({self.max_messages}): one message more will be the summary"
            )

    @property
    def kept(self) -> int | None:
        """How many of the newest messages stay; None when only tokens count."""
        if self.keep_last is not None or self.max_messages is None:
            return self.keep_last
        return self.max_messages // 2

    def exceeded(self, messages: int, tokens: int) -> bool:
        """Whether a conversation of this length is due."""
        return self.too_many(messages) or self.too_long(tokens)

    def too_many(self, messages: int) -> bool:
        """Whether these are more messages than may be."""
        return self.max_messages is not None and messages > self.max_messages

    def too_long(self, tokens: int) -> bool:
        """Whether these are more tokens than may be."""
        return self.max_tokens is not None and tokens > self.max_tokens


@dataclass(frozen=True, slots=True)
class Plan:
    """What is summarised, and in front of which item the summary stands (None: at the end)."""

    rows: tuple[StoredItem, ...]
    before: Key | None
    newest: Key

    @property
    def items(self) -> list[Item]:
        """What the summary is made from, oldest first."""
        return [row.item for row in self.rows]

    def change(self, identity: str, summary: Sequence[Item]) -> Edit:
        """The one step that does it, as compaction ``identity``."""
        return Edit(
            reason=f"{COMPACTION}{identity}",
            archive=[row.key for row in self.rows],
            insert=list(summary),
            before=self.before,
            turn_id=f"{COMPACTION}{identity}",
            # At the end it would otherwise come to stand behind what was appended meanwhile.
            newest=self.newest if self.before is None else ...,
        )


def plan(rows: Sequence[StoredItem], policy: Policy, *, now: bool = False) -> Plan | None:
    """What to summarise of ``rows``; None when nothing is due, or nothing would be gained.

    All but the newest `Policy.kept` messages (when there are too many tokens, but the newest half
    of ``max_tokens``) are summarised, earlier summaries with them, except system and developer
    items, the last user message, and calls that wait for their output, each with all that belongs
    to it. ``now`` asks for it below the limits too.
    """
    cut = _cut(rows, policy, now=now)
    if not cut:
        return None
    items = [row.item for row in rows]
    first = groups(items)
    kept = {first[index] for index in _protected(items, policy)}
    # An answer that came long after its call would hold the cut up: then the two stay, no more.
    for end, apart in ((_whole(cut, first), kept), (cut, kept.union(first[cut:]))):
        chosen = [index for index in range(end) if first[index] not in apart]
        if _worth_it([rows[index] for index in chosen], policy, now=now):
            return _planned(rows, chosen)
    return None


def _planned(rows: Sequence[StoredItem], chosen: Sequence[int]) -> Plan:
    following = chosen[-1] + 1
    before = rows[following].key if following < len(rows) else None
    return Plan(tuple(rows[index] for index in chosen), before, rows[-1].key)


def messages(rows: Iterable[StoredItem]) -> int:
    """How many messages ``rows`` count as."""
    before: set[str] = set()
    count = 0
    for row in rows:
        if row.turn_id is not None and row.turn_id.startswith(COMPACTION):
            before.add(row.turn_id)
        else:
            count += counts(row.item)
    return count + len(before)


def counts(item: Item) -> bool:
    """Whether the item counts as a message: reasoning does not."""
    return item.get("type") != "reasoning"


def _cut(rows: Sequence[StoredItem], policy: Policy, *, now: bool) -> int:
    """How many of the oldest rows may be summarised, before it is looked at what they are."""
    too_many = policy.too_many(messages(rows))
    too_long = policy.max_tokens is not None and policy.too_long(
        item_tokens(row.item for row in rows)
    )
    cuts = [0]
    if policy.kept is not None and (now or too_many or (too_long and policy.keep_last is not None)):
        cuts.append(_but_the_newest(rows, policy.kept))
    if policy.max_tokens is not None and (too_long or (now and policy.max_messages is None)):
        cuts.append(_but_the_last_tokens(rows, policy.max_tokens // 2))
    return max(cuts)


def _but_the_newest(rows: Sequence[StoredItem], kept: int) -> int:
    left = kept
    for index in range(len(rows) - 1, -1, -1):
        if counts(rows[index].item):
            if left == 0:
                return index + 1
            left -= 1
    return 0


def _but_the_last_tokens(rows: Sequence[StoredItem], kept: int) -> int:
    left = kept
    for index in range(len(rows) - 1, -1, -1):
        left -= item_tokens([rows[index].item])
        if left < 0:
            return min(index + 1, len(rows) - 1)
    return 0


def _whole(cut: int, first: Sequence[int]) -> int:
    """``cut``, or so much earlier that nothing that belongs together is on both sides of it."""
    index = len(first) - 1
    while index >= cut:
        cut = min(cut, first[index])
        index -= 1
    return cut


def _protected(items: Sequence[Item], policy: Policy) -> set[int]:
    """The places of what is never summarised."""
    users = [index for index, item in enumerate(items) if of.is_user_message(item)]
    unreadable = {"item_reference"} if policy.opaque else {"item_reference", "compaction"}
    apart = {
        index
        for index, item in enumerate(items)
        if item.get("role") in ("system", "developer") or of.kind(item) in unreadable
    }
    return {*users[-1:], *waiting(items), *apart}


def _worth_it(taken: Sequence[StoredItem], policy: Policy, *, now: bool) -> bool:
    """Whether a summary of ``taken`` makes the conversation shorter, and by more than a little.

    Where much of it may not be touched, each turn would otherwise pay for a summary of two items.
    """
    fresh = [row for row in taken if not _left_by_compaction(row)]
    if not fresh:
        return False
    gained = messages(taken) - 1
    least = 1
    if not now and policy.max_messages is not None and policy.kept is not None:
        least = max(1, (policy.max_messages - policy.kept) // 2)
    by_messages = now or policy.max_messages is not None
    return (by_messages and gained >= least) or _long(fresh, policy)


def _long(fresh: Sequence[StoredItem], policy: Policy) -> bool:
    if policy.max_tokens is None:
        return False
    return 8 * item_tokens(row.item for row in fresh) >= policy.max_tokens


def _left_by_compaction(row: StoredItem) -> bool:
    return is_summary(row.item) or bool(row.turn_id and row.turn_id.startswith(COMPACTION))
