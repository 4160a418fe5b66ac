"""What every test may use: async tests, and a home of its own for the workspace."""

from __future__ import annotations

import asyncio
import inspect
import os
from pathlib import Path

import pytest

from workbench import places

# Without a key the SDK can't send its traces, and says so after the last line of the tests.
os.environ["OPENAI_AGENTS_DISABLE_TRACING"] = "1"


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run an ``async def`` test on an event loop of its own, as a script's ``asyncio.run`` does."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = pyfuncitem._fixtureinfo.argnames
    asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True


@pytest.fixture(autouse=True)
def workbench_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace folder for this test only: no test sees a person's own conversations."""
    folder = tmp_path / "home"
    monkeypatch.setenv("WORKBENCH_HOME", str(folder))
    monkeypatch.setattr(places, "_base", None)  # kept by an extension that a test loaded
    return folder
