"""Generated sequences of operations on a session at OpenAI against a plain-list model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.conversations_server import shared_conversations
from tests.sessions.encryption.encrypted import KEY
from tests.stateful import check_sequences
from workbench.sessions import CompactionSession, EncryptedSession, OpenAISession


def plain(name: str) -> OpenAISession:
    return OpenAISession(name, base_url=shared_conversations().direct_url)


KINDS: dict[str, tuple[Callable[[str], Any], int, int]] = {
    "bare": (plain, 8, 2_000),
    "encrypted": (lambda name: EncryptedSession(plain(name), KEY), 3, 1_000),
    "compacting encrypted": (
        lambda name: CompactionSession(EncryptedSession(plain(name), KEY), max_messages=10_000),
        3,
        1_000,
    ),
}
"""How each kind is opened, and how many sequences it goes through, quickly and at night."""


@pytest.mark.parametrize("kind", KINDS)
def test_a_session_shows_what_a_plain_list_would(kind: str) -> None:
    opened, sequences, _nightly = KINDS[kind]
    check_sequences(opened, sequences=sequences, steps=16)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", KINDS)
def test_thousands_of_sequences_show_what_a_plain_list_would(kind: str) -> None:
    opened, _sequences, nightly = KINDS[kind]
    check_sequences(opened, sequences=nightly, steps=16, chance=True)
