"""The pages of a conversation, and which of its items belong to writes that are under way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from workbench.items import Item
from workbench.stores.conversations.api import PAGE, ConversationsAPI
from workbench.stores.conversations.items import traced
from workbench.stores.conversations.journal import Snapshot
from workbench.stores.conversations.layout import Label, Write


async def listing(
    api: ConversationsAPI,
    known: Snapshot,
    conversation: str,
    limit: int | None,
    until: frozenset[str] = frozenset(),
) -> tuple[list[Item], bool]:
    """The newest items on the server, oldest first, and whether they are all.

    So many that ``limit`` of them are not hidden, all of ``until`` are among them, and everything
    that is being written. Raises Gone: the conversation, or the item where a page was to begin.
    """
    found: list[Item] = []
    missing = set(until)
    after: str | None = None
    anchors = {write.anchor for write in known.writes}
    while True:
        wanted = PAGE if limit is None else limit + len(known.hidden) - len(found)
        page = await api.page(conversation, limit=max(1, wanted), after=after)
        found += page.items
        ids = {item["id"] for item in page.items}
        missing -= ids
        anchors -= ids
        if not page.more or not page.items:
            return found[::-1], True
        visible = sum(item["id"] not in known.hidden for item in found)
        if limit is not None and visible >= limit and not missing and not anchors:
            return found[::-1], False
        after = page.items[-1]["id"]


async def everything(api: ConversationsAPI, conversation: str) -> list[str]:
    """The ids of all items, oldest first: what is added meanwhile comes last, and is there too."""
    found: list[str] = []
    while True:
        after = found[-1] if found else None
        page = await api.page(conversation, after=after, order="asc")
        found += [item["id"] for item in page.items]
        if not page.more or not page.items:
            return found


async def arrivals(
    api: ConversationsAPI, conversation: str, behind: str | None
) -> list[tuple[str, Item]]:
    """Id and content of an item and of what came behind it, oldest first.

    Of everything for None, and where that item is gone.
    """
    found: list[Item] = []
    after: str | None = None
    while True:
        page = await api.page(conversation, after=after)
        found += page.items
        ids = [item["id"] for item in found]
        if behind in ids:
            found = found[: ids.index(behind) + 1]
        if behind in ids or not page.more or not page.items:
            return [(each["id"], each) for each in found[::-1]]
        after = page.items[-1]["id"]


def since(
    listed: Sequence[tuple[str, Item]], anchor: str | None, labels: Mapping[str, Label]
) -> list[tuple[str, Item]]:
    """Those of the listed items behind ``anchor`` that may be a write's that is under way.

    A label with a time tells that an item is another write's, which is settled. Where the anchor is
    gone, nothing in front of such an item is new; without one, nothing is taken for new: it could
    be what others wrote long ago.
    """
    ids = [identity for identity, _item in listed]
    settled = [each in labels and labels[each].created_at is not None for each in ids]
    if anchor is None:
        start = 0
    elif anchor in ids:
        start = ids.index(anchor) + 1
    else:
        start = max((n for n, done in enumerate(settled, 1) if done), default=len(ids))
    return [each for each, done in zip(listed[start:], settled[start:], strict=True) if not done]


def claimed(
    write: Write, listed: Sequence[tuple[str, Item]], labels: Mapping[str, Label]
) -> list[str]:
    """Those of the listed items (id and content, oldest first) that ``write`` has added so far.

    Of a write that was given up each copy counts: it may have been sent several times, and arrive
    that often.
    """
    rest = since(listed, write.anchor, labels)
    if not write.given_up:
        return traced(rest, write.traces)
    return [identity for copy in copies(rest, write.traces) for identity in copy]


def copies(listed: Sequence[tuple[str, Item]], traces: Sequence[str]) -> list[list[str]]:
    """The ids of each whole copy of what ``traces`` tell of, the first one first."""
    found: list[list[str]] = []
    rest = list(listed)
    while traces and len(ids := traced(rest, traces)) == len(traces):
        found.append(ids)
        rest = [each for each in rest if each[0] not in ids]
    return found


def claimed_hidden(
    writes: Sequence[Write], listed: Sequence[tuple[str, Item]], labels: Mapping[str, Label]
) -> set[str]:
    """The listed items that no reader may see yet, or ever."""
    taken: set[str] = set()
    unseen: set[str] = set()
    for write in in_turn(writes):
        ids = claimed(write, [each for each in listed if each[0] not in taken], labels)
        taken.update(ids)
        unseen.update(ids if write.hidden else ())
    return unseen


def in_turn(writes: Sequence[Write]) -> list[Write]:
    """Writes that may still count come first: what was given up must not take what is theirs."""
    return sorted(writes, key=lambda write: (write.given_up, write.write_id))
