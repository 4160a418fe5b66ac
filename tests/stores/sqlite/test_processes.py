"""Many processes on one file, killed ones and forked ones."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from pathlib import Path

import pytest

from tests.script import finish, line, run_script, start
from tests.stores.files import contents, is_whole, messages, sql
from workbench.stores.sqlite import SQLiteStore

APPENDS = """
    import asyncio, sys
    from workbench.stores.sqlite import SQLiteStore

    async def main(path):
        store = SQLiteStore(path)
        for number in range(200):
            batch = [{"role": "user", "content": f"{number}:{part}:3 " + "x" * number * 20}
                     for part in range(3)]
            await store.append("chat", batch)
            print(number, flush=True)

    asyncio.run(main(sys.argv[1]))
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chats.db"


@pytest.mark.parametrize("seed", range(5))
async def test_a_killed_process_leaves_whole_batches_and_all_it_was_told_of(
    path: Path, seed: int
) -> None:
    process = start(APPENDS, path, folder=path.parent)
    acknowledged = 0
    for _ in range(random.Random(seed).randrange(1, 190)):  # where to strike
        assert int(line(process)) == acknowledged
        acknowledged += 1
    await asyncio.sleep(random.Random(seed + 100).random() * 0.004)
    process.kill()
    output, _errors = process.communicate()
    acknowledged += len(output.split())
    store = SQLiteStore(path)
    found = [text.split(" ")[0] for text in contents(await store.read("chat"))]
    await store.append("chat", messages("and on"))
    await store.close()
    whole = len(found) // 3
    assert found == [f"{number}:{part}:3" for number in range(whole) for part in range(3)]
    assert acknowledged <= whole <= acknowledged + 1
    assert is_whole(path)


TURNS = """
    import asyncio, sys
    from workbench.stores.sqlite import SQLiteStore

    async def main(path, name):
        store = SQLiteStore(path)
        sys.stdin.readline()
        for number in range(50):
            own = [{"role": "user", "content": f"{name} {number}"}] * 2
            await asyncio.gather(store.append("shared", own), store.append(name, own))
        assert len(await store.read(name)) == 100
        await store.close()

    print("ready", flush=True)
    asyncio.run(main(*sys.argv[1:]))
"""


async def test_eight_processes_started_at_once_on_a_new_file_lose_nothing(path: Path) -> None:
    processes = [start(TURNS, path, f"p{number}", folder=path.parent) for number in range(8)]
    for process in processes:
        assert line(process) == "ready"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        finish(process)
    store = SQLiteStore(path)
    found = contents(await store.read("shared"))
    await store.close()
    assert found[::2] == found[1::2]
    expected = [f"p{number} {turn}" for number in range(8) for turn in range(50)]
    assert Counter(found[::2]) == Counter(expected)
    for number in range(8):
        own = [text for text in found[::2] if text.startswith(f"p{number} ")]
        assert own == [f"p{number} {turn}" for turn in range(50)]


def test_a_fork_after_use_gives_child_and_parent_a_store_that_works(path: Path) -> None:
    source = """
        import asyncio, os, sys, warnings
        from workbench.sessions import SQLiteSession
        warnings.filterwarnings("ignore", message=".*multi-threaded")  # what this test is about

        def add(text):
            asyncio.run(session.add_items([{"role": "user", "content": text}]))

        session = SQLiteSession("chat", sys.argv[1])
        add("before")
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            add("child 1")
            os.write(writer, b"x")
            for number in range(2, 12):
                add(f"child {number}")
            assert len(asyncio.run(session.get_items())) >= 12
            os._exit(0)
        os.read(reader, 1)
        add("parent 1")
        asyncio.run(session.close())  # the child goes on when the parent has left the file
        again = SQLiteSession("chat", sys.argv[1])
        assert os.waitpid(pid, 0)[1] == 0
        asyncio.run(again.add_items([{"role": "user", "content": "parent 2"}]))
    """
    run_script(source, path, folder=path.parent)
    found = [text for (text,) in sql(path, "SELECT message_data ->> 'content' FROM agent_messages")]
    assert [each for each in found if each.startswith("child")] == [
        f"child {number}" for number in range(1, 12)
    ]
    assert set(found) >= {"before", "parent 1", "parent 2"}
    assert is_whole(path)


def test_a_fork_with_work_under_way_carries_no_connection_into_the_child(path: Path) -> None:
    source = """
        import asyncio, multiprocessing, sys, threading, warnings
        from workbench.sessions import SQLiteSession
        warnings.filterwarnings("ignore", message=".*multi-threaded")

        def turns(name):
            session = SQLiteSession("chat", sys.argv[1])
            async def main():
                for number in range(10):
                    await session.add_items([{"role": "user", "content": f"{name} {number}"}])
                    assert len(await session.get_items()) > number
                await session.close()
            asyncio.run(main())

        context = multiprocessing.get_context("fork")
        threads = [threading.Thread(target=turns, args=(f"thread{n}",)) for n in range(3)]
        children = [context.Process(target=turns, args=(f"child{n}",)) for n in range(3)]
        for thread, child in zip(threads, children):
            thread.start()
            child.start()
        for each in threads + children:
            each.join()
        print([child.exitcode for child in children])
    """
    assert run_script(source, path, folder=path.parent) == "[0, 0, 0]\n"
    assert sql(path, "SELECT count(DISTINCT message_data) FROM agent_messages") == [(60,)]
    assert is_whole(path)


def test_a_memory_database_is_not_silently_empty_in_a_forked_child(tmp_path: Path) -> None:
    source = """
        import asyncio, os, warnings
        from workbench.errors import StoreUnusable
        from workbench.sessions import SQLiteSession
        warnings.filterwarnings("ignore", message=".*multi-threaded")
        session = SQLiteSession("chat", ":memory:")
        asyncio.run(session.add_items([{"role": "user", "content": "a"}]))
        pid = os.fork()
        if pid == 0:
            try:
                asyncio.run(session.get_items())
            except StoreUnusable as exc:
                os._exit(7 if "stays in the process" in str(exc) else 1)
            os._exit(1)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
        print(len(asyncio.run(session.get_items())))
    """
    assert run_script(source, folder=tmp_path) == "7\n1\n"
