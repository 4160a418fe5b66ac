"""Sessions: conversations with the SDK's session protocol, usable in any program.

>>> from agents import Agent, Runner
>>> from workbench.sessions import SQLiteSession
>>> session = SQLiteSession("conversation_123")
>>> result = await Runner.run(Agent(name="Assistant"), "My name is John", session=session)
>>> result.final_output
'Nice to meet you, John.'

Names resolve on first use (PEP 562): a session imports what its own store needs, no other's.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.sessions.compaction import CompactionSession
    from workbench.sessions.encryption import EncryptedSession
    from workbench.sessions.encryption.keys import generate_key
    from workbench.sessions.encryption.passphrase import Passphrase
    from workbench.sessions.memory import MemorySession
    from workbench.sessions.openai import OpenAISession
    from workbench.sessions.redis import RedisSession
    from workbench.sessions.sqlite import SQLiteSession
    from workbench.sessions.stored import StoredSession

_HOME = {
    "CompactionSession": "compaction",
    "EncryptedSession": "encryption",
    "MemorySession": "memory",
    "OpenAISession": "openai",
    "Passphrase": "encryption.passphrase",
    "RedisSession": "redis",
    "SQLiteSession": "sqlite",
    "StoredSession": "stored",
    "generate_key": "encryption.keys",
}

__all__ = [
    "CompactionSession",
    "EncryptedSession",
    "MemorySession",
    "OpenAISession",
    "Passphrase",
    "RedisSession",
    "SQLiteSession",
    "StoredSession",
    "generate_key",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
