"""Putting one history in the place of another, in a session that can only be cleared and added to.

Both histories are in the journal before the first item is taken away, and whatever happens on the
way (an error, a cancellation, a kill) ends in one of them: `replace` puts the first one back when
it fails, and whoever uses the session next after a kill does so with `put_back`. What somebody else
appended meanwhile stays, behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace as with_
from typing import Any

from workbench import items as of
from workbench.errors import StoreError
from workbench.sessions.adopted.inner import Inner, Taken
from workbench.sessions.adopted.ledger import Journal, Ledger
from workbench.sessions.adopted.slots import Slots, digest_of

TRIES = 5
"""How often a change is begun anew because somebody else was there first."""

_GIVEN = frozenset({"id", "status", "created_at", "object", "provider_data"})
"""Fields that a service may fill in."""


async def replace(inner: Inner, ledger: Ledger, old: Slots, new: Slots, was: Slots) -> Slots | None:
    """Change the session from ``old`` to ``new``; ``was`` is what the ledger holds.

    Gives what there is then; None when somebody else used the session meanwhile: it holds what
    that one left, and nothing of ``new``. Raises what the session raises, with the history as it
    was, or StoreError when that could not be had at once.
    """
    before, after = [each.item for each in old.live()], [each.item for each in new.live()]
    await ledger.save(old, was, journal=Journal(before, after))
    try:
        # The journal took its time: look once more, right before.
        if not _equal(await inner.read(), before):
            await ledger.save(old, old, close=True)
            return None
        await inner.replace(before, after)
        found = await inner.read()
        _check(found, after)
        made = labelled(new, found, after)
        await ledger.save(made, old, close=True)
    except BaseException as exc:
        await _undo(inner, ledger, exc)
        if not isinstance(exc, Taken):
            raise
        return None
    return made


def _check(found: Sequence[Any], after: Sequence[Any]) -> None:
    if not all(is_alike(one, other) for one, other in zip(found, after, strict=False)):
        raise Taken
    if len(found) < len(after):
        raise StoreError(
            f"the session kept {len(found)} of {len(after)} items that it was given; it holds "
            "what it held before"
        )


async def _undo(inner: Inner, ledger: Ledger, cause: BaseException) -> None:
    try:
        await put_back(inner, ledger)
    except Exception as exc:
        raise StoreError(
            "the history could be neither changed nor put back as it was "
            f"({type(cause).__name__}, then {type(exc).__name__}); all of it is in "
            f"{ledger.store.url}, and the next use of the session puts it back"
        ) from exc


async def put_back(inner: Inner, ledger: Ledger) -> None:
    """Make good an edit that was not finished: the history is again what it was before it."""
    journal = await ledger.journal()
    if journal is None:
        return
    slots = await ledger.slots()
    for _ in range(TRIES):
        found = await inner.read()
        # What is there of the one or the other history, and then what others appended to it.
        own = max(_begun(found, journal.before), _begun(found, journal.after))
        journal = Journal([*journal.before, *found[own:]], journal.after)
        try:
            if not _equal(found, journal.before):
                await ledger.save(slots, slots, journal=journal)
                await inner.replace(found, journal.before)
                found = await inner.read()
            await ledger.save(labelled(slots, found, journal.before), slots, close=True)
            return
        except Taken:
            continue
    raise busy()


def busy() -> StoreError:
    """The error for a session that never holds what it was just given."""
    return StoreError(
        "others keep changing this session while its history is being changed, or it gives back "
        "other items than it was given; nothing of this was done"
    )


def labelled(slots: Slots, found: Sequence[Any], items: Sequence[Any]) -> Slots:
    """``slots`` with the digests of ``items`` as they were found: a service may have changed them.

    Unchanged unless ``found`` begins with just these.
    """
    live = slots.live()
    alike = all(is_alike(one, other) for one, other in zip(found, items, strict=False))
    if len(found) < len(live) or not alike:
        return slots
    digests = iter([digest_of(item) for item in found])
    return with_(
        slots,
        all=tuple(
            with_(slot, digest=next(digests)) if slot.archive is None else slot
            for slot in slots.all
        ),
    )


def _begun(found: Sequence[Any], history: Sequence[Any]) -> int:
    """How many items of ``history`` the session begins with."""
    count = 0
    for one, other in zip(found, history, strict=False):
        if not is_alike(one, other):
            break
        count += 1
    return count


def _equal(one: Sequence[Any], other: Sequence[Any]) -> bool:
    return [digest_of(each) for each in one] == [digest_of(each) for each in other]


def is_alike(one: Any, other: Any) -> bool:
    """Whether two items are the same but for what a service fills in or puts in other words."""
    return bool(one == other or _essence(one) == _essence(other))


def _essence(item: Any) -> Any:
    if not isinstance(item, dict):
        return digest_of(item)
    if of.is_encrypted(item) or not of.text(item):
        kept = {k: v for k, v in item.items() if k not in _GIVEN and v is not None}
        return digest_of(kept)
    return of.kind(item), of.role(item), of.call_id(item), of.text(item)
