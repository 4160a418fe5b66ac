"""Items are stored encrypted. See `workbench.sessions.encryption.session`."""

from __future__ import annotations

from workbench.sessions.encryption.session import EncryptedSession, keys_of

__all__ = ["EncryptedSession", "keys_of"]
