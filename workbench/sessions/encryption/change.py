"""Changes of an encrypted session: numbered, sealed, and made only if nothing came in between."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from workbench.errors import CorruptItem, EncryptionError, Unsupported
from workbench.items import Item, decode, encode
from workbench.protocols import ArchivedItem, Edit, Key, StoredItem
from workbench.sessions.encryption.contents import Contents, Opened
from workbench.sessions.encryption.envelope import Cipher
from workbench.sessions.encryption.numbering import STEP
from workbench.sessions.encryption.patience import Patience
from workbench.sessions.encryption.plan import Plan, allows, merged, plan

_CHUNK = 500
"""Items that are sealed before other work of the event loop gets its turn."""


class Changes:
    """Makes changes of a session whose base holds ciphertext."""

    def __init__(self, contents: Contents) -> None:
        self.contents = contents
        self.base = contents.base

    async def make(self, change: Edit) -> list[Key] | None:
        """As `Edits.edit`, for a change in plain items."""
        inserts = [encode(item).encode() for item in change.insert]
        rewrites = {key: encode(item).encode() for key, item in change.rewrite.items()}
        if not (inserts or rewrites or change.restore or change.given):
            await self.contents.newest()
            return await self.base.edit(change)
        if change.before is None and not (rewrites or change.restore or change.given):
            return await self._append(change, inserts)
        return await self._edit(change, inserts, rewrites)

    async def _append(self, change: Edit, texts: Sequence[bytes]) -> list[Key] | None:
        """A change that inserts nowhere but at the end: only the newest item has to be known."""
        patience = Patience(self.base.session_id)
        tip = await self.contents.newest()
        while change.newest is ... or change.newest == tip.key:
            numbers = [tip.number + STEP * place for place in range(1, len(texts) + 1)]
            sealed = await sealed_items(await self.contents.ring.writer(), texts, numbers)
            # Its number may change under its key: when something comes back in front of it.
            given = {} if tip.key is None or tip.item is None else {tip.key: tip.item}
            made = replace(change, insert=sealed, newest=tip.key, given=given)
            keys = await self._appended(made)
            if keys is not None:
                return keys
            before, tip = tip, await self.contents.newest()
            if before == tip and (change.archive or change.delete or change.relabel):
                return None
            await patience.wait()
        return None

    async def _appended(self, change: Edit) -> list[Key] | None:
        try:
            return await self.base.edit(change)
        except Unsupported:
            if change.archive or change.delete:
                raise
            return await self.base.append(change.insert, turn_id=change.turn_id)

    async def _edit(
        self, change: Edit, inserts: Sequence[bytes], rewrites: Mapping[Key, bytes]
    ) -> list[Key] | None:
        """Any change: made from a look at the whole conversation, if nothing came in between."""
        patience = Patience(self.base.session_id)
        archive = bool(change.restore or change.relabel)
        while True:
            live, kept = await self._look(archive=archive, between=change.before is not None)
            if not archive and not {*rewrites, *change.given} <= live.by_key().keys():
                archive = True
                continue
            if not (allows(change, live.by_key(), kept.by_key()) and _as_given(change, live, kept)):
                return None
            numbers = plan(change, merged(live.by_key(), kept.by_key()))
            if numbers.moves and not archive:
                archive = True
                continue
            sealed = await self._sealed(change, inserts, rewrites, numbers, live, kept)
            keys = await self.base.edit(sealed)
            if keys is not None:
                return keys
            await patience.wait()

    async def _look(
        self, *, archive: bool, between: bool
    ) -> tuple[Opened[StoredItem], Opened[ArchivedItem]]:
        if archive:
            return await self.contents.whole()
        if between:
            # There may be archived items where something is put, and another program may bring
            # them back meanwhile: numbers leave room for them. A damaged one stays where it is.
            with suppress(CorruptItem, EncryptionError):
                return await self.contents.whole()
        live = await self.contents.live()
        if not live.items:
            await self.contents.newest()  # what was archived tells the key
        return live, _NOTHING

    async def _sealed(
        self,
        change: Edit,
        inserts: Sequence[bytes],
        rewrites: Mapping[Key, bytes],
        numbers: Plan,
        live: Opened[StoredItem],
        kept: Opened[ArchivedItem],
    ) -> Edit:
        """``change`` in envelopes, with what is numbered anew for it, if what it is made from is
        still so: nothing is added, and nothing beside it, or sealed again, was changed.
        """
        places = {**kept.by_key(), **live.by_key(), **numbers.fresh}
        texts = {**kept.text_by_key(), **live.text_by_key(), **rewrites}
        keys = [key for key in {**rewrites, **numbers.fresh} if key not in change.delete]
        items = {**kept.item_by_key(), **live.item_by_key()}
        ends = [row.key for row in live.items[-1:]]
        known = {*keys, *numbers.beside, *ends, *change.restore, *change.given}
        cipher = await self.contents.ring.writer()
        again = await sealed_items(
            cipher, [texts[key] for key in keys], [places[key] for key in keys]
        )
        return replace(
            change,
            insert=await sealed_items(cipher, inserts, numbers.inserted),
            rewrite=dict(zip(keys, again, strict=True)),
            newest=live.items[-1].key if live.items else None,
            given={key: items[key] for key in known},
        )


_NOTHING: Opened[ArchivedItem] = Opened([], [], [])


def _as_given(change: Edit, live: Opened[StoredItem], kept: Opened[ArchivedItem]) -> bool:
    """Whether the items that the change is about have the content that it was made for."""
    if not change.given:
        return True
    texts = {**kept.text_by_key(), **live.text_by_key()}
    items = {**kept.item_by_key(), **live.item_by_key()}
    plain = {key: items[key] if text is None else decode(text) for key, text in texts.items()}
    return all(key in plain and item == plain[key] for key, item in change.given.items())


async def sealed_items(
    cipher: Cipher, texts: Sequence[bytes | None], numbers: Sequence[int | None]
) -> list[Item]:
    """The envelopes of these texts."""
    sealed: list[Item] = []
    for index, (text, number) in enumerate(zip(texts, numbers, strict=True)):
        if index % _CHUNK == 0 and index:
            await asyncio.sleep(0)
        assert text is not None
        assert number is not None
        sealed.append(cipher.seal(text, number))
    return sealed
