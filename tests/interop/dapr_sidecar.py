"""A Dapr sidecar as the SDK's `DaprSession` sees it: values with etags, in memory.

Dapr's own client holds back other libraries (its python-dateutil is an old one), so it is not
installed here, and its two modules that the session imports are stood in for. The session itself is
the SDK's.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from types import ModuleType
from typing import Any

import pytest


@dataclass
class State:
    """A value as it is read; an etag that is empty says that there is none."""

    data: bytes = b""
    etag: str = ""


class DaprClient:
    """What `DaprSession` calls of ``dapr.aio.clients.DaprClient``."""

    def __init__(self) -> None:
        self.states: dict[tuple[str, str], State] = {}

    async def get_state(
        self, store_name: str, key: str, state_metadata: dict[str, str] | None = None
    ) -> State:
        return self.states.get((store_name, key), State())

    async def save_state(
        self,
        store_name: str,
        key: str,
        value: str,
        etag: str | None = None,
        options: Any = None,
        state_metadata: dict[str, str] | None = None,
    ) -> None:
        known = self.states.get((store_name, key), State())
        if etag and etag != known.etag:
            raise RuntimeError("etag mismatch")
        self.states[store_name, key] = State(value.encode(), str(int(known.etag or 0) + 1))

    async def delete_state(self, store_name: str, key: str, **_more: Any) -> None:
        self.states.pop((store_name, key), None)

    async def close(self) -> None: ...


class Consistency(Enum):
    eventual = 1
    strong = 2


class Concurrency(Enum):
    first_write = 1
    last_write = 2


@dataclass
class StateOptions:
    consistency: Consistency | None = None
    concurrency: Concurrency | None = None


@contextmanager
def dapr_session(session_id: str) -> Iterator[Any]:
    """The SDK's session of this id in a sidecar of its own."""
    with pytest.MonkeyPatch.context() as patch:
        names = ["dapr", "dapr.aio", "dapr.clients", "dapr.clients.grpc"]
        modules = {name: ModuleType(name) for name in names}
        modules["dapr.aio.clients"] = _module("dapr.aio.clients", DaprClient)
        state = "dapr.clients.grpc._state"
        modules[state] = _module(state, Concurrency, Consistency, StateOptions)
        for name, module in modules.items():
            patch.setitem(sys.modules, name, module)
        from agents.extensions.memory.dapr_session import DaprSession

        client: Any = DaprClient()
        yield DaprSession(session_id, state_store_name="statestore", dapr_client=client)


def _module(name: str, *classes: type) -> ModuleType:
    module = ModuleType(name)
    vars(module).update({each.__name__: each for each in classes})
    return module
