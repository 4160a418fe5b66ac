from __future__ import annotations

import asyncio
import threading

import pytest

from workbench import loop
from workbench.errors import KeyRequired
from workbench.panels.plain import plainly
from workbench.protocols import Report
from workbench.verbs.progress import with_progress
from workbench.workspace import secrets, workspace


def test_a_plain_call_tells_the_panel_how_far_it_is() -> None:
    told: list[tuple[int, int]] = []

    async def work(report: Report) -> str:
        report(1, 2)
        return "done"

    call = plainly(lambda: with_progress("x", work), report=lambda *far: told.append(far))
    assert loop.run(call) == "done"
    assert told == [(1, 2)]


def test_stopping_a_plain_call_cancels_its_work_and_waits_for_its_end() -> None:
    ended: list[str] = []
    begun = threading.Event()

    async def work(_report: Report) -> None:
        begun.set()
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.01)
            ended.append("cleaned up")

    async def stopped() -> None:
        calling = asyncio.ensure_future(plainly(lambda: with_progress("x", work)))
        await asyncio.to_thread(begun.wait, 10)
        calling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await calling
        assert ended == ["cleaned up"]

    loop.run(stopped())


def test_what_a_stopped_call_would_do_next_is_not_begun() -> None:
    steps: list[str] = []
    stop = loop.Stop()
    loop_stop = loop.stop.set(stop)

    async def step(name: str) -> None:
        await asyncio.sleep(0.2)
        steps.append(name)

    try:
        loop.run(step("first"))
        stop()
        with pytest.raises(asyncio.CancelledError):
            loop.run(step("second"))
    finally:
        loop.stop.reset(loop_stop)
    assert steps == ["first"]


def test_nobody_is_asked_for_a_key_at_a_prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def getpass(prompt: str) -> str:
        asked.append(prompt)
        return "typed"

    monkeypatch.setattr(secrets, "_getpass", lambda: getpass)
    with pytest.raises(KeyRequired):
        loop.run(plainly(lambda: workspace().secrets.ask_key("demo")))
    assert asked == []
    assert workspace().secrets.ask_key("demo") == "typed"
