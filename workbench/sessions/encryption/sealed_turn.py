"""What a turn's record holds of the conversation is kept as the text of an envelope.

That is its error, which may quote what was said, and what the run of a pending turn goes on with.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from workbench.errors import Tampered, shorten
from workbench.items import Item, decode, encode, is_encrypted_text
from workbench.protocols import TurnRecord
from workbench.sessions.encryption.envelope import BadEnvelope, Cipher, UnknownKey
from workbench.sessions.encryption.key_ring import KeyRing, Refused

_NAMES = {"error": "the error text", "parked": "the parked run"}


def sealed_texts(record: TurnRecord) -> dict[str, str]:
    """The encrypted texts of a record, by field."""
    return {field: text for field, text in _texts(record) if is_encrypted_text(text)}


def sealed_turn(cipher: Cipher, record: TurnRecord) -> TurnRecord:
    """``record`` with its texts encrypted; tied to the turn, so that they can't be another's."""
    sealed = {field: _sealed(cipher, record, field, text) for field, text in _texts(record)}
    return replace(record, **sealed)  # type: ignore[arg-type]  # all of them are text


async def opened_turn(ring: KeyRing, record: TurnRecord) -> TurnRecord:
    """``record`` with its texts readable; plain ones, of before, stay. Raises as `get_items`."""
    found = sealed_texts(record)
    opened = {field: await _opened(ring, record, field, text) for field, text in found.items()}
    return replace(record, **opened) if opened else record  # type: ignore[arg-type]  # as above


def _texts(record: TurnRecord) -> Iterator[tuple[str, str]]:
    for field in _NAMES:
        text = getattr(record, field)
        if text is not None:
            yield field, text


def _sealed(cipher: Cipher, record: TurnRecord, field: str, text: str) -> str:
    plain = encode({field: text, "turn": record.turn_id}).encode()
    return encode(cipher.seal(plain, 0))


async def _opened(ring: KeyRing, record: TurnRecord, field: str, text: str) -> str:
    reason = f"{_NAMES[field]} of turn {shorten(record.turn_id)} was changed"
    try:
        envelope = decode(text)
        await ring.unlock([envelope])
        number, plain = ring.open(envelope)
        found: Item = decode(plain)
    except Refused as exc:
        raise exc.error(ring.session_id, None, None) from None
    except UnknownKey as exc:
        raise ring.unknown(0, str(exc)).error(ring.session_id, None, None) from None
    except (BadEnvelope, ValueError):
        raise Tampered(ring.session_id, None, reason) from None
    opened = found.get(field)
    if number != 0 or found.get("turn") != record.turn_id or not isinstance(opened, str):
        raise Tampered(ring.session_id, None, reason)
    return opened
