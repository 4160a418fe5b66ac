"""One conversation in every kind of session that a verb may be asked to change."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.extensions.memory import EncryptedSession as SDKEncrypted
from agents.memory import SQLiteSession as SDKSession

import workbench as wb
from tests.conversations_server import conversations_server
from tests.redis_server import shared_server
from workbench import loop
from workbench.items import Item
from workbench.sessions.stored import StoredSession
from workbench.stores.conversations import ConversationsStore

KEY = "your-32-byte-encryption-key-here"

KINDS = (
    "name",
    "name, encrypted and compacting",
    "id in a store",
    "memory",
    "encrypted and compacting",
    "of the SDK",
    "of the SDK, encrypted",
    "Redis",
    "OpenAI",
)


@dataclass(frozen=True)
class Given:
    """How a verb is called on the conversation, and a session on it."""

    target: Any
    session: Any
    store: str | None = None

    @property
    def words(self) -> dict[str, Any]:
        """The keywords of the call."""
        return {} if self.store is None else {"store": self.store}

    def frame(self, **more: Any) -> Any:
        """Its history."""
        return wb.history(self.target, **self.words, **more)

    def texts(self, **more: Any) -> list[str]:
        """What stands in its history."""
        return [str(text) for text in self.frame(**more)["content"]]

    def sent(self) -> list[Any]:
        """What the model would be sent."""
        items: list[Any] = loop.run(self.session.get_items())
        return items

    def add(self, items: Sequence[Item]) -> None:
        """Append items, as part of no turn."""
        loop.run(self.session.add_items(list(items)))


@contextmanager
def given(kind: str, folder: Path) -> Iterator[Given]:
    """An empty conversation of a kind."""
    with ExitStack() as stack:
        made = _made(kind, folder, stack)
        yield made
        close = getattr(made.session, "close", None)
        done = close() if close is not None else None
        if done is not None:
            loop.run(done)


def _made(kind: str, folder: Path, stack: ExitStack) -> Given:
    path = folder / "app.db"
    if kind == "name":
        return Given("demo", wb.session("demo"))
    if kind == "name, encrypted and compacting":
        return Given("demo", wb.session("demo", max_messages=1_000, encrypt=True, key=KEY))
    if kind == "id in a store":
        return Given("demo", wb.SQLiteSession("demo", path), f"sqlite:///{path}")
    if kind == "Redis":
        shared_server().empty()
        return Given("demo", wb.session("demo", store=shared_server().url))
    session = _object(kind, path, stack)
    return Given(session, session)


def _object(kind: str, path: Path, stack: ExitStack) -> Any:
    if kind == "memory":
        return wb.MemorySession("demo")
    if kind == "encrypted and compacting":
        return wb.CompactionSession(wb.EncryptedSession(wb.SQLiteSession("demo", path), KEY), 1_000)
    if kind == "OpenAI":
        server = stack.enter_context(conversations_server())
        store = ConversationsStore(openai_client=None, base_url=server.url)
        stack.callback(lambda: loop.run(store.close()))
        return StoredSession(store, "demo")
    own = SDKSession("demo", path)
    stack.callback(own.close)
    if kind == "of the SDK":
        return own
    assert kind == "of the SDK, encrypted"
    return SDKEncrypted("demo", own, encryption_key=KEY, ttl=10**6)


def turns(*numbers: int) -> list[Item]:
    """Turns of a user message and a reply each: ``u1``, ``a1``, ..."""
    return [
        {"role": role, "content": f"{role[0]}{number}"}
        for number in numbers
        for role in ("user", "assistant")
    ]


def user(text: str) -> Item:
    return {"role": "user", "content": text}


def assistant(text: str, identity: str | None = None) -> Item:
    """What a model says: as the SDK stores it with an id, as people write it without."""
    if identity is None:
        return {"role": "assistant", "content": text}
    part = {"type": "output_text", "text": text, "annotations": []}
    return {
        "id": identity,
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": [part],
    }


def reasoning(identity: str) -> Item:
    return {"id": identity, "type": "reasoning", "summary": [], "encrypted_content": "opaque"}


def call(call_id: str, **arguments: int) -> Item:
    return {
        "id": f"fc_{call_id}",
        "type": "function_call",
        "call_id": call_id,
        "name": "add",
        "arguments": json.dumps(arguments),
        "status": "completed",
    }


def output(call_id: str, text: str = "3") -> Item:
    return {"type": "function_call_output", "call_id": call_id, "output": text}
