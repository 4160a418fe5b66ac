"""The tab of compactions: limits, a dry run, doing and undoing it, and what was done before."""

from __future__ import annotations

from typing import Any

from workbench.errors import InvalidValue, UnknownSession
from workbench.items import is_encrypted
from workbench.panels.inspect import sides
from workbench.panels.inspect.place import Place
from workbench.panels.inspect.summaries import Done, compactions, line
from workbench.panels.plain import plainly
from workbench.protocols import COMPACTION, ArchivedItem, StoredItem
from workbench.sessions.compaction.plan import messages
from workbench.verbs.compact import AT_ONCE, compacting, undo_compaction
from workbench.verbs.opening import opened
from workbench.widgets.inspect.desk import Settings
from workbench.workspace.wrappers import Wrappers, wanted

PAGE = 50
"""Originals that a page gets at once."""


async def read(place: Place) -> tuple[list[StoredItem], list[ArchivedItem]]:
    """The conversation and its archive, as far as the key is known."""
    session = await (place.stored() if await place.locked() else place.readable())
    return await session.rows(), await session.archived()


async def history(place: Place) -> list[Done]:
    """The compactions of the past, the newest first."""
    return compactions(*await read(place))


async def state(place: Place) -> dict[str, Any]:
    """The properties of the tab."""
    rows, archived = await read(place)
    wrappers = await _wrappers(place)
    shown = wrappers if wrappers.compacts else AT_ONCE
    return {
        "count": messages(rows),
        "maxMessages": shown.max_messages,
        "maxTokens": shown.max_tokens,
        "keepLast": shown.keep_last,
        "summaryModel": wrappers.summary_model,
        "on": wrappers.compacts,
        "limits": wrappers.limits,
        "unnamed": place.unnamed("What a conversation is compacted by"),
        "locked": _needs_key(rows, archived),
        "history": [each.drawn() for each in compactions(rows, archived)],
    }


def _needs_key(rows: list[StoredItem], archived: list[ArchivedItem]) -> str | None:
    items = [*(row.item for row in rows), *(each.item for each in archived)]
    if not any(map(is_encrypted, items)):
        return None
    return "It is encrypted and its key is not known here: the tab Encryption takes it."


async def _wrappers(place: Place) -> Wrappers:
    """What stands around the conversation, as a name remembers it or an object has it."""
    if (entry := await place.entry()) is not None:
        return entry.wrappers
    policy = getattr(place.target, "policy", None)
    if policy is None:
        return Wrappers()
    return Wrappers(
        max_messages=policy.max_messages, max_tokens=policy.max_tokens, keep_last=policy.keep_last
    )


async def _session(place: Place, settings: Settings) -> Any:
    """The conversation with a compaction by these settings around it."""
    changes = wanted(max_messages=settings.max_messages, keep_last=settings.keep_last)
    return await plainly(lambda: compacting(place.target, place.store, changes, None))


async def dry_run(place: Place, settings: Settings) -> dict[str, Any]:
    """What a compaction would do, before and after side by side. Changes nothing."""
    session = await _session(place, settings)
    report = await session.compact(dry_run=True)
    rows = await session.rows()
    return {
        "headline": report.headline,
        "figures": report.figures,
        "empty": not report.summarised,
        **sides.drawn(rows, report),
    }


async def compact(place: Place, settings: Settings) -> str:
    """Do it; a sentence about it. Stopped at any time, all of it is done or nothing."""
    session = await _session(place, settings)
    report = await session.compact()
    text = f"{report.headline}; {report.figures}" if report.figures else report.headline
    return f"{text[:1].upper()}{text[1:]}."


async def undo(place: Place) -> str:
    """Undo the last one."""
    words = {} if place.store is None else {"store": place.store}
    count = await plainly(lambda: undo_compaction(place.target, **words))
    if not count:
        return "There is no compaction to undo."
    return f"{count:,} item{'' if count == 1 else 's'} came back in place of their summary."


async def under(place: Place, identity: str, start: int) -> dict[str, Any]:
    """Some of what a summary stands for, from ``start`` on. Raises UnknownSession."""
    _rows, archived = await read(place)
    originals = [each for each in archived if each.reason == f"{COMPACTION}{identity}"]
    if not originals:
        raise UnknownSession("that compaction was undone meanwhile: refresh the tab")
    page = originals[start : start + PAGE]
    return {
        "items": [line(each.item, 2_000) for each in page],
        "start": start,
        "total": len(originals),
    }


async def keep(place: Place, settings: Settings) -> str:
    """Remember these limits by the name, as ``wb.session(name, max_messages=...)`` does."""
    if (reason := place.unnamed("What a conversation is compacted by")) is not None:
        raise InvalidValue(reason)
    # 0 takes a setting back: with no number to keep, half of what may be stays.
    changes: dict[str, Any] = {"max_messages": settings.max_messages or 0}
    changes |= {"keep_last": settings.keep_last or 0} if settings.max_messages else _NO_TOKENS
    await plainly(lambda: opened(place.name, **changes))
    if not settings.max_messages:
        return "Compaction is off: nothing is summarised by itself."
    return f"From now on it is compacted above {settings.max_messages:,} messages."


_NO_TOKENS = {"max_tokens": 0}
