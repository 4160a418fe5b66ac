"""The envelopes of the SDK's own ``EncryptedSession``, read whatever their age.

Source: ``agents/extensions/memory/encrypt_session.py`` of openai-agents 0.24:
``{"__enc__": 1, "v": 1, "kid": "hkdf-v1", "payload": <Fernet token of the item's JSON>}``, the
Fernet key HKDF-SHA256 of the master key with the session id as salt. Its time to live is not part
of the token, and is not asked for here.
"""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from workbench.errors import InvalidItem
from workbench.items import decode, encode
from workbench.sessions.encryption.envelope import BadEnvelope, derived

_INFO = b"agents.session-store.hkdf.v1"
_FIELD = "__enc__"


def is_of_the_sdk(item: Mapping[str, Any]) -> bool:
    """Whether the item is an envelope of the SDK's."""
    return _FIELD in item


def sdk_master(key: str | bytes) -> bytes:
    """The master key that the SDK makes of any text: a Fernet key decoded, else its UTF-8."""
    if isinstance(key, bytes):
        return key
    try:
        data = urlsafe_b64decode(key)
    except (binascii.Error, ValueError):
        data = b""
    return data if len(data) == 32 else key.encode()


class SDKEnvelopes:
    """Opens envelopes of the SDK's in one session with any of these master keys."""

    def __init__(self, session_id: str, masters: Sequence[bytes]) -> None:
        from cryptography.fernet import Fernet, InvalidToken

        salt = session_id.encode()
        keys = [derived(master, _INFO, salt=salt) for master in masters]
        self._ciphers = [Fernet(urlsafe_b64encode(key)) for key in keys]
        self._invalid = InvalidToken

    def open(self, item: Mapping[str, Any]) -> bytes:
        """The JSON text of an item. Raises BadEnvelope."""
        payload = item.get("payload")
        if not isinstance(payload, str) or item.get("v") != 1:
            raise BadEnvelope("its envelope is not whole, or of a later version of the SDK")
        for cipher in self._ciphers:
            try:
                return _canonical(cipher.decrypt(payload.encode()))
            except self._invalid:
                continue
        raise BadEnvelope("it was changed, or is of another key or another session")


def _canonical(text: bytes) -> bytes:
    """The text as the workbench writes it, where it can hold it; NaN stays as the SDK wrote it."""
    try:
        item = decode(text)
    except ValueError:
        raise BadEnvelope("what it holds is no item") from None
    try:
        return encode(item).encode()
    except InvalidItem:
        return text
