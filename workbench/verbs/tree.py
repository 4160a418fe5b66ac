"""``wb.tree``: which conversation was forked from which."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping

from workbench import loop
from workbench.errors import ModelError, StoreError
from workbench.render.family import Family, Node
from workbench.workspace import Name, Workspace, workspace
from workbench.workspace.family import Fork, Member, forks

_log = logging.getLogger("workbench")


def tree(name: str) -> Family:
    """The family of a session: what it was forked from, and all that was forked from these.

    It shows itself as a tree, the asked one marked. Sessions that were deleted are part of it as
    long as something was forked from them, or they from something; one that was made again under
    the same name is another one. Raises UnknownSession, with the nearest names.

    >>> turn = wb.ask("demo", "My name is John")
    >>> fork = wb.fork("demo", "what-if", at=1)
    >>> wb.tree("demo")
    demo  (2 items, last used ...)  <--
    └── what-if  (forked behind turn 1, 2 items, last used ...)
    """
    return loop.run(_family(workspace(), name))


async def _family(place: Workspace, name: str) -> Family:
    made = await forks(place)
    names = {Member.of(entry): entry for entry in await place.names()}
    asked = _latest(name, made, names) or Member.of(await place.get(name))
    origins = {fork.member: fork for fork in made}
    below: dict[Member, list[Member]] = {}
    for fork in made:
        below.setdefault(fork.origin, []).append(fork.member)
    members = list(_family_of(_root(asked, origins), below))
    entries = [names[member] for member in members if member in names]
    counts = await _counts(place, entries)

    def node(member: Member, forks: tuple[Node, ...]) -> Node:
        entry, fork = names.get(member), origins.get(member)
        return Node(
            name=member.name,
            store=member.store,
            items=None if entry is None else counts.get(entry.name),
            turn=None if fork is None else fork.turn,
            begun_with=None if fork is None else fork.items,
            used_at=None if entry is None else entry.used_at,
            deleted=entry is None and member.born is not None,
            asked=member == asked,
            forks=forks,
        )

    nodes: dict[Member, Node] = {}
    for member in reversed(members):  # the youngest first: a family may be of any depth
        nodes[member] = node(member, tuple(nodes[each] for each in below.get(member, ())))
    return Family(nodes[members[0]])


def _latest(name: str, made: list[Fork], names: Mapping[Member, Name]) -> Member | None:
    """The member of this name that is there; else the one that was there last."""
    known = [*(fork.member for fork in made), *(fork.origin for fork in made)]
    here = [member for member in names if member.name == name]
    gone = [each for each in known if each.name == name and each.born is not None]
    return next(iter(here), max(gone, key=lambda each: str(each.born), default=None))


def _root(member: Member, origins: Mapping[Member, Fork]) -> Member:
    while (fork := origins.get(member)) is not None:
        member = fork.origin
    return member


def _family_of(root: Member, below: Mapping[Member, list[Member]]) -> Iterator[Member]:
    """All members, each before its forks."""
    waiting = [root]
    while waiting:
        member = waiting.pop()
        yield member
        waiting += below.get(member, ())


async def _counts(place: Workspace, entries: list[Name]) -> dict[str, int | None]:
    """How many items each has; None where its store can't be reached just now."""
    # Each store is asked once, and all of them at the same time: one that is down answers late.
    urls = list({entry.store for entry in entries})
    found = dict(
        zip(urls, await asyncio.gather(*(_sizes(place, url) for url in urls)), strict=True)
    )
    return {
        entry.name: None
        if (sizes := found[entry.store]) is None
        else sizes.get(entry.session_id, 0)
        for entry in entries
    }


async def _sizes(place: Workspace, url: str | None) -> dict[str, int | None] | None:
    try:
        infos = await place.store(url).list_sessions()
    except (StoreError, ModelError) as exc:
        _log.warning("%s", exc)  # one line on stderr, unless the program logs in its own way
        return None
    return {info.session_id: info.n_items for info in infos}
