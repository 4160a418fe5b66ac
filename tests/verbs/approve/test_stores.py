"""Wherever a conversation is kept: what waits is kept there too, and as secret as it is."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from agents import SQLiteSession as TheirSQLiteSession

import workbench as wb
from tests.conversations_server import shared_conversations
from tests.redis_server import shared_cluster, shared_server
from tests.stores.files import sql
from tests.verbs.approve.tools import ERASE, Tools
from workbench import loop
from workbench.errors import InvalidValue
from workbench.sessions import CompactionSession, EncryptedSession
from workbench.turn import Turn
from workbench.workspace import workspace

KEY = "4Xk-PFnDqT0yQx3uGQ0mcl2-xD0TTjC0Hq0xZzrKq8s="
OTHER = "q1Vh0dXx8e4Tz7m3n5b9K2w6p8s0u1y4c7f9h2j5l8k="


@pytest.fixture
def tools(workbench_home: Path) -> Tools:
    return Tools()


def as_in_a_new_kernel(tools: Tools) -> None:
    workspace().runs.clear()
    wb.register_agent(tools.agent())


def test_on_a_redis_server_and_in_a_cluster(tools: Tools) -> None:
    for name, url in (("one", shared_server().url), ("two", shared_cluster().url)):
        wb.ask(name, ERASE, agent=tools.agent(), store=f"{url}?prefix=approve{name}")
        as_in_a_new_kernel(tools)
        assert list(wb.pending(name)["tool"]) == ["erase"]
        turn = wb.approve(name)
        assert isinstance(turn, Turn)
        assert len(wb.pending()) == 0
        assert list(wb.turns(name)["status"]) == ["done", "done"]
    assert tools.done == ["erase x.txt"] * 2


@pytest.mark.parametrize("encrypted", [False, True])
def test_at_openai_what_was_approved_is_done_once_and_what_was_refused_never(
    tools: Tools, monkeypatch: pytest.MonkeyPatch, encrypted: bool
) -> None:
    server = shared_conversations()
    server.heal()
    monkeypatch.setenv("OPENAI_API_KEY", "test")
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    wb.session("demo", store="openai://", encrypt=encrypted or None, key=KEY if encrypted else None)
    for decide in (wb.approve, wb.reject):
        assert wb.ask("demo", ERASE, agent=tools.agent()).status == "pending"
        as_in_a_new_kernel(tools)
        assert list(wb.pending()["arguments"]) == ['{"name": "x.txt"}']
        assert isinstance(decide("demo"), Turn)
        assert len(wb.pending()) == 0
    assert tools.done == ["erase x.txt"]
    assert list(wb.turns("demo")["status"]) == ["done"] * 4
    assert wb.doctor("demo").empty


def readable(text: bytes) -> bool:
    """Whether a text can be found in the workspace's files."""
    gc.collect()
    return any(
        text in path.read_bytes() for path in workspace().folder.rglob("*") if path.is_file()
    )


def test_of_an_encrypted_session_nothing_readable_reaches_the_disk(
    tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    wb.session("demo", encrypt=True, key=KEY)
    secret = "Call erase with name='moonstone.txt'"
    wb.ask("demo", secret, agent=tools.agent())
    assert not readable(b"moonstone")
    assert list(wb.pending()["arguments"]) == ['{"name": "moonstone.txt"}']
    workspace().secrets.forget("demo")
    assert list(wb.pending()["tool"]) == ["[encrypted]"]
    assert wb.pending()["arguments"].isna().all()
    monkeypatch.setenv("WORKBENCH_KEY", KEY)
    as_in_a_new_kernel(tools)
    wb.approve("demo")
    assert tools.done == ["erase moonstone.txt"]
    assert not readable(b"moonstone")


def test_encrypting_decrypting_and_another_key_take_what_waits_along(
    tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    wb.ask("demo", ERASE, agent=tools.agent())
    wb.encrypt("demo", KEY)
    (record,) = _records("demo")
    assert "erase" not in record.parked
    wb.rekey("demo", OTHER, key=KEY)
    assert list(wb.pending("demo")["tool"]) == ["erase"]
    wb.decrypt("demo", OTHER)
    (record,) = _records("demo")
    assert "erase" in record.parked
    as_in_a_new_kernel(tools)
    wb.approve("demo")
    assert tools.done == ["erase x.txt"]


def _records(name: str) -> Any:
    place = workspace()
    return loop.run(place.base(loop.run(place.get(name))).turns())


@pytest.fixture
def theirs(tmp_path: Path) -> Iterator[Any]:
    session = TheirSQLiteSession("theirs", tmp_path / "theirs.db")
    yield session
    session.close()


@pytest.mark.parametrize("encrypted", [False, True])
def test_in_a_wrapper_around_a_session_of_the_sdk(
    tools: Tools, theirs: Any, encrypted: bool
) -> None:
    plain = CompactionSession(theirs, max_messages=50)
    session: Any = EncryptedSession(theirs, KEY) if encrypted else plain
    assert wb.ask(session, ERASE, agent=tools.agent()).status == "pending"
    as_in_a_new_kernel(tools)
    assert list(wb.pending(session)["tool"]) == ["erase"]
    assert isinstance(wb.approve(session), Turn)
    assert tools.done == ["erase x.txt"]


def test_a_compaction_leaves_what_waits(tools: Tools) -> None:
    wb.session("demo", max_messages=4, keep_last=2)
    for number in range(6):
        wb.ask("demo", f"Remark {number}", agent=tools.agent())
    wb.ask("demo", ERASE, agent=tools.agent())
    wb.compact("demo")
    as_in_a_new_kernel(tools)
    assert list(wb.pending("demo")["tool"]) == ["erase"]
    turn = wb.approve("demo")
    assert isinstance(turn, Turn)
    assert tools.done == ["erase x.txt"]


def test_another_key_than_the_right_one_decides_nothing(tools: Tools) -> None:
    wb.session("demo", encrypt=True, key=KEY)
    wb.ask("demo", ERASE, agent=tools.agent())
    session: Any = wb.session("demo").base  # type: ignore[union-attr]  # what is stored
    with pytest.raises(InvalidValue, match="what waits in session 'demo' is encrypted"):
        wb.approve(session)
    assert tools.done == []


def test_one_session_that_cannot_be_read_hides_none_of_the_others(
    tools: Tools, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    wb.ask("plain", ERASE, agent=tools.agent())
    wb.session("secret", encrypt=True, key=KEY)
    wb.ask("secret", ERASE, agent=tools.agent())
    place = workspace()
    loop.run(place.open("gone", store=shared_server().url))
    row = "UPDATE workbench_names SET store = 'redis://127.0.0.1:1?timeout=0.1' WHERE name = 'gone'"
    sql(place.file, row)
    place.secrets.forget("secret")
    monkeypatch.setenv("WORKBENCH_KEY", OTHER)
    frame = wb.pending().set_index("session")
    assert frame["tool"].to_dict() == {"plain": "erase", "secret": "[encrypted]"}
    assert "127.0.0.1:1" in caplog.text
