"""The error text of a turn may quote the conversation: it is kept as the text of an envelope."""

from __future__ import annotations

from dataclasses import replace

from workbench.errors import Tampered, shorten
from workbench.items import Item, decode, encode, is_encrypted_text
from workbench.protocols import TurnRecord
from workbench.sessions.encryption.envelope import BadEnvelope, Cipher, UnknownKey
from workbench.sessions.encryption.key_ring import KeyRing, Refused


def is_sealed(record: TurnRecord) -> bool:
    """Whether the error of a record is encrypted."""
    return record.error is not None and is_encrypted_text(record.error)


def sealed_error(cipher: Cipher, record: TurnRecord) -> TurnRecord:
    """``record`` with its error encrypted; tied to the turn, so that it can't be another's."""
    if record.error is None:
        return record
    text = encode({"error": record.error, "turn": record.turn_id}).encode()
    return replace(record, error=encode(cipher.seal(text, 0)))


async def opened_error(ring: KeyRing, record: TurnRecord) -> TurnRecord:
    """``record`` with its error readable; a plain one, of before, stays. Raises as `get_items`."""
    if not is_sealed(record) or record.error is None:
        return record
    reason = f"the error text of turn {shorten(record.turn_id)} was changed"
    try:
        envelope = decode(record.error)
        await ring.unlock([envelope])
        number, text = ring.open(envelope)
        found: Item = decode(text)
    except Refused as exc:
        raise exc.error(ring.session_id, None, None) from None
    except UnknownKey as exc:
        raise ring.unknown(0, str(exc)).error(ring.session_id, None, None) from None
    except (BadEnvelope, ValueError):
        raise Tampered(ring.session_id, None, reason) from None
    if number != 0 or found.get("turn") != record.turn_id:
        raise Tampered(ring.session_id, None, reason)
    return replace(record, error=found["error"])
