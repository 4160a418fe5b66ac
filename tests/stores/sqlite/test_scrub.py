"""What was deleted or rewritten is in no byte of the file, of its log or of its index."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.script import finish, line, start
from tests.stores.files import contents, is_whole, messages, sql
from workbench.protocols import Edit
from workbench.stores.sqlite import SQLiteStore


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chats.db"


def found(path: Path, *words: str) -> set[str]:
    """Which of ``words`` are in one of the files of the database."""
    files = [path.with_name(path.name + end) for end in ("", "-wal", "-shm", "-journal")]
    data = b"".join(file.read_bytes() for file in files if file.exists())
    return {word for word in words if word.encode() in data}


async def secrets(store: SQLiteStore) -> None:
    """Text that was deleted, popped, cleared, rewritten and taken out of the archive."""
    filler = [f"filler {number} " + "x" * 300 for number in range(200)]
    await store.append("chat", messages(*filler))
    keys = await store.append(
        "chat", messages("DELETED", "REWRITTEN", "ARCHIVED", "alive", "y" * 9000 + "LONG", "POPPED")
    )
    await store.append("other", messages("CLEARED"))
    await store.pop("chat")
    await store.clear("other")
    await store.archive("chat", [keys[2]], reason="old")
    await store.edit(
        "chat",
        Edit(
            delete=[keys[0], keys[4]],
            rewrite={keys[1]: messages("new text")[0], keys[2]: messages("archived anew")[0]},
        ),
    )


WORDS = ("DELETED", "REWRITTEN", "ARCHIVED", "POPPED", "CLEARED", "LONG")
KEPT = ("alive", "new text", "archived anew", "filler 199")


async def test_deleted_text_is_in_no_byte_of_the_files(path: Path) -> None:
    store = SQLiteStore(path)
    await secrets(store)
    assert found(path, *WORDS) == set(WORDS), "there is something to scrub"
    before = await store.rows("chat"), await store.archived("chat")
    assert await store.scrub("chat") == []
    assert found(path, *WORDS, *KEPT) == set(KEPT)
    assert (await store.rows("chat"), await store.archived("chat")) == before
    await store.close()
    assert found(path, *WORDS, *KEPT) == set(KEPT)
    assert is_whole(path)


async def test_ids_go_on_where_they_were_after_scrubbing(path: Path) -> None:
    store = SQLiteStore(path)
    keys = await store.append("chat", messages("a", "b"))
    await store.pop("chat")
    await store.scrub("chat")
    assert (await store.append("chat", messages("c")))[0] not in keys
    await store.close()


async def test_others_write_and_read_meanwhile(path: Path) -> None:
    store = SQLiteStore(path)
    await secrets(store)

    async def writes(name: str) -> None:
        for number in range(10):
            await store.append(name, messages(number))
            assert len(await store.read(name)) == number + 1

    scrubbing = [store.scrub("chat"), store.scrub("chat")]
    results = await asyncio.gather(*scrubbing, *(writes(f"s{number}") for number in range(4)))
    assert results[:2] == [[], []]
    assert not found(path, *WORDS)
    await store.close()


async def test_where_there_is_no_file_there_is_nothing_to_scrub(path: Path) -> None:
    assert await SQLiteStore(path).scrub("chat") == []
    assert not path.exists()
    memory = SQLiteStore(None)
    await memory.append("chat", messages("a"))
    assert await memory.scrub("chat") == []
    assert contents(await memory.read("chat")) == ["a"]
    await memory.close()


READING = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("BEGIN")
db.execute("SELECT count(*) FROM agent_messages").fetchone()
print("reading", flush=True)
sys.stdin.readline()
db.execute("COMMIT")
print("idle", flush=True)
sys.stdin.readline()
db.close()
"""


async def test_a_program_that_reads_the_file_is_waited_for_and_then_named(path: Path) -> None:
    store = SQLiteStore(path, timeout=0.4)
    await secrets(store)
    reader = start(READING, path, folder=path.parent)
    assert line(reader) == "reading"
    began = time.monotonic()
    (sentence,) = await store.scrub("chat")
    assert 0.3 < time.monotonic() - began < 5
    assert f"{path}-wal may still hold deleted text" in sentence
    assert "REWRITTEN" not in sentence
    await store.append("chat", messages("goes on"))
    assert reader.stdin is not None
    reader.stdin.write("\n")
    reader.stdin.flush()
    assert line(reader) == "idle"
    # A program that merely has it open is not in the way.
    assert await store.scrub("chat") == []
    assert not found(path, *WORDS)
    assert found(path, *KEPT) == set(KEPT)
    finish(reader)
    await store.close()


async def test_a_reader_that_ends_in_time_is_not_named(path: Path) -> None:
    store = SQLiteStore(path, timeout=20)
    await secrets(store)
    reader = start(READING, path, folder=path.parent)
    assert line(reader) == "reading"
    scrubbing = asyncio.create_task(store.scrub("chat"))
    await asyncio.sleep(0.3)
    assert not scrubbing.done()
    finish(reader, answer="\n\n")
    assert await scrubbing == []
    assert not found(path, *WORDS)
    await store.close()


async def test_a_program_that_writes_to_the_file_is_named(path: Path) -> None:
    store = SQLiteStore(path, timeout=0.3)
    await secrets(store)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        (sentence,) = await store.scrub("chat")
        assert "another program is writing to it" in sentence
        other.execute("ROLLBACK")
    assert await store.scrub("chat") == []
    assert not found(path, *WORDS)
    await store.close()


KILLED = """
import asyncio, os, signal, sys
from workbench.stores.sqlite import SQLiteStore
from workbench.stores.sqlite import scrub as sqlite_scrub

def killed(db):
    os.kill(os.getpid(), signal.SIGKILL)

async def main():
    store = SQLiteStore(sys.argv[1])
    if sys.argv[2] == "before the checkpoint":
        sqlite_scrub._emptied_the_log = killed
    else:
        await store.append("chat", [{"role": "user", "content": "one more"}])
        loop = asyncio.get_running_loop()
        loop.call_later(float(sys.argv[2]), killed, None)
    await store.scrub("chat")
    await asyncio.sleep(10)

asyncio.run(main())
"""


@pytest.mark.parametrize("when", ["before the checkpoint", "0.0", "0.002", "0.005"])
async def test_a_killed_scrubbing_loses_nothing_and_can_be_done_again(
    path: Path, when: str
) -> None:
    store = SQLiteStore(path)
    await secrets(store)
    before = await store.read("chat")
    await store.close()
    finish(start(KILLED, path, when, folder=path.parent), code=-9)
    assert (await store.read("chat"))[: len(before)] == before
    assert await store.scrub("chat") == []
    assert not found(path, *WORDS)
    await store.close()
    assert is_whole(path)
    assert sql(path, "SELECT count(*) FROM workbench_archive") == [(1,)]
