"""A session whose items are stored encrypted: AES-256-GCM, a key for each session.

What it keeps and guarantees is said on the page of `EncryptedSession`. See
`workbench.sessions.encryption.envelope` for the layout, and
`workbench.sessions.encryption.conversion` for encrypting what is there already, for changing the
key, and for leaving.

Bytes instead of text would take 0.10 to 0.15 of the time of the SDK's class instead of 0.25, and
1.1 times the plain size instead of 1.5 (``python -m tests.bench encryption``). Our stores can't
keep them: items lie in the SDK's own layout, where each is JSON text, and the SDK's classes skip
what is none when they read, and delete it when they pop.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import EllipsisType
from typing import Any

from workbench.errors import Tampered, Unsupported
from workbench.items import Item
from workbench.protocols import PAGE, ArchivedItem, Edit, Key, StoredItem, TurnRecord
from workbench.sessions.encryption.change import Changes
from workbench.sessions.encryption.contents import Contents, Opened, decoded
from workbench.sessions.encryption.key_ring import KeyRing, Refused
from workbench.sessions.encryption.keys import EncryptionKey
from workbench.sessions.encryption.order import check_base
from workbench.sessions.encryption.paging import Paging
from workbench.sessions.encryption.passphrase import Passphrase
from workbench.sessions.encryption.patience import Patience
from workbench.sessions.encryption.sealed_turn import opened_turn, sealed_turn
from workbench.sessions.wrapper import SessionWrapper


class EncryptedSession(SessionWrapper):
    """``base_session`` with its items encrypted.

    ``encryption_key`` is 32 raw bytes, a text of 32 characters, a Fernet key (`generate_key`), a
    `Passphrase`, or a list of these: the first writes, all read. ``allow_plain`` lets items that
    are not encrypted pass, while a session is migrated; what is written is encrypted all the same.
    Raises InvalidValue for a weak or mis-sized key and for a base that can't be one, WrongKey,
    Tampered, and EncryptionError for plain items.

    >>> key = wb.generate_key()  # keep it: nothing can be read without it
    >>> session = wb.EncryptedSession(wb.SQLiteSession("private"), key)
    >>> wb.ask(session, "My name is John").text
    'Nice to meet you, John.'
    >>> await session.given.get_items()
    [{'wb1': '...'}, {'wb1': '...'}]

    Layout
        Each item lies in the base as ``{"wb1": "..."}``, one of a passphrase with the way its key
        was derived beside it: AES-256-GCM with a key for each session, byte by byte as
        `workbench.sessions.encryption.envelope` says. So does each archived item, and in the turns
        the error texts and the runs that wait for an approval.
    Guarantees
        All of that can only be read with the key. What was changed, cut short, repeated, moved, or
        comes from another session raises Tampered with its place. The key is checked before
        anything is read, popped, written or cleared: a wrong one raises WrongKey and changes
        nothing. Any number of writers may work on one session; appends are conditional on the
        newest item and tried again when somebody was quicker.
    Limits
        - That items were *removed* can't be seen: a tail that is missing looks like one that was
          popped, a gap like an item that was archived or deleted. Who can write to the store can
          also bring back an archived item, put back an old state of the whole session, or an item
          that was popped or cleared in the place of the one that came after it.
        - Lengths of items, their count, times, the ids of turns, and what a turn's record holds
          besides its texts (agent, model, tokens, cell) are visible, and not protected.
        - The model's provider gets the conversation as plain text, and so does what the SDK's
          tracing sends it to (``RunConfig(trace_include_sensitive_data=False)`` leaves it out).
        - A store from outside that raises Unsupported for ``edit`` gets plain appends: two writers
          at the same moment can then give two items one number, which reads as tampered.
        - A writer that has the old key while the key is changed, or none while a session is
          encrypted, may in that very moment add one more item the old way. The next reader is told;
          the same conversion again finishes it.
        - The id of the session is part of the encryption: items that are copied to another id read
          as tampered. ``wb.decrypt`` comes first, or a copy through this class (``wb.copy``).
        - Without the key nothing can be had back. Keep it apart from the store.
    Costs
        Time divided by that of the SDK's class: 0.24 to encrypt an item of 300 bytes, 0.29 to
        decrypt it; it takes 1.5 times its plain size, the SDK's 1.8. An append asks for the newest
        item first, one more call of the store. A restore, and a change in the middle, read the
        whole conversation. A passphrase takes some tenths of a second, once for each salt.
    To leave
        ``wb.decrypt`` makes a conversation plain where it is, its archive too, and
        `workbench.sessions.encryption.conversion` does so in a program; ``wb.export`` writes plain
        text. Anyone can write a reader from the layout.
    """

    def __init__(
        self, base_session: Any, encryption_key: EncryptionKey, *, allow_plain: bool = False
    ) -> None:
        check_base(base_session)
        super().__init__(base_session)
        self._ring = KeyRing(self.session_id, encryption_key)
        self._contents = Contents(self.base, self._ring, allow_plain=allow_plain)
        self._changes = Changes(self._contents)
        self._paging = Paging(self._contents)

    def __repr__(self) -> str:
        return f"EncryptedSession({self.base!r}, key {self.key_id or 'of a passphrase'})"

    @property
    def allow_plain(self) -> bool:
        """Whether items that are not encrypted pass."""
        return self._contents.allow_plain

    @property
    def key_id(self) -> str | None:
        """Which key writes, as 8 hexadecimal digits; None until a passphrase was first needed."""
        return self._ring.key_id

    async def get_items(self, limit: int | None = None) -> list[Any]:
        """As the base. Raises WrongKey, Tampered, EncryptionError, and what the base raises."""
        items = await self.base.get_items(limit)
        try:
            texts, _numbers = await self._ring.open_all(items, plain=self.allow_plain)
        except Refused:
            await self._contents.live()  # raises, with the place in the whole conversation
            return await self.get_items(limit)  # it was changed back in between
        if not items:
            await self._contents.newest()
        return await decoded(items, texts)

    async def rows(self, limit: int | None = None) -> list[StoredItem]:
        """As the base; raises as `get_items`."""
        opened = await self._contents.live(limit)
        if not opened.items:
            await self._contents.newest()
        return await self._rows(opened)

    async def _rows(self, opened: Opened[StoredItem]) -> list[StoredItem]:
        items = await decoded([row.item for row in opened.items], opened.texts)
        return [
            StoredItem(row.key, item, row.created_at, row.turn_id)
            for row, item in zip(opened.items, items, strict=True)
        ]

    async def page(self, after: Key | None = None, *, limit: int = PAGE) -> list[StoredItem]:
        """As the base; only the page is decrypted. Raises as `get_items`."""
        return await self._rows(await self._paging.page(after, limit))

    async def put(
        self,
        rows: Sequence[StoredItem | ArchivedItem],
        *,
        newest: Key | EllipsisType | None = ...,
    ) -> list[Key] | None:
        """As the base. Raises WrongKey, or Tampered for the newest item, and writes nothing."""
        return await self._paging.put(rows, newest) if rows else []

    def omits(self, item: Item) -> str | None:
        """None: what the base could not keep as it is, it keeps encrypted."""
        return None

    def recognises(self, given: Item, found: Item) -> bool:
        """Whether they are equal: what is encrypted comes back as it was."""
        return given == found

    async def scan(self, *_args: Any, **_kwargs: Any) -> Any:
        """None: what the base would show are the ciphertexts."""
        return None

    async def archived(self) -> list[ArchivedItem]:
        """As the base; raises as `get_items`."""
        opened = await self._contents.kept()
        items = await decoded([each.item for each in opened.items], opened.texts)
        if not items:
            await self._contents.newest()
        return [replace(each, item=item) for each, item in zip(opened.items, items, strict=True)]

    async def add_items(self, items: Sequence[Any]) -> None:
        """As the base; raises as `append`."""
        await self.append(items)

    async def append(self, items: Sequence[Item], *, turn_id: str | None = None) -> list[Key]:
        """As the base. Raises WrongKey, or Tampered for the newest item, and writes nothing."""
        if not items:
            return []
        keys = await self.edit(Edit(insert=list(items), turn_id=turn_id))
        assert keys is not None
        return keys

    async def pop_item(self) -> Any:
        """As the base; an item that can't be opened is left where it is, and raises."""
        patience = Patience(self.session_id)
        while True:
            rows = await self.rows(1)
            if not rows:
                return None
            key = rows[0].key
            try:
                popped = await self.base.edit(Edit(delete=[key], newest=key))
            except Unsupported:
                await self.base.pop_item()
                return rows[0].item
            if popped is not None:
                return rows[0].item
            await patience.wait()

    async def clear_session(self) -> None:
        """As the base, if the key is right."""
        await self._contents.newest()
        await self.base.clear_session()

    async def archive(self, keys: Sequence[Key], *, reason: str) -> int:
        """As the base, if the key is right. What was tampered with can be moved out of the way."""
        try:
            await self._contents.newest()
        except Tampered as exc:
            if exc.key not in keys:
                raise
        return await self.base.archive(keys, reason=reason)

    async def restore(self, keys: Sequence[Key]) -> int:
        """As the base, if the key is right."""
        wanted = set(keys)
        patience = Patience(self.session_id)
        while True:
            back = [each.key for each in (await self._contents.kept()).items if each.key in wanted]
            if not back:
                await self._contents.newest()
                return 0
            if await self.edit(Edit(restore=back)) is not None:
                return len(back)
            await patience.wait()

    async def save_turns(self, records: Sequence[TurnRecord]) -> None:
        """As the base; what a record holds besides its texts stays readable."""
        await self._contents.newest()
        writer = await self._ring.writer()
        await super().save_turns([sealed_turn(writer, each) for each in records])

    async def swap_turn(self, before: TurnRecord, after: TurnRecord) -> bool:
        """As the base; raises as `turns`."""
        await self._contents.newest()
        for stored in await super().turns_of([before.turn_id]):
            if await opened_turn(self._ring, stored) == before:
                sealed = sealed_turn(await self._ring.writer(), after)
                return await super().swap_turn(stored, sealed)
        return False

    async def turns(self) -> list[TurnRecord]:
        """As the base; raises WrongKey, and Tampered for an error text that was changed."""
        await self._contents.newest()
        return [await opened_turn(self._ring, record) for record in await self.base.turns()]

    async def turns_of(self, turn_ids: Sequence[str]) -> list[TurnRecord]:
        """As the base; raises as `turns`."""
        await self._contents.newest()
        found = await super().turns_of(turn_ids)
        return [await opened_turn(self._ring, record) for record in found]

    async def archived_for(self, reason: str) -> list[ArchivedItem]:
        """As the base; raises as `get_items`."""
        return [each for each in await self.archived() if each.reason == reason]

    async def describe(self) -> dict[str, str]:
        """What the base has to say, and the key's id."""
        await self._contents.newest()
        key = f"key {self.key_id}" if self.key_id else "a passphrase"
        return {**await super().describe(), "encryption": f"AES-256-GCM, {key}"}

    async def edit(self, change: Edit) -> list[Key] | None:
        """As the base; raises as `get_items` for what has to be looked at."""
        return await self._changes.make(change)


def keys_of(session: EncryptedSession) -> list[bytes | Passphrase]:
    """The keys of a session, the one that writes first: for converting what it stands around."""
    return session._ring.keys
