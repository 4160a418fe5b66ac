"""Generated sequences of operations on every kind of session against a plain-list model."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.redis_server import shared_server
from tests.sessions.four_methods import FileSession
from tests.stateful import check_sequences
from workbench.sessions import (
    CompactionSession,
    EncryptedSession,
    MemorySession,
    RedisSession,
    SQLiteSession,
)
from workbench.sessions.adopted import AdoptedSession
from workbench.stores.memory import MemoryStore

KEY = "your-32-byte-encryption-key-here"
_memory = MemoryStore()

Opening = Callable[..., Any]
"""``opening(name, folder=...)`` makes a handle on the session of that name."""


def in_memory(name: str, folder: Path) -> MemorySession:
    return MemorySession(name, store=_memory)


def in_sqlite(name: str, folder: Path) -> SQLiteSession:
    return SQLiteSession(name, folder / "chats.db")


def in_redis(name: str, folder: Path) -> RedisSession:
    return RedisSession(name, shared_server().url)


def adopted(name: str, folder: Path) -> AdoptedSession:
    (folder / name).mkdir(exist_ok=True)
    return AdoptedSession(FileSession(name, folder / name))


def encrypted(opening: Opening) -> Opening:
    return lambda name, folder: EncryptedSession(opening(name, folder), KEY)


def compacting(opening: Opening) -> Opening:
    # Ready to compact, and never due: what it does then is in tests of its own.
    return lambda name, folder: CompactionSession(opening(name, folder), max_messages=10_000)


STEPS = 16
"""Operations of a sequence, at most."""

KINDS: dict[str, tuple[Opening, int, int]] = {
    "memory": (in_memory, 300, 30_000),
    "sqlite": (in_sqlite, 120, 12_000),
    "redis": (in_redis, 120, 6_000),
    "adopted": (adopted, 30, 1_000),
    "encrypted memory": (encrypted(in_memory), 200, 20_000),
    "encrypted sqlite": (encrypted(in_sqlite), 100, 10_000),
    "encrypted redis": (encrypted(in_redis), 60, 4_000),
    "encrypted adopted": (encrypted(adopted), 20, 1_000),
    "compacting sqlite": (compacting(in_sqlite), 60, 6_000),
    "compacting encrypted memory": (compacting(encrypted(in_memory)), 200, 10_000),
}
"""How each kind is opened, and how many sequences it goes through, quickly and at night."""


@pytest.mark.parametrize("kind", KINDS)
def test_a_session_shows_what_a_plain_list_would(kind: str, tmp_path: Path) -> None:
    opening, sequences, _nightly = KINDS[kind]
    opened = partial(opening, folder=tmp_path)
    # Beside an adopted session nothing is kept before it is needed, so its keys can come again.
    check_sequences(opened, sequences=sequences, steps=STEPS, reused_keys="adopted" in kind)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", KINDS)
def test_a_hundred_thousand_sequences_show_what_a_plain_list_would(
    kind: str, tmp_path: Path
) -> None:
    assert sum(nightly for _opening, _sequences, nightly in KINDS.values()) == 100_000
    opening, _sequences, nightly = KINDS[kind]
    opened = partial(opening, folder=tmp_path)
    reused_keys = "adopted" in kind
    check_sequences(opened, sequences=nightly, steps=STEPS, chance=True, reused_keys=reused_keys)
