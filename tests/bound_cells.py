"""What the tests of bound cells share: a shell with agents in it, and short looks at a session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import workbench as wb
from tests.models.conftest import without_key
from tests.notebook_shell import Shell, notebook_shell

__all__ = ["bound", "roles", "shell", "statuses", "users", "without_key"]

SETUP = """
import asyncio
from agents import Agent, Runner, RunConfig, function_tool, SQLiteSession
import workbench as wb
from workbench.sessions import MemorySession
from tests.turn.models import (
    BreaksOff, FailsAfterTools, Refuses, Waits, add, divide, erase, no_input)
a = Agent(name="Ada")
"""


@pytest.fixture
def shell() -> Iterator[Shell]:
    with notebook_shell() as made:
        made.ok(SETUP)
        yield made


def bound(body: str, session: str = "demo") -> str:
    return f"%%agent -s {session}\n{body}"


def users(session: str = "demo") -> list[str]:
    frame = wb.history(session)
    return [str(each) for each in frame[frame["role"] == "user"]["content"]]


def statuses(session: str = "demo") -> list[str]:
    return [str(each) for each in wb.turns(session)["status"]]


def roles(session: str = "demo") -> list[str]:
    frame = wb.history(session)
    return [
        str(kind if kind != "message" else role)
        for kind, role in zip(frame["type"], frame["role"], strict=True)
    ]
