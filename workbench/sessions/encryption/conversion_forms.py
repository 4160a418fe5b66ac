"""The forms between which a session is converted: encrypted, and plain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from workbench.errors import Tampered, WrongKey
from workbench.items import ENVELOPE, Item, decode, encode
from workbench.protocols import TurnRecord
from workbench.sessions.encryption.envelope import BadEnvelope
from workbench.sessions.encryption.key_ring import KeyRing, Refused
from workbench.sessions.encryption.sdk_envelope import SDKEnvelopes, is_of_the_sdk
from workbench.sessions.encryption.sealed_turn import opened_turn, sealed_texts, sealed_turn


@dataclass(frozen=True, slots=True)
class Read:
    """Items as they are, their JSON texts, and their sequence numbers; None for plain ones."""

    items: Sequence[Item]
    texts: Sequence[bytes]
    numbers: Sequence[int | None]


class Form(Protocol):
    """What items become."""

    has_numbers: bool
    """Whether an item is tied to its place by its sequence number."""

    async def read(self, items: Sequence[Item], *, ordered: bool) -> Read:
        """Open what is there, in whatever form. Raises Refused."""
        ...

    def fits(self, item: Item) -> bool:
        """Whether an item is in this form already."""
        ...

    async def make(self, text: bytes, number: int) -> Item:
        """The item of a JSON text in this form."""
        ...

    async def turn(self, record: TurnRecord) -> TurnRecord:
        """A turn's record in this form."""
        ...


class Encrypted:
    """Envelopes; ``sdk`` opens the SDK's. ``renew`` is for those of the first key only.

    Plain items are taken as they are, except when renewing.
    """

    has_numbers = True

    def __init__(self, ring: KeyRing, sdk: SDKEnvelopes | None, *, renew: bool = False) -> None:
        self.ring = ring
        self._sdk = sdk
        self._renew = renew

    async def read(self, items: Sequence[Item], *, ordered: bool) -> Read:
        """As `Form`."""
        sdk = {} if self._sdk is None else _sdk_texts(items, self._sdk)
        given = [{} if index in sdk else item for index, item in enumerate(items)]
        read = await _read(self.ring, given, plain=not self._renew, ordered=ordered)
        for item in items:
            if ENVELOPE in item:
                self.ring.prefer(item)
        texts = [sdk.get(index, text) for index, text in enumerate(read.texts)]
        return Read(items, texts, read.numbers)

    def fits(self, item: Item) -> bool:
        """As `Form`."""
        return ENVELOPE in item and (not self._renew or self.ring.is_written_by_first(item))

    async def make(self, text: bytes, number: int) -> Item:
        """As `Form`."""
        return (await self.ring.writer()).seal(text, number)

    async def turn(self, record: TurnRecord) -> TurnRecord:
        """As `Form`."""
        if record.error is None and record.parked is None:
            return record
        opened = await opened_turn(self.ring, record)
        sealed = sealed_turn(await self.ring.writer(), opened)
        kept = sealed_texts(record)
        if kept.keys() == sealed_texts(sealed).keys() and all(map(self._fits_text, kept.values())):
            return record
        return sealed

    def _fits_text(self, text: str) -> bool:
        return self.fits(decode(text))


class Plain:
    """Items as anyone reads them."""

    has_numbers = False

    def __init__(self, ring: KeyRing) -> None:
        self.ring = ring

    async def read(self, items: Sequence[Item], *, ordered: bool) -> Read:
        """As `Form`."""
        return await _read(self.ring, items, plain=True, ordered=ordered)

    def fits(self, item: Item) -> bool:
        """As `Form`."""
        return ENVELOPE not in item

    async def make(self, text: bytes, number: int) -> Item:
        """As `Form`."""
        return decode(text)

    async def turn(self, record: TurnRecord) -> TurnRecord:
        """As `Form`."""
        return await opened_turn(self.ring, record)


async def _read(ring: KeyRing, items: Sequence[Item], *, plain: bool, ordered: bool) -> Read:
    texts, numbers = await ring.open_all(items, plain=plain, ordered=ordered)
    known = [
        encode(item).encode() if text is None else text
        for item, text in zip(items, texts, strict=True)
    ]
    return Read(items, known, numbers)


def _sdk_texts(items: Sequence[Item], sdk: SDKEnvelopes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    for index, item in enumerate(items):
        if not is_of_the_sdk(item):
            continue
        try:
            found[index] = sdk.open(item)
        except BadEnvelope as exc:
            if found:
                raise Refused(index, Tampered, str(exc)) from None
            raise Refused(
                index,
                WrongKey,
                "can't be opened: the SDK wrote it with another key (from_sdk=that_key), or in a "
                "session of another id, or it was changed",
            ) from None
    return found
