"""Every kind of session can be adopted, and plain use of it makes no file."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from agents.extensions.memory import AdvancedSQLiteSession, AsyncSQLiteSession, SQLAlchemySession
from agents.extensions.memory import RedisSession as SDKRedisSession
from agents.memory import OpenAIConversationsSession
from agents.memory import SQLiteSession as SDKSession
from openai import AsyncOpenAI

from tests.contract_abilities import record
from tests.conversations_server import shared_conversations
from tests.redis_server import shared_server
from tests.sessions.adopted.sessions import labelled, letters, said
from tests.sessions.four_methods import FileSession, ServiceSession
from tests.stores.files import sql
from workbench.places import companion_file
from workbench.protocols import Edit
from workbench.sessions import EncryptedSession
from workbench.sessions.adopted import AdoptedSession
from workbench.testing.data import message


@asynccontextmanager
async def sdk_sqlite(folder: Path) -> AsyncIterator[Any]:
    with closing(SDKSession("chat", folder / "chats.db")) as session:
        yield session


@asynccontextmanager
async def sdk_async_sqlite(folder: Path) -> AsyncIterator[Any]:
    session = AsyncSQLiteSession("chat", folder / "chats.db")
    yield session
    await session.close()


@asynccontextmanager
async def sdk_sqlalchemy(folder: Path) -> AsyncIterator[Any]:
    url = f"sqlite+aiosqlite:///{folder / 'chats.db'}"
    session = SQLAlchemySession.from_url("chat", url=url, create_tables=True)
    yield session
    await session.engine.dispose()


@asynccontextmanager
async def sdk_advanced(folder: Path) -> AsyncIterator[Any]:
    path = folder / "chats.db"
    with closing(
        AdvancedSQLiteSession(session_id="chat", db_path=path, create_tables=True)
    ) as session:
        yield session


@asynccontextmanager
async def sdk_redis(folder: Path) -> AsyncIterator[Any]:
    session = SDKRedisSession.from_url(folder.name, url=shared_server().url)
    yield session
    await session.close()


@asynccontextmanager
async def sdk_conversations(folder: Path) -> AsyncIterator[Any]:
    url = shared_conversations().direct_url
    async with AsyncOpenAI(api_key="test", base_url=url) as client:
        yield OpenAIConversationsSession(openai_client=client)


@asynccontextmanager
async def of_a_service(folder: Path) -> AsyncIterator[Any]:
    yield ServiceSession(str(folder))


@asynccontextmanager
async def of_a_file(folder: Path) -> AsyncIterator[Any]:
    yield FileSession("chat", folder)


@pytest.mark.parametrize(
    "opened",
    [
        sdk_sqlite,
        sdk_async_sqlite,
        sdk_sqlalchemy,
        sdk_advanced,
        sdk_redis,
        sdk_conversations,
        of_a_service,
        of_a_file,
    ],
    ids=lambda opened: opened.__name__,
)
@pytest.mark.parametrize("popped", [0, 16])
async def test_every_kind_of_session_can_be_edited(
    tmp_path: Path, opened: Any, popped: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbench.sessions.adopted.inner.Inner.popped", popped)
    async with opened(tmp_path) as inner:
        session = AdoptedSession(inner)
        await inner.add_items(letters("ab"))
        keys = await session.append(letters("cd"), turn_id="t1")
        assert [row.key for row in await session.rows()][2:] == keys
        a, b, c, _d = [row.key for row in await session.rows()]
        change = Edit(archive=[a, b], reason="old", insert=letters("S"), before=c, turn_id="s")
        (summary,) = await session.edit(change) or []
        await session.add_items(letters("e"))
        assert said(await inner.get_items()) == said(await session.get_items()) == "Scde"
        expected = [("S", "s"), ("c", "t1"), ("d", "t1"), ("e", None)]
        assert await labelled(session) == expected
        assert (await session.rows())[0].key == summary
        newest = (await session.rows())[-1].key
        rewrite = {newest: message("E")}
        assert await session.edit(Edit(rewrite=rewrite, newest=newest)) == []
        back = [each.key for each in await session.archived()]
        assert await session.edit(Edit(delete=[summary], restore=back)) == []
        assert said(await session.get_items()) == "abcdE"
        assert await labelled(session) == [
            ("a", None), ("b", None), ("c", "t1"), ("d", "t1"), ("E", None)
        ]  # fmt: skip
        await session.save_turn(record("t1"))
        assert said([await session.pop_item()]) == "E"
        await session.clear_session()
        assert (await session.rows(), await session.archived(), await session.turns()) == (
            [], [], []
        )  # fmt: skip
        await session.close()


async def test_a_branch_is_edited_without_losing_the_others(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    with closing(
        AdvancedSQLiteSession(session_id="chat", db_path=path, create_tables=True)
    ) as inner:
        await inner.add_items(letters("abcd"))
        await inner.create_branch_from_turn(3, "what-if")
        await inner.add_items(letters("xy"))
        session = AdoptedSession(inner)
        keys = [row.key for row in await session.rows()]
        assert await session.archive(keys[:2], reason="old") == 2
        assert said(await inner.get_items()) == "xy"
        await inner.switch_to_branch("main")
        assert said(await inner.get_items()) == "abcd"
        await session.close()


# No files


async def test_plain_use_makes_no_file(tmp_path: Path) -> None:
    session = AdoptedSession(FileSession("chat", tmp_path))
    await session.add_items(letters("ab"))
    newest = (await session.rows())[-1].key
    (c,) = await session.edit(Edit(insert=letters("c"), newest=newest)) or []
    assert await session.edit(Edit(insert=letters("x"), newest=newest)) is None
    (d,) = await session.append(letters("d"))
    assert [row.key for row in await session.rows()][2:] == [c, d]
    assert await session.edit(Edit(delete=[d], newest=d)) == []
    assert await session.pop_item() == message("c")
    assert said(await session.get_items()) == "ab"
    assert (await session.archived(), await session.turns()) == ([], [])
    await session.clear_session()
    await session.close()
    assert not companion_file().parent.exists()


async def test_encryption_alone_makes_no_file(tmp_path: Path) -> None:
    inner = FileSession("chat", tmp_path)
    session = EncryptedSession(inner, "your-32-byte-encryption-key-here")
    await session.add_items(letters("abc"))
    assert await session.pop_item() == message("c")
    await session.add_items(letters("d"))
    assert said(await session.get_items()) == "abd"
    assert all("wb1" in item for item in await inner.get_items())
    await session.close()
    assert not companion_file().parent.exists()


async def test_what_is_beside_a_session_in_memory_ends_with_it() -> None:
    for _ in range(2):
        with closing(SDKSession("chat")) as inner:
            session = AdoptedSession(inner)
            keys = await session.append(letters("ab"), turn_id="t1")
            await session.save_turn(record("t1"))
            await session.archive(keys[:1], reason="old")
            again = AdoptedSession(inner)
            assert said([each.item for each in await again.archived()]) == "a"
            assert len(await again.turns()) == 1
        await session.close()
    assert not companion_file().exists()


async def test_sessions_of_one_id_in_two_places_are_two(tmp_path: Path) -> None:
    made = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        session = AdoptedSession(FileSession("chat", tmp_path / name))
        keys = await session.append(letters(name[:2]), turn_id=name)
        await session.archive(keys[:1], reason=name)
        made.append(session)
    assert [[each.reason for each in await s.archived()] for s in made] == [["one"], ["two"]]
    assert [await labelled(session) for session in made] == [[("n", "one")], [("w", "two")]]
    for session in made:
        await session.close()


async def test_nothing_of_what_was_deleted_stays_in_a_file_of_the_sdks(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    session = AdoptedSession(SDKSession("chat", path))
    keys = await session.append([message("VERYSECRET"), message("b")] * 10, turn_id="1")
    await session.edit(Edit(rewrite=dict.fromkeys(keys[::2], message("sealed"))))
    files = [*tmp_path.glob("chats.db*"), *companion_file().parent.glob("companions.db*")]
    assert b"VERYSECRET" in b"".join(file.read_bytes() for file in files)
    assert await session.scrub() == []
    assert b"VERYSECRET" not in b"".join(file.read_bytes() for file in files)
    tables = sql(path, "SELECT name FROM sqlite_master WHERE name LIKE 'workbench%'")
    assert tables == [], "the file of others has no table of ours"
    assert "companions.db" in (await session.describe())["turns and archive"]
    await session.close()


async def test_closing_closes_the_inner_session(tmp_path: Path) -> None:
    inner = SDKSession("chat", tmp_path / "chats.db")
    async with AdoptedSession(inner) as session:
        await session.add_items(letters("a"))
    with pytest.raises(RuntimeError, match="closed"):
        await inner.get_items()
