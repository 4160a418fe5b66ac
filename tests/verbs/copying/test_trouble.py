"""Copies that others get in the way of, and copies that go on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import workbench as wb
from tests.redis_server import redis_server
from tests.stores.redis.places import empty_server
from tests.verbs.copying.conversations import base, full, told
from workbench import loop
from workbench.errors import SessionChanged, StoreLocked, StoreUnreachable
from workbench.sessions import RedisSession, SQLiteSession
from workbench.stores.sqlite import SQLiteStore
from workbench.testing.data import message
from workbench.verbs.copying import transfer
from workbench.workspace import workspace


class Stop(Exception):
    """What ends a copy in the middle."""


def cut(patch: pytest.MonkeyPatch, to: str | Any, *, after: int = 2, **options: Any) -> None:
    """Begin a copy of demo, in pages of three items, and end it after so many of them."""
    patch.setattr(transfer, "PAGE", 3)
    pages = 0
    put = transfer.Transfer._put

    async def counted(self: Any, batch: Any) -> Any:
        nonlocal pages
        if pages == after:
            raise Stop
        pages += 1
        return await put(self, batch)

    with pytest.MonkeyPatch.context() as inner:
        inner.setattr(transfer.Transfer, "_put", counted)
        with pytest.raises(Stop):
            wb.copy("demo", to, **options)


@pytest.fixture
def url() -> str:
    return empty_server().url


def test_a_copy_that_was_cut_off_goes_on_and_nothing_is_there_twice(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    full()
    cut(monkeypatch, url)
    assert list(wb.list_sessions()["name"]) == ["demo"]
    target = RedisSession("demo", url)
    assert 0 < len(loop.run(target.rows())) < 7
    made = wb.copy("demo", url)
    assert (made.resumed, made.items, made.archived) == (True, 7, 5)
    assert told(target) == told(base("demo"))
    assert "went on with a copy that was cut off" in str(made)
    loop.run(target.close())


def test_what_was_said_since_is_part_of_a_copy_that_goes_on(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    full()
    loop.run(base("demo").restore([each.key for each in loop.run(base("demo").archived())]))
    cut(monkeypatch, url)
    loop.run(base("demo").append([message("more")], turn_id="t9"))
    assert wb.copy("demo", url).items == 13
    assert told(base("demo-redis")) == told(base("demo"))


def test_a_copy_to_a_session_object_goes_on_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full()
    target = SQLiteSession("kept", tmp_path / "kept.db")
    cut(monkeypatch, target)
    assert wb.copy("demo", target).resumed
    assert told(target) == told(base("demo"))
    loop.run(target.close())


def changed_source() -> None:
    first = loop.run(base("demo").rows())[0]
    loop.run(base("demo").archive([first.key], reason="edited"))


def changed_target(target: Any) -> None:
    loop.run(target.pop_item())
    loop.run(target.append([message("theirs")]))


@pytest.mark.parametrize("side", ["source", "target", "beyond"])
def test_what_was_changed_since_is_noticed_and_restart_begins_anew(
    side: str, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    full()
    cut(monkeypatch, url)
    target = RedisSession("demo", url)
    if side == "source":
        changed_source()
    elif side == "target":
        changed_target(target)
    else:
        loop.run(target.append([message(number) for number in range(20)]))
    before = told(target)
    with pytest.raises(SessionChanged, match=r"copy of session 'demo'.*restart=True clears"):
        wb.copy("demo", url)
    assert told(target) == before
    assert "demo-redis" not in list(wb.list_sessions()["name"])
    made = wb.copy("demo", url, restart=True)
    assert not made.resumed
    assert told(target) == told(base("demo"))
    loop.run(target.close())


def test_another_session_does_not_go_on_with_it(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    full()
    cut(monkeypatch, url)
    session = SQLiteSession("demo", Path("other.db").absolute())
    with pytest.raises(ValueError, match="no unfinished copy"):
        wb.copy(session, url)
    loop.run(session.close())


# While it goes on


def meanwhile(patch: pytest.MonkeyPatch, act: Callable[[], Any]) -> None:
    """Do something once, when the first page was put."""
    patch.setattr(transfer, "PAGE", 3)
    put, acts = transfer.Transfer._put, [act]

    async def acting(self: Any, batch: Any) -> Any:
        result = await put(self, batch)
        if acts:
            await acts.pop()()
        return result

    patch.setattr(transfer.Transfer, "_put", acting)


def test_what_is_said_meanwhile_is_not_part_of_it(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    full()
    source = base("demo")
    meanwhile(monkeypatch, lambda: source.append([message("later")], turn_id="t9"))
    assert wb.copy("demo", url).items == 7
    assert len(wb.history("demo")) == len(wb.history("demo-redis")) + 1


@pytest.mark.parametrize("how", ["archive", "pop", "hide"])
@pytest.mark.parametrize("kind", ["sqlite", "memory", "redis"])
def test_a_source_that_is_changed_meanwhile_makes_no_copy(
    how: str, kind: str, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = {"sqlite": None, "memory": f"memory://{tmp_path.name}", "redis": f"{url}/1"}
    full(store=places[kind])
    source = base("demo")

    async def change() -> None:
        rows = await source.rows()
        if how == "pop":
            await source.pop_item()
        else:
            await source.archive([rows[-2].key], reason="hidden" if how == "hide" else "edited")

    meanwhile(monkeypatch, change)
    to = f"sqlite:///{tmp_path / 'b.db'}"
    with pytest.raises(SessionChanged):
        wb.copy("demo", to)
    assert list(wb.list_sessions()["name"]) == ["demo"]
    wb.copy("demo", to, restart=True)
    assert told(base("demo-sqlite")) == told(source)
    if kind == "redis":
        loop.run(source.clear_session())


def test_a_target_that_is_written_to_meanwhile_makes_no_copy(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    full()
    target = RedisSession("demo", url)
    meanwhile(monkeypatch, lambda: target.append([message("theirs")]))
    with pytest.raises(SessionChanged, match=r"written to by somebody else|does not give back"):
        wb.copy("demo", url)
    assert "theirs" in [row.item["content"] for row in loop.run(target.rows())]
    loop.run(target.close())


def test_of_two_copies_to_one_target_one_is_refused(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    full()
    told_to: list[BaseException] = []

    async def second() -> None:
        try:
            await asyncio.to_thread(wb.copy, "demo", url)
        except StoreLocked as exc:
            told_to.append(exc)

    meanwhile(monkeypatch, second)
    assert wb.copy("demo", url).items == 7
    (refused,) = told_to
    assert "somebody else is copying to 'demo' in redis://" in str(refused)
    assert told(base("demo-redis")) == told(base("demo"))


def test_a_name_that_is_taken_meanwhile_loses_nothing(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    full()
    meanwhile(monkeypatch, lambda: workspace().open("copy"))
    with pytest.raises(ValueError, match="there is a session 'copy' already"):
        wb.copy("demo", url, name="copy")
    made = wb.copy("demo", url, name="other")
    assert (made.resumed, made.items) == (True, 7)


def test_a_server_that_goes_down_meanwhile_is_gone_on_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    full()
    with redis_server(appendonly="yes", appendfsync="always") as server:
        url = f"{server.url}?timeout=1"
        cut(monkeypatch, url)
        server.stop()
        with pytest.raises(StoreUnreachable):
            wb.copy("demo", url)
        server.start()
        assert wb.copy("demo", url).resumed
        assert told(base("demo-redis")) == told(base("demo"))
        loop.run(base("demo-redis").store.close())


def test_an_interrupt_leaves_a_copy_that_goes_on(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    full()

    async def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        meanwhile(patch, interrupted)
        with pytest.raises(KeyboardInterrupt):
            wb.copy("demo", url)
    assert wb.copy("demo", url).resumed
    assert told(base("demo-redis")) == told(base("demo"))


def test_a_store_that_can_not_tell_is_read_once_more(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    full()

    async def unknown(*_args: Any) -> None:
        return None

    monkeypatch.setattr(SQLiteStore, "standing", unknown)
    assert wb.copy("demo", url, name="copy").items == 7
    verified: list[int] = []
    verify = transfer.Transfer._verify

    async def counted(self: Any) -> None:
        verified.append(1)
        await verify(self)

    monkeypatch.setattr(transfer.Transfer, "_verify", counted)
    made = wb.copy("demo", f"memory://{url[-5:]}", name="more")
    assert (made.items, verified) == (7, [1])
