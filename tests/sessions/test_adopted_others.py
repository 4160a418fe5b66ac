"""Adopted sessions whose other users, own habits and failures must not cost an item or a label."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from agents.extensions.memory import AdvancedSQLiteSession, AsyncSQLiteSession, SQLAlchemySession
from agents.extensions.memory import RedisSession as SDKRedisSession
from agents.memory import OpenAIConversationsSession, SessionSettings
from agents.memory import SQLiteSession as SDKSession
from openai import AsyncOpenAI

from tests.contract_abilities import record
from tests.contract_data import message, texts
from tests.conversations_server import shared_conversations
from tests.redis_server import shared_server
from tests.script import finish, line, start
from tests.sessions.four_methods import FileSession, ListSession, ServiceSession
from tests.stores.files import sql
from workbench.errors import StoreError
from workbench.places import companion_file
from workbench.protocols import Edit
from workbench.sessions import EncryptedSession
from workbench.sessions.adopted import AdoptedSession

Opened = Callable[[Path], Any]


def letters(text: str) -> list[Any]:
    return [message(letter) for letter in text]


def said(items: list[Any]) -> str:
    """The letters of messages, whatever form a service gives them."""
    contents = [item["content"] for item in items]
    return "".join(each if isinstance(each, str) else each[0]["text"] for each in contents)


async def labelled(session: AdoptedSession) -> list[tuple[str, str | None]]:
    return [(said([row.item]), row.turn_id) for row in await session.rows()]


# Other sessions


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
    monkeypatch.setattr("workbench.sessions.adopted_inner.Inner.popped", popped)
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


# What others do


@pytest.mark.parametrize(
    ("do", "expected"),
    [
        (lambda s: s.add_items(letters("x")), "a1 b1 c2 d2 x-"),
        (lambda s: s.pop_item(), "a1 b1 c2"),
        (lambda s: s.clear_session(), ""),
    ],
    ids=["append", "pop", "clear"],
)
async def test_what_others_do_is_noticed_and_labels_stay_right(
    tmp_path: Path, do: Callable[[Any], Awaitable[Any]], expected: str
) -> None:
    inner = FileSession("chat", tmp_path)
    session = AdoptedSession(inner)
    await session.append(letters("ab"), turn_id="1")
    await session.append(letters("cd"), turn_id="2")
    await do(inner)
    found = [f"{letter}{turn or '-'}" for letter, turn in await labelled(session)]
    assert " ".join(found) == expected
    await session.append(letters("z"), turn_id="3")
    assert (await labelled(session))[-1] == ("z", "3")
    await session.close()


async def test_a_history_that_another_program_compacted_keeps_the_labels_of_its_rest(
    tmp_path: Path,
) -> None:
    inner = FileSession("chat", tmp_path)
    session = AdoptedSession(inner)
    await session.append(letters("ab"), turn_id="1")
    cd = await session.append(letters("cd"), turn_id="2")
    await session.archive(cd[:1], reason="old")
    await inner.clear_session()
    await inner.add_items(letters("Sdx"))
    assert await labelled(session) == [("S", None), ("d", "2"), ("x", None)]
    rows = await session.rows()
    assert [row.key for row in rows] == sorted(row.key for row in rows)
    assert await session.restore([each.key for each in await session.archived()]) == 1
    assert said(await session.get_items()) == "cSdx"
    await session.close()


async def test_an_item_that_comes_back_after_a_pop_is_nobodys(tmp_path: Path) -> None:
    inner = FileSession("chat", tmp_path)
    session = AdoptedSession(inner)
    await session.append(letters("aa"), turn_id="1")
    assert await session.pop_item() == message("a")
    await inner.add_items(letters("a"))
    assert await labelled(session) == [("a", "1"), ("a", None)]
    await session.close()


async def test_a_limit_of_the_session_costs_no_item(tmp_path: Path) -> None:
    settings = SessionSettings(limit=2)
    with closing(SDKSession("chat", tmp_path / "a.db", session_settings=settings)) as inner:
        session = AdoptedSession(inner)
        keys = await session.append(letters("abcdefghijklmnopqrst"), turn_id="1")
        assert said(await session.get_items()) == "st"
        assert await session.archive(keys[:1], reason="old") == 1
        assert said(await session.get_items(100)) == "bcdefghijklmnopqrst"
        await session.close()


class Crowded(ListSession):
    """Somebody else appends right behind each of the first looks."""

    left = 3

    async def get_items(self, limit: int | None = None) -> list[Any]:
        found = await super().get_items(limit)
        if self.left > 0 and self.items:
            self.left -= 1
            self.items.append(message(f"o{self.left}"))
        return found


@pytest.mark.parametrize("left", [1, 2, 3])
async def test_what_is_appended_while_an_edit_begins_is_kept(left: int) -> None:
    inner = Crowded()
    inner.items = letters("abc")
    inner.left = 0
    session = AdoptedSession(inner)
    first = (await session.rows())[0].key
    inner.left = left
    await session.archive([first], reason="old")
    others = [f"o{number}" for number in reversed(range(left))]
    assert texts(inner.items) == ["b", "c", *others]
    assert texts([each.item for each in await session.archived()]) == ["a"]
    await session.close()


# Failures


@pytest.mark.parametrize("method", ["clear_session", "add_items", "pop_item", "get_items"])
@pytest.mark.parametrize("popped", [0, 16])
async def test_a_session_that_fails_in_an_edit_is_put_back(
    method: str, popped: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbench.sessions.adopted_inner.Inner.popped", popped)
    inner = ListSession()
    session = AdoptedSession(inner)
    keys = await session.append(letters("abcd"), turn_id="1")
    before = await session.rows()
    change = Edit(archive=keys[:2], insert=letters("S"), before=keys[2])
    for good in range(12):
        inner.failing = {method: good}
        try:
            assert await session.edit(change) is not None
            break
        except (OSError, StoreError):
            inner.failing = {}
            assert said(await session.get_items()) == "abcd"
            assert (await session.rows(), await session.archived()) == (before, [])
    else:
        pytest.fail("it never worked")
    inner.failing = {}
    assert said(await session.get_items()) == "Scd"
    await session.close()


async def test_a_session_that_stays_broken_is_made_good_when_it_works_again() -> None:
    inner = ListSession()
    session = AdoptedSession(inner)
    keys = await session.append(letters("abcdefghijklmnopqrstuvwxyz"), turn_id="1")
    inner.failing = {"add_items": 0}
    with pytest.raises(StoreError, match=r"all of it is in sqlite:///.*companions\.db"):
        await session.archive(keys[:20], reason="old")
    assert inner.items == []
    with pytest.raises(OSError, match="add_items"):
        await session.get_items()
    inner.failing = {}
    assert said(await session.get_items()) == "abcdefghijklmnopqrstuvwxyz"
    assert {turn for _letter, turn in await labelled(session)} == {"1"}
    assert await session.archived() == []
    await session.close()


class Small(ListSession):
    """Has room for five items, and drops what is more without a word."""

    async def add_items(self, items: list[Any]) -> None:
        await super().add_items(items)
        self.items = self.items[:5]


async def test_a_session_that_does_not_keep_what_it_is_given_says_so() -> None:
    session = AdoptedSession(inner := Small())
    keys = await session.append(letters("abcd"), turn_id="1")
    with pytest.raises(StoreError, match="kept 5 of 6 items"):
        await session.edit(Edit(insert=letters("xy"), before=keys[0]))
    assert said(inner.items) == "abcd"
    await session.close()


# Many at once


EDITING = """
import asyncio, pathlib, sys
from tests.sessions.four_methods import FileSession
from workbench.protocols import Edit
from workbench.sessions import EncryptedSession
from workbench.sessions.adopted import AdoptedSession

async def main(folder, name):
    session = AdoptedSession(FileSession("chat", pathlib.Path(folder)))
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(6):
        await session.append([{"role": "user", "content": f"{name}{number}"}], turn_id=name)
        done = None
        while done is None:
            rows = await session.rows()
            done = await session.edit(Edit(
                archive=[rows[0].key], reason=name, before=rows[1].key,
                insert=[{"role": "user", "content": f"S{name}{number}"}],
            ))
    await session.close()

asyncio.run(main(sys.argv[1], sys.argv[2]))
"""


async def test_processes_that_edit_at_once_lose_nothing(
    tmp_path: Path, workbench_home: Path
) -> None:
    session = AdoptedSession(FileSession("chat", tmp_path))
    await session.append(letters("yz"), turn_id="0")
    env = {"WORKBENCH_HOME": str(workbench_home)}
    programs = [start(EDITING, tmp_path, name, folder=tmp_path, env=env) for name in "abc"]
    for program in programs:
        assert line(program) == "ready"
    for program in programs:
        assert program.stdin is not None
        program.stdin.write("\n")
        program.stdin.flush()
    for program in programs:
        while program.poll() is None:
            assert len(await session.get_items()) >= 2, "a reader saw it torn"
            await asyncio.sleep(0.01)
        finish(program)
    rows, archived = await session.rows(), await session.archived()
    rounds = [f"{name}{number}" for name in "abc" for number in range(6)]
    everything = [*texts([row.item for row in rows]), *texts([e.item for e in archived])]
    assert sorted(everything) == sorted(["y", "z", *rounds, *(f"S{each}" for each in rounds)])
    assert len(archived) == 18
    for row in rows:
        if row.item["content"] in rounds:
            assert row.turn_id == row.item["content"][0]
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
