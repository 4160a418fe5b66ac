from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import workbench as wb
from tests.notebook_shell import notebook_shell
from tests.script import finish, start
from workbench.items import user_message
from workbench.protocols import Report
from workbench.sessions import MemorySession, SQLiteSession
from workbench.verbs import progress
from workbench.verbs.progress import Bar, with_progress


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody at a terminal, and a bar without delay."""
    monkeypatch.setattr(progress, "PATIENCE", 0.05)
    monkeypatch.setattr(progress.Bar, "__init__", _begun_long_ago(progress.Bar.__init__))
    monkeypatch.setattr(progress, "_watched", lambda: True)


def _begun_long_ago(make: Any) -> Any:
    def begun(bar: Bar, label: str) -> None:
        make(bar, label)
        bar._begun -= 10

    return begun


async def work(report: Report) -> str:
    for done in range(0, 101, 20):
        report(done, 100)
    return threading.current_thread().name


def test_what_is_quick_shows_no_bar(capsys: pytest.CaptureFixture[str]) -> None:
    assert with_progress("encrypting", work) == "workbench-home"
    assert capsys.readouterr() == ("", "")


@pytest.mark.usefixtures("at_once")
def test_what_takes_longer_shows_a_bar_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    with_progress("encrypting", work)
    out, err = capsys.readouterr()
    assert out == ""
    assert "encrypting" in err
    assert "/100" in err


@pytest.mark.usefixtures("at_once")
def test_a_bar_stands_there_while_nothing_is_reported(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def silent(report: Report) -> None:
        await asyncio.sleep(0.4)
        report(5, 10)

    with_progress("reading", silent)
    err = capsys.readouterr().err
    assert "reading: 0items" in err
    assert "/10" in err


@pytest.mark.usefixtures("at_once")
def test_the_bar_is_taken_away_when_the_work_fails(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    bars: list[Any] = []

    async def failing(report: Report) -> None:
        report(1, 100)
        raise ValueError("broken off")

    closing = Bar._close

    def close(bar: Bar) -> None:
        bars.append(bar._bar)
        closing(bar)

    monkeypatch.setattr(Bar, "_close", close)
    with pytest.raises(ValueError, match="broken off"):
        with_progress("encrypting", failing)
    assert bars[-1].disable, "tqdm's own sign of a bar that is closed"
    assert "encrypting" in capsys.readouterr().err


@pytest.mark.parametrize(("asks", "shown"), [(True, True), (False, False)])
def test_a_notebook_that_nobody_watches_is_left_without_a_bar(asks: bool, shown: bool) -> None:
    with notebook_shell() as shell:
        shell.ip.kernel = SimpleNamespace(_allow_stdin=asks)  # type: ignore[attr-defined]
        assert progress._watched() is shown
        del shell.ip.kernel  # type: ignore[attr-defined]


def test_a_log_file_is_left_without_a_bar(tmp_path: Path) -> None:
    source = """
    import time
    from workbench.verbs import progress
    progress.PATIENCE = 0.05
    async def work(report):
        for done in range(10):
            report(done, 10)
            time.sleep(0.05)
    progress.with_progress("encrypting", work)
    """
    assert finish(start(source, folder=tmp_path)) == ""


def test_a_long_history_reports_while_it_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, int]] = []
    monkeypatch.setattr(Bar, "__call__", lambda _bar, done, total: seen.append((done, total)))
    session = MemorySession("demo")
    asyncio.run(session.add_items([user_message(str(n)) for n in range(12_000)]))
    assert len(wb.history(session)) == 12_000
    assert seen == [(0, 12_000), (5_000, 12_000), (10_000, 12_000)]


def test_a_long_history_in_a_file_reports_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, int]] = []
    monkeypatch.setattr(Bar, "__call__", lambda _bar, done, total: seen.append((done, total)))
    session = SQLiteSession("demo", tmp_path / "chats.db")
    asyncio.run(session.add_items([user_message(str(n)) for n in range(25_000)]))
    assert len(wb.history(session)) == 25_000
    assert seen == [(10_000, 25_000), (20_000, 25_000)]
    asyncio.run(session.close())
