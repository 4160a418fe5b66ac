"""The steps of a conversion: look, rewrite in one atomic change, read back and compare."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from workbench.errors import CorruptItem, EncryptionError, StoreError, shorten
from workbench.items import Item, decode
from workbench.protocols import PAGE, ArchivedItem, Edit, Key, Recognises, StoredItem
from workbench.sessions.encryption.conversion_forms import Form, Read
from workbench.sessions.encryption.key_ring import Refused
from workbench.sessions.encryption.numbering import numbered
from workbench.sessions.encryption.patience import Patience
from workbench.sessions.encryption.plan import merged
from workbench.sessions.pages import save_all
from workbench.sessions.wrapper import Base

Progress: TypeAlias = Callable[[int, int], object]
"""Called with how many items are done, and how many there are to do."""

_CHUNK = 500
"""Items that are made before other work of the event loop gets its turn."""


class _Look:
    """A session as it is at one moment: every item opened, and what it should become."""

    def __init__(
        self, rows: Sequence[StoredItem], live: Read, kept: Sequence[ArchivedItem], old: Read
    ) -> None:
        self.counts = len(rows), len(kept)
        self.newest = rows[-1].key if rows else None
        places = [row.key for row in rows], [each.key for each in kept]
        both = list(zip(places, (live, old), strict=True))
        self.items = _joined([(keys, read.items) for keys, read in both])
        self.texts = _joined([(keys, read.texts) for keys, read in both])
        numbers = [dict(zip(keys, read.numbers, strict=True)) for keys, read in both]
        order = merged(*numbers)
        self.numbers = dict(zip(order, numbered(list(order.values())), strict=True))
        self.moved = {key for key in order if order[key] not in (None, self.numbers[key])}
        """What had a number, and needs another."""


def _joined(parts: Sequence[tuple[Sequence[Key], Sequence[Any]]]) -> dict[Key, Any]:
    return {key: value for keys, values in parts for key, value in zip(keys, values, strict=True)}


async def convert_items(base: Base, form: Form, progress: Progress | None) -> tuple[int, int, int]:
    """Bring every item into ``form``; how many are live, archived, and were changed.

    Raises what reading raises, before anything is changed, and StoreError when the store does not
    give back what was written: it has been put back then.
    """
    patience = Patience(base.session_id)
    written: dict[Key, bytes] = {}
    before: dict[Key, Item] = {}
    while True:
        look = await _checked_look(base, form, written, before)
        todo = [key for key, item in look.items.items() if not _fits(key, item, look, form)]
        if not todo:
            if progress is not None and written:
                progress(len(written), len(written))
            return *look.counts, len(written)
        made = await _made(form, look, todo, progress)
        given = {key: look.items[key] for key in todo}
        if await base.edit(Edit(rewrite=made, newest=look.newest, given=given)) is None:
            await patience.wait()
            continue
        written |= {key: look.texts[key] for key in todo}
        before |= {key: look.items[key] for key in todo}


async def convert_turns(base: Base, form: Form) -> None:
    """Bring the error texts of the turns into ``form``."""
    records = await base.turns()
    converted = [await form.turn(record) for record in records]
    changed = [new for new, old in zip(converted, records, strict=True) if new != old]
    for start in range(0, len(changed), PAGE):
        await save_all(base, changed[start : start + PAGE])


def _fits(key: Key, item: Item, look: _Look, form: Form) -> bool:
    return form.fits(item) and not (form.has_numbers and key in look.moved)


async def _made(
    form: Form, look: _Look, todo: Sequence[Key], progress: Progress | None
) -> dict[Key, Item]:
    made: dict[Key, Item] = {}
    for done, key in enumerate(todo):
        if done % _CHUNK == 0:
            await asyncio.sleep(0)
            if progress is not None:
                progress(done, len(todo))
        made[key] = await form.make(look.texts[key], look.numbers[key])
    return made


async def _checked_look(
    base: Base, form: Form, written: Mapping[Key, bytes], before: Mapping[Key, Item]
) -> _Look:
    """A look that finds what was written, in case anything was; else that is taken back."""
    try:
        look = await _look(base, form)
        changed = not all(
            _given_back(base, text, look.texts.get(key, text)) for key, text in written.items()
        )
    except (CorruptItem, EncryptionError) as exc:
        if not written:
            raise
        await _put_back(base, before)
        raise _unfaithful(base) from exc
    if changed:
        await _put_back(base, before)
        raise _unfaithful(base)
    return look


def _given_back(base: Base, given: bytes, found: bytes) -> bool:
    """Whether what was written is there; a service may have brought it into a form of its own."""
    if found == given:
        return True
    return isinstance(base, Recognises) and base.recognises(decode(given), decode(found))


async def _look(base: Base, form: Form) -> _Look:
    while True:
        rows = await base.rows()
        kept = await base.archived()
        if [row.key for row in await base.rows()] == [row.key for row in rows]:
            break  # nothing moved between the two looks
    try:
        live = await form.read([row.item for row in rows], ordered=True)
    except Refused as exc:
        raise exc.error(base.session_id, exc.index + 1, rows[exc.index].key) from None
    try:
        old = await form.read([each.item for each in kept], ordered=False)
    except Refused as exc:
        raise exc.error(base.session_id, None, kept[exc.index].key) from None
    return _Look(rows, live, kept, old)


async def _put_back(base: Base, before: Mapping[Key, Item]) -> None:
    patience = Patience(base.session_id)
    while True:
        there = {row.key for row in await base.rows()} | {row.key for row in await base.archived()}
        rewrite = {key: item for key, item in before.items() if key in there}
        if await base.edit(Edit(rewrite=rewrite)) is not None:
            return
        await patience.wait()


def _unfaithful(base: Base) -> StoreError:
    return StoreError(
        f"session {shorten(base.session_id)} does not give back what was written in its new form; "
        "its items were put back as they were"
    )
