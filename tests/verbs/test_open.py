from __future__ import annotations

import asyncio
import hashlib
import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from agents import Agent, Runner
from agents import SQLiteSession as TheirSQLiteSession
from agents.extensions.memory import (
    AdvancedSQLiteSession,
    AsyncSQLiteSession,
    EncryptedSession,
    RedisSession,
    SQLAlchemySession,
)

import workbench as wb
from tests.redis_server import RedisServer, shared_cluster, shared_server
from tests.render.hostile import PAYLOADS
from tests.script import finish, line, start
from workbench import loop
from workbench.errors import (
    InvalidStoreURL,
    InvalidValue,
    StoreReadOnly,
    StoreUnreachable,
    StoreUnusable,
    UnknownSession,
)
from workbench.items import user_message
from workbench.models.offline import OfflineModel
from workbench.protocols import ArchivedItem, Edit, StoredItem, TurnRecord
from workbench.stores import close_all
from workbench.stores.memory import MemoryStore
from workbench.testing.data import NAMES

KEY = "4Xk-PFnDqT0yQx3uGQ0mcl2-xD0TTjC0Hq0xZzrKq8s="


def said(text: str) -> Any:
    return user_message(text)


@pytest.fixture
def app(tmp_path: Path, workbench_home: Path) -> Path:
    """A file that an application has written with the SDK, and closed."""
    folder = tmp_path / "app"
    folder.mkdir()
    path = folder / "app.db"
    for name in ("first", "käyttäjä: 🙂"):
        session = TheirSQLiteSession(name, path)
        asyncio.run(session.add_items([said(f"hello from {name}"), said("goodbye")]))
        session.close()
    return path


def state(folder: Path) -> dict[str, str]:
    """Name and digest of all that lies in a folder."""
    return {each.name: hashlib.sha256(each.read_bytes()).hexdigest() for each in folder.iterdir()}


def everything(url: str) -> None:
    """Look at a store in every way there is."""
    opened = wb.open(url)
    assert len(opened) == len(opened.sessions) == len(opened.list_sessions()) > 0
    for name in opened:
        assert name in opened
        assert len(opened.history(name)) == 2
        assert len(opened.history(name, full=True)) == 2
        assert len(opened.turns(name)) > 0
        assert len(loop.run(opened.session(name).get_items())) == 2
        assert len(loop.run(opened.session(name).rows())) == 2
        assert len(loop.run(opened.session(name).page(limit=1))) == 1
    assert len(opened.search("goodbye")) == len(opened)
    assert "read only" in repr(opened)
    for form in opened._repr_mimebundle_().values():
        assert "first" in form


def test_an_applications_file_is_looked_at_and_stays_as_it_is(app: Path) -> None:
    before = state(app.parent)
    assert list(before) == ["app.db"]
    everything(f"sqlite:///{app}")
    asyncio.run(close_all())
    assert state(app.parent) == before


def test_sessions_are_listed_by_id_the_last_used_first(app: Path) -> None:
    opened = wb.open(f"sqlite:///{app}")
    assert sorted(opened) == ["first", "käyttäjä: 🙂"]
    assert "first" in opened
    assert "second" not in opened
    assert 3 not in opened
    frame = opened.history("käyttäjä: 🙂")
    assert frame["content"].tolist() == ["hello from käyttäjä: 🙂", "goodbye"]
    assert opened.history("first", limit=1)["content"].tolist() == ["goodbye"]
    with pytest.raises(UnknownSession, match="did you mean 'first'"):
        opened.session("frist")
    with pytest.raises(UnknownSession, match="did you mean 'first'"):
        opened.history("frist")


WRITES: dict[str, Any] = {
    "add": lambda session: session.add_items([said("x")]),
    "append": lambda session: session.append([said("x")], turn_id="t"),
    "pop": lambda session: session.pop_item(),
    "clear": lambda session: session.clear_session(),
    "archive": lambda session: session.archive([1], reason="x"),
    "restore": lambda session: session.restore([1]),
    "edit": lambda session: session.edit(Edit(delete=[1])),
    "scrub": lambda session: session.scrub(),
    "save_turn": lambda session: session.save_turn(_record()),
    "swap_turn": lambda session: session.swap_turn(_record(), _record()),
    "put": lambda session: session.put([StoredItem(1, said("x"))]),
}


def _record() -> TurnRecord:
    from datetime import UTC, datetime

    return TurnRecord("t", "first", datetime.now(UTC), 0.1, "done")


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_whatever_would_write_to_a_file_is_refused(app: Path, write: Any) -> None:
    before = state(app.parent)
    session = wb.open(f"sqlite:///{app}").session("first")
    with pytest.raises(StoreReadOnly, match="write=True"):
        loop.run(write(session))
    assert state(app.parent) == before


def test_a_turn_on_what_is_read_only_is_refused(app: Path) -> None:
    session = wb.open(f"sqlite:///{app}").session("first")
    with pytest.raises(StoreReadOnly):
        wb.ask(session, "hello")
    agent = Agent(name="Ada", model=OfflineModel())
    with pytest.raises(StoreReadOnly):
        asyncio.run(Runner.run(agent, "hello", session=session))


def test_it_is_the_same_file_in_any_folder(
    app: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(app.parent)
    opened = wb.open("sqlite:///app.db")
    monkeypatch.chdir(tmp_path)
    assert len(opened) == 2
    assert len(opened.history("first")) == 2


def test_with_write_it_can_be_written_to(app: Path) -> None:
    opened = wb.open(f"sqlite:///{app}", write=True)
    assert "read only" not in repr(opened)
    wb.ask(opened.session("first"), "My name is John")
    wb.ask(opened.session("new"), "Hi")
    assert len(opened.history("first")) == 4
    assert set(wb.open(f"sqlite:///{app}")) == {"first", "new", "käyttäjä: 🙂"}
    with pytest.raises(InvalidValue, match="contrary"):
        wb.open(f"sqlite:///{app}?read_only=1", write=True)


APP = """
import asyncio, sys
from agents import SQLiteSession
session = SQLiteSession("live", "app.db")
for word in sys.stdin:
    asyncio.run(session.add_items([{"role": "user", "content": word.strip()}]))
    print("written", flush=True)
session.close()
print("closed", flush=True)
"""


def test_what_an_application_writes_meanwhile_is_seen_and_it_is_not_disturbed(app: Path) -> None:
    opened = wb.open(f"sqlite:///{app}")
    running = start(APP, folder=app.parent)
    assert running.stdin is not None
    for number in range(5):
        running.stdin.write(f"word {number}\n")
        running.stdin.flush()
        assert line(running) == "written"
        assert len(opened.history("live")) == number + 1
        assert len(opened) == 3
    beside = state(app.parent)
    everything_but_live = [name for name in opened if name != "live"]
    assert [len(opened.history(name)) for name in everything_but_live] == [2, 2]
    assert state(app.parent) == beside
    assert "closed" in finish(running)
    assert list(state(app.parent)) == ["app.db"]  # it could take its log along
    assert len(opened.history("live")) == 5
    assert list(state(app.parent)) == ["app.db"]


@pytest.mark.parametrize("lost", [(), ("app.db-shm",)])
def test_what_a_killed_application_has_left_is_read_and_left_to_it(
    app: Path, lost: tuple[str, ...]
) -> None:
    running = start(APP, folder=app.parent)
    assert running.stdin is not None
    running.stdin.write("in the log\n")
    running.stdin.flush()
    assert line(running) == "written"
    running.kill()
    running.communicate()
    for name in lost:
        (app.parent / name).unlink()
    before = state(app.parent)
    assert "app.db-wal" in before
    opened = wb.open(f"sqlite:///{app}")
    assert opened.history("live")["content"].tolist() == ["in the log"]
    assert len(opened) == 3
    assert state(app.parent) == before


def test_a_file_with_a_journal_is_read_and_one_that_was_cut_off_too(
    app: Path, tmp_path: Path
) -> None:
    with sqlite3.connect(app) as db:
        db.execute("PRAGMA journal_mode=DELETE")
    db.close()
    everything(f"sqlite:///{app}")
    assert list(state(app.parent)) == ["app.db"]
    source = """
import os, sqlite3
db = sqlite3.connect("app.db", isolation_level=None)
db.execute("PRAGMA cache_size=1")
db.execute("BEGIN IMMEDIATE")
db.execute("UPDATE agent_messages SET message_data = 'half'")
add = "INSERT INTO agent_messages (session_id, message_data) VALUES ('first', ?)"
db.executemany(add, [("x" * 4000,)] * 50)
os.kill(os.getpid(), 9)
"""
    finish(start(source, folder=app.parent), code=-9)
    before = state(app.parent)
    assert "app.db-journal" in before
    assert wb.open(f"sqlite:///{app}").history("first")["content"].tolist()[1] == "goodbye"
    assert state(app.parent) == before


def test_a_file_that_is_written_all_the_time_without_a_log_is_read_whole(app: Path) -> None:
    with sqlite3.connect(app) as db:
        db.execute("PRAGMA journal_mode=DELETE")
    db.close()
    source = """
import sqlite3, sys, time
db = sqlite3.connect("app.db", isolation_level=None, timeout=20)
print("ready", flush=True)
end = time.monotonic() + 3
while time.monotonic() < end:
    db.execute("BEGIN IMMEDIATE")
    db.executemany(
        "INSERT INTO agent_messages (session_id, message_data) VALUES ('first', ?)",
        [('{"role": "user", "content": "more"}',)] * 10,
    )
    db.execute("COMMIT")
db.close()
"""
    running = start(source, folder=app.parent)
    assert line(running) == "ready"
    session = wb.open(f"sqlite:///{app}").session("first")
    lengths = [len(loop.run(session.get_items())) for _ in range(20)]
    finish(running)
    assert lengths == sorted(lengths)
    assert all(length % 10 == 2 for length in lengths), lengths


def test_without_leave_to_write_it_is_read_all_the_same(app: Path) -> None:
    app.chmod(0o444)
    app.parent.chmod(0o555)
    try:
        everything(f"sqlite:///{app}")
    finally:
        app.parent.chmod(0o755)


@pytest.mark.parametrize(
    ("url", "error", "said"),
    [
        ("sqlite:///nowhere.db", StoreUnusable, "there is no file"),
        ("sqlite:///no/such/folder.db", StoreUnusable, "there is no file"),
        ("sqlite:///text.db", StoreUnusable, "not an SQLite database"),
        ("sqlite:///.", StoreUnusable, "is no file|can't be opened"),
        ("app.db", InvalidStoreURL, "sqlite:///app.db"),
        ("mysql://x", InvalidStoreURL, "no store has the scheme"),
        ("sqlite:///app.db?colour=1", InvalidStoreURL, "no option 'colour'"),
        ("redis://127.0.0.1:1?timeout=0.2", StoreUnreachable, "127.0.0.1:1"),
        (Path("app.db"), InvalidStoreURL, "sqlite:///app.db"),
    ],
)
@pytest.mark.parametrize("write", [False, True])
def test_what_cannot_be_opened_is_told_at_once_and_nothing_is_made(
    app: Path, url: Any, error: Any, said: str, write: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(app.parent)
    (app.parent / "text.db").write_text("hello " * 1000)
    before = state(app.parent)
    with pytest.raises(error, match=said):
        wb.open(url, write=write)
    assert state(app.parent) == before


def test_a_database_of_something_else_has_no_sessions(tmp_path: Path, workbench_home: Path) -> None:
    with sqlite3.connect(tmp_path / "other.db") as db:
        db.execute("CREATE TABLE things (a)")
    db.close()
    opened = wb.open(f"sqlite:///{tmp_path}/other.db")
    assert (len(opened), list(opened), bool(opened)) == (0, [], True)
    assert list(opened.sessions.columns[:1]) == ["session_id"]
    assert "0 sessions" in str(opened)
    assert len(opened.search("anything")) == 0


def test_every_session_class_of_the_sdk_for_sqlite_can_be_read(
    tmp_path: Path, workbench_home: Path
) -> None:
    path = tmp_path / "app.db"

    async def write() -> None:
        advanced = AdvancedSQLiteSession(session_id="advanced", db_path=path, create_tables=True)
        await advanced.add_items([said("a"), said("b")])
        advanced.close()
        several = AsyncSQLiteSession("async", path)
        await several.add_items([said("a"), said("b")])
        await several.close()

    asyncio.run(write())

    async def alchemy() -> None:
        session = SQLAlchemySession.from_url(
            "alchemy", url=f"sqlite+aiosqlite:///{tmp_path}/alchemy.db", create_tables=True
        )
        await session.add_items([said("a"), said("b")])
        await session.engine.dispose()

    asyncio.run(alchemy())
    for name, file in (("advanced", "app"), ("async", "app"), ("alchemy", "alchemy")):
        opened = wb.open(f"sqlite:///{tmp_path}/{file}.db")
        assert opened.history(name)["content"].tolist() == ["a", "b"]
        assert opened.sessions["created_at"].notna().all()


@pytest.mark.parametrize("key", [None, KEY])
def test_what_the_sdk_has_encrypted_is_listed_and_shown_as_encrypted(
    app: Path, key: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = TheirSQLiteSession("secret", app)
    session = EncryptedSession("secret", base, KEY)
    asyncio.run(session.add_items([said("hidden words")]))
    base.close()
    if key is not None:
        monkeypatch.setenv("WORKBENCH_KEY", key)
    opened = wb.open(f"sqlite:///{app}")
    assert "secret" in opened
    (content,) = opened.history("secret")["content"]
    assert content.startswith("[encrypted: ")
    assert "hidden" not in str(opened)


def test_odd_ids_are_listed_and_read(app: Path) -> None:
    for name in NAMES.values():
        session = TheirSQLiteSession(name, app)
        asyncio.run(session.add_items([said(name)]))
        session.close()
    opened = wb.open(f"sqlite:///{app}")
    assert set(NAMES.values()) <= set(opened)
    for name in NAMES.values():
        assert loop.run(opened.session(name).get_items()) == [said(name)]


def test_a_hostile_id_does_no_harm_and_a_long_list_is_cut(app: Path) -> None:
    for payload in PAYLOADS:
        session = TheirSQLiteSession(payload, app)
        asyncio.run(session.add_items([said("x")]))
        session.close()
    opened = wb.open(f"sqlite:///{app}")
    bundle = opened._repr_mimebundle_()
    import re

    tags = set(re.findall(r"<\s*/?\s*([a-z]+)", bundle["text/html"], re.IGNORECASE))
    assert tags <= {"p", "table", "tr", "th", "td", "span"}
    assert "<script" not in bundle["text/markdown"]
    for number in range(60):
        session = TheirSQLiteSession(f"n{number}", app)
        asyncio.run(session.add_items([said("x")]))
        session.close()
    assert "the last used 50" in str(opened)
    assert len(opened.sessions) == len(opened) > 60


# Redis


def dump(server: RedisServer) -> dict[bytes, Any]:
    """Every key of a server with what is in it."""
    client = server.client()
    try:
        return {bytes(key): client.dump(key) for key in client.scan_iter()}
    finally:
        client.close()


@pytest.fixture
def redis_app(workbench_home: Path) -> tuple[RedisServer, str]:
    """A server on which an application has written with the SDK."""
    server = shared_server()
    prefix = f"app{os.urandom(4).hex()}"

    async def write() -> None:
        for name in ("first", "a:b:käyttäjä"):
            session = RedisSession.from_url(name, url=server.url, key_prefix=prefix)
            await session.add_items([said("hello"), said("goodbye")])
            await session.close()

    asyncio.run(write())
    return server, f"{server.url}?prefix={prefix}"


def test_an_applications_redis_is_looked_at_and_stays_as_it_is(
    redis_app: tuple[RedisServer, str],
) -> None:
    server, url = redis_app
    before = dump(server)
    everything(url)
    assert dump(server) == before
    assert sorted(wb.open(url)) == ["a:b:käyttäjä", "first"]


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_whatever_would_write_to_redis_is_refused(
    redis_app: tuple[RedisServer, str], write: Any
) -> None:
    server, url = redis_app
    before = dump(server)
    with pytest.raises(StoreReadOnly, match="write=True"):
        loop.run(write(wb.open(url).session("first")))
    assert dump(server) == before


def test_a_session_that_has_expired_is_gone(redis_app: tuple[RedisServer, str]) -> None:
    server, url = redis_app
    opened = wb.open(url)
    prefix = url.partition("prefix=")[2]
    client = server.client()
    for key in client.keys(f"{prefix}:first*"):
        client.pexpire(key, 1)
    while client.exists(f"{prefix}:first"):
        pass
    client.close()
    assert list(opened) == ["a:b:käyttäjä"]
    with pytest.raises(UnknownSession):
        opened.history("first")


def test_a_cluster_is_looked_at_too(workbench_home: Path) -> None:
    url = f"{shared_cluster().url}?prefix=open{os.urandom(4).hex()}"
    for name in ("first", "other"):
        session = wb.session(name, store=url)
        loop.run(session.add_items([said("hello"), said("goodbye")]))
    everything(url)
    with pytest.raises(StoreReadOnly):
        loop.run(wb.open(url).session("first").add_items([said("x")]))


# Any other store


def test_a_store_without_a_way_of_its_own_is_read_through_one_that_refuses(
    workbench_home: Path,
) -> None:
    loop.run(wb.session("first", store="memory://open").add_items([said("hello"), said("goodbye")]))
    everything("memory://open")
    for name in WRITES.keys() - {"scrub"}:  # there is nothing to scrub in memory
        with pytest.raises(StoreReadOnly, match="write=True"):
            loop.run(WRITES[name](wb.open("memory://open").session("first")))
    assert isinstance(wb.open("memory://open", write=True).store, MemoryStore)


def test_an_archived_item_is_no_part_of_a_put(app: Path) -> None:
    from datetime import UTC, datetime

    kept = ArchivedItem(1, said("x"), "why", datetime.now(UTC))
    with pytest.raises(StoreReadOnly):
        loop.run(wb.open(f"sqlite:///{app}").session("first").put([kept]))
