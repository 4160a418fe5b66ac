"""Looking into an encrypted conversation that can't be read as a whole, item by item.

`EncryptedSession` raises at the first item that was tampered with, and so it should: who goes on
reading must know. This is for who wants to know what is wrong with which item, and to repair it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from workbench.errors import Tampered, Unsupported
from workbench.items import ENVELOPE, Item, decode, encode, is_encrypted
from workbench.protocols import Edit, Key, RawItem, ShowsRaw
from workbench.sessions.encryption.change import sealed_items
from workbench.sessions.encryption.envelope import KEY_ID, NONCE, BadEnvelope, UnknownKey, unpacked
from workbench.sessions.encryption.key_ring import KeyRing, Refused
from workbench.sessions.encryption.numbering import STEP, numbered
from workbench.sessions.encryption.session import EncryptedSession, keys_of
from workbench.sessions.wrapper import Base


@dataclass(frozen=True, slots=True)
class Sealed:
    """One stored item, opened as far as it can be.

    ``number`` is its sequence number, None for a plain one. Where it can't be read, ``item`` is
    None, ``name`` says what it is (undecodable, tampered, plain, foreign) and ``wrong`` why.
    """

    raw: RawItem
    item: Item | None = None
    number: int | None = None
    name: str | None = None
    wrong: str = ""


async def inspected(session: EncryptedSession) -> list[Sealed]:
    """The conversation, oldest first, then the archive. Raises WrongKey, and what the base raises.

    An envelope that is there twice counts once.
    """
    ring = KeyRing(session.session_id, keys_of(session))
    found: list[Sealed] = []
    seen: set[bytes] = set()
    for position, raw in enumerate(await raw_items(session.base), start=1):
        one = await _opened(ring, raw, position, plain=session.allow_plain)
        if one.number is not None:
            nonce = unpacked(decode(raw.data))[KEY_ID : KEY_ID + NONCE]
            if nonce in seen:
                one = Sealed(raw, name="tampered", wrong="its ciphertext is there twice")
            seen.add(nonce)
        found.append(one)
    return found


async def raw_items(base: Base) -> list[RawItem]:
    """What the store holds; of one that shows nothing raw, what it makes of it."""
    if isinstance(base, ShowsRaw):
        try:
            return await base.raw()
        except Unsupported:
            pass
    live = [
        RawItem(row.key, encode(row.item).encode(), row.created_at, row.turn_id)
        for row in await base.rows()
    ]
    kept = [
        RawItem(each.key, encode(each.item).encode(), each.created_at, each.turn_id, each.reason)
        for each in await base.archived()
    ]
    return [*live, *kept]


async def _opened(ring: KeyRing, raw: RawItem, position: int, *, plain: bool) -> Sealed:
    try:
        item = decode(raw.data)
    except (ValueError, RecursionError):
        return Sealed(raw, name="undecodable", wrong="what is stored is no valid item")
    if ENVELOPE not in item:
        return _plain(raw, item, allowed=plain)
    try:
        await ring.unlock([item])
        number, text = ring.open(item)
    except UnknownKey as exc:
        return _refused(ring, raw, position, ring.unknown(0, str(exc)))
    except Refused as exc:
        return _refused(ring, raw, position, exc)
    except BadEnvelope as exc:
        return Sealed(raw, name="tampered", wrong=str(exc))
    if number == 0:
        return Sealed(raw, name="tampered", wrong="it was never an item")
    return Sealed(raw, decode(text), number)


def _refused(ring: KeyRing, raw: RawItem, position: int, refused: Refused) -> Sealed:
    if refused.kind is Tampered:
        return Sealed(raw, name="tampered", wrong=refused.reason)
    place = position if raw.reason is None else None
    raise refused.error(ring.session_id, place, raw.key)


def _plain(raw: RawItem, item: Item, *, allowed: bool) -> Sealed:
    if is_encrypted(item):
        return Sealed(raw, name="foreign", wrong="the SDK's EncryptedSession encrypted it")
    if allowed:
        return Sealed(raw, item)
    return Sealed(raw, name="plain", wrong="it is not encrypted, as all others are")


async def sealed_edit(
    session: EncryptedSession,
    change: Edit,
    found: Sequence[Sealed],
    numbers: Mapping[Key, int],
) -> Edit:
    """``change``, given in plain items, as the base of ``session`` takes it.

    It archives and rewrites, nothing else. ``numbers`` are those of the conversation as it is then;
    what is out of order by them is numbered, and so sealed, anew.
    """
    ring = KeyRing(session.session_id, keys_of(session))
    await ring.unlock([item for item in map(_envelope, found) if item is not None])
    places = _places(change, found, numbers)
    texts = {each.raw.key: each.item for each in found if each.item is not None}
    texts |= {key: dict(item) for key, item in change.rewrite.items()}
    keys = [key for key in places if key in texts]
    again = await sealed_items(
        await ring.writer(),
        [encode(texts[key]).encode() for key in keys],
        [places[k] for k in keys],
    )
    return replace(change, rewrite=dict(zip(keys, again, strict=True)))


def _envelope(sealed: Sealed) -> Item | None:
    return decode(sealed.raw.data) if sealed.number is not None else None


def _places(
    change: Edit, found: Iterable[Sealed], numbers: Mapping[Key, int]
) -> dict[Key, int | None]:
    """The sequence number of each item that has to be sealed."""
    gone = set(change.archive)
    stored = {each.raw.key: each.number for each in found}
    live = [
        each.raw.key
        for each in found
        if each.raw.reason is None
        and each.raw.key not in gone
        and (each.number is not None or each.raw.key in change.rewrite)
    ]
    given = [numbers.get(key) for key in live]
    places: dict[Key, int | None] = {
        key: number
        for key, number in zip(live, numbered(given), strict=True)
        if number != stored[key] or key in change.rewrite
    }
    last = max([number for number in stored.values() if number is not None], default=0)
    for key in change.rewrite.keys() - set(live):
        last += STEP
        places[key] = stored.get(key) or last
    return places
