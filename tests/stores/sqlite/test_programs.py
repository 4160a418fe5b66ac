"""Programs that don't clean up, close their loops early, or change their folder."""

from __future__ import annotations

import asyncio
import gc
import time
from pathlib import Path

import pytest

from tests.script import run_script
from tests.stores.files import is_whole, messages, tables
from workbench.stores.sqlite import SQLiteStore


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chats.db"


UNCLOSED = """
    import asyncio, sys
    from workbench.sessions import SQLiteSession
    from workbench.stores.sqlite import SQLiteStore

    async def main():
        for session in (SQLiteSession("a", sys.argv[1]), SQLiteSession("b", ":memory:"),
                        SQLiteSession("c")):
            await session.add_items([{"role": "user", "content": "hello"}])
            assert await session.get_items()
        store = SQLiteStore("other.db")
        await store.append("d", [{"role": "user", "content": "hello"}])
        assert await store.read("d")
        unused.append((SQLiteSession("e", "unused.db"), store))

    unused = []
    asyncio.run(main())
    asyncio.run(main())
"""


def test_a_program_that_never_closes_ends_at_once_and_leaves_whole_files(path: Path) -> None:
    begun = time.monotonic()
    run_script(UNCLOSED, path, folder=path.parent)
    assert time.monotonic() - begun < 10
    assert sorted(each.name for each in path.parent.glob("*.db*")) == ["chats.db", "other.db"]
    assert is_whole(path)


def test_work_that_hangs_does_not_keep_a_program_from_ending(path: Path) -> None:
    source = """
        import asyncio, sys, time
        from workbench.loop import home
        from workbench.sessions import SQLiteSession
        session = SQLiteSession("a", sys.argv[1])
        asyncio.run(session.add_items([{"role": "user", "content": "hello"}]))
        home().loop.call_soon_threadsafe(time.sleep, 60)
    """
    begun = time.monotonic()
    run_script(source, path, folder=path.parent)
    assert time.monotonic() - begun < 20
    assert sorted(each.name for each in path.parent.glob("*.db*")) == ["chats.db"]


def test_a_program_that_only_makes_a_session_ends_without_a_word(path: Path) -> None:
    source = """
        import sys
        from workbench.sessions import SQLiteSession
        session = SQLiteSession("a", sys.argv[1])
    """
    run_script(source, path, folder=path.parent)
    assert not path.exists()


def test_a_store_that_nobody_holds_any_more_closes_its_file(path: Path) -> None:
    asyncio.run(SQLiteStore(path).append("chat", messages("a")))
    deadline = time.monotonic() + 10
    while path.with_name("chats.db-wal").exists() and time.monotonic() < deadline:
        gc.collect()
        time.sleep(0.01)
    assert not path.with_name("chats.db-wal").exists()


def test_a_loop_that_was_closed_with_work_under_way_does_not_stop_the_store(path: Path) -> None:
    source = """
        import asyncio, logging, sys
        from workbench.stores.sqlite import SQLiteStore
        logging.disable()  # asyncio tells that the task was destroyed: it was, on purpose
        store = SQLiteStore(sys.argv[1])
        message = [{"role": "user", "content": "a"}]
        asyncio.run(store.append("chat", message))
        for number in range(60):
            left = asyncio.new_event_loop()
            left.create_task(store.append("chat", message))
            left.call_later(number * 0.00002, left.stop)
            left.run_forever()
            left.close()
        before = len(asyncio.run(asyncio.wait_for(store.read("chat"), 20)))
        asyncio.run(asyncio.wait_for(store.append("chat", message), 20))
        assert len(asyncio.run(store.read("chat"))) > before
        asyncio.run(store.close())
    """
    run_script(source, path, folder=path.parent)
    assert is_whole(path)


def test_paths_stay_what_they_were_when_the_program_changes_folder(tmp_path: Path) -> None:
    source = """
        import asyncio, os
        from workbench.sessions import SQLiteSession
        from workbench.stores import open_store

        def message(text):
            return [{"role": "user", "content": text}]

        async def main():
            session, store = SQLiteSession("a", "data/chats.db"), open_store("sqlite:///chats.db")
            os.mkdir("elsewhere")
            os.chdir("elsewhere")
            await session.add_items(message("1"))
            await store.append("a", message("2"))
            assert await open_store("sqlite:///chats.db").read("a") == []
            assert len(await SQLiteSession("a", "../data/chats.db").get_items()) == 1
            assert SQLiteSession("a", "../data/chats.db").store is session.store

        asyncio.run(main())
    """
    run_script(source, folder=tmp_path)
    assert tables(tmp_path / "data" / "chats.db") >= {"agent_messages"}
    assert tables(tmp_path / "chats.db") >= {"agent_messages"}
    assert list((tmp_path / "elsewhere").iterdir()) == []
