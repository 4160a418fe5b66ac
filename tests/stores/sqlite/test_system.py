"""What the system refuses: a full disk, a limit on file sizes, a lock. Each is really refused."""

from __future__ import annotations

import asyncio
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.script import Program, finish, line, run_script, start
from tests.stores.files import contents, is_whole, messages, sql
from workbench.errors import StoreFull, StoreLocked
from workbench.stores import open_store
from workbench.stores.sqlite import SQLiteStore

LIMITED = """
    import asyncio, resource, sys
    from pathlib import Path
    from workbench.errors import StoreError
    from workbench.stores.sqlite import SQLiteStore

    def batch(number):
        return [{"role": "user", "content": f"{number}:{part} " + "x" * 3000} for part in range(3)]

    async def main():
        store = SQLiteStore(sys.argv[1])
        await store.append("chat", batch(0))
        unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, unlimited[1]))
        written = 1
        try:
            for number in range(1, 500):
                await store.append("chat", batch(number))
                written += 1
        except StoreError as exc:
            assert "chats.db" in str(exc) and "Nothing of this was written" in str(exc), exc
        assert 1 < written < 499, written
        assert len(await store.read("chat")) == 3 * written
        for _ in range(3):
            try:
                await store.append("chat", batch(-1))
            except StoreError:
                pass
        resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
        assert len(await store.read("chat")) == 3 * written
        await store.append("chat", batch(1000))
        items = await store.read("chat")
        assert len(items) == 3 * written + 3
        assert items[-1]["content"].startswith("1000:2 ")
        await store.close()

    asyncio.run(main())
"""


def test_a_limit_on_file_sizes_loses_nothing_and_passes(tmp_path: Path) -> None:
    run_script(LIMITED, "chats.db", folder=tmp_path)
    assert is_whole(tmp_path / "chats.db")


def mount(folder: Path) -> None:
    """A disk of one megabyte at ``folder``."""
    disk = ("-t", "tmpfs", "-o", "size=1m", "none")
    subprocess.run(["mount", *disk, folder], check=True, capture_output=True)


def unmount(folder: Path) -> None:
    subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of one megabyte."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount(folder)
    yield folder
    unmount(folder)


async def fill(store: SQLiteStore) -> int:
    """Append until the disk is full; the number of batches that were written."""
    for number in range(1000):
        batch = messages(*[f"{number} " + "x" * 5000] * 3)
        (outcome,) = await asyncio.gather(store.append("chat", batch), return_exceptions=True)
        if not isinstance(outcome, list):
            with pytest.raises(StoreFull, match=r"chats\.db can't grow.*make room"):
                raise outcome
            return number
    pytest.fail("the disk never got full")


def may_mount() -> bool:
    """Whether this process may mount a disk; the limit above is what others can have."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            mount(Path(folder))
        except (OSError, subprocess.CalledProcessError):
            return False
        unmount(Path(folder))
        return True


if may_mount():

    async def test_a_full_disk_loses_nothing_and_goes_on_when_there_is_room(
        small_disk: Path,
    ) -> None:
        ballast = small_disk / "ballast"
        ballast.write_bytes(b"\0" * 300_000)
        store = SQLiteStore(small_disk / "chats.db")
        written = await fill(store)
        assert written > 5
        assert len(await store.read("chat")) == 3 * written
        with pytest.raises(StoreFull):
            await store.append("other", messages(*["x" * 50_000] * 3))
        ballast.unlink()
        await store.append("chat", messages("after"))
        items = await store.read("chat")
        assert len(items) == 3 * written + 1
        assert items[-1] == messages("after")[0]
        await store.close()
        assert is_whole(small_disk / "chats.db")

    async def test_on_a_full_disk_only_the_large_batch_of_many_fails(small_disk: Path) -> None:
        store = SQLiteStore(small_disk / "chats.db")
        await store.append("chat", messages("first"))
        outcomes = await asyncio.gather(
            *(store.append(f"s{number}", messages("small")) for number in range(5)),
            store.append("large", messages("x" * 2_000_000)),
            *(store.append(f"s{number}", messages("small")) for number in range(5, 10)),
            return_exceptions=True,
        )
        assert [type(each) for each in outcomes] == [list] * 5 + [StoreFull] + [list] * 5
        assert await store.read("large") == []
        for number in range(10):
            assert contents(await store.read(f"s{number}")) == ["small"]
        await store.close()


# Locks

HOLDER = """
    import sqlite3, sys
    db = sqlite3.connect(sys.argv[1], isolation_level=None)
    db.execute("BEGIN EXCLUSIVE")
    print("held", flush=True)
    sys.stdin.readline()
    db.execute("COMMIT")
    db.close()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chats.db"


def hold(path: Path) -> Program:
    """Another program that holds the file's write lock until it is let go."""
    process = start(HOLDER, path, folder=path.parent)
    assert line(process) == "held"
    return process


async def test_a_locked_file_says_so_within_the_timeout_and_then_works(path: Path) -> None:
    store = open_store(f"sqlite:///{path}?timeout=0.3")
    await store.append("chat", messages("a"))
    holder = hold(path)
    begun = time.monotonic()
    with pytest.raises(StoreLocked, match=r"chats\.db is locked.*timeout=SECONDS"):
        await store.append("chat", messages("b"))
    assert 0.2 < time.monotonic() - begun < 3
    assert contents(await store.read("chat")) == ["a"]  # readers don't wait for a writer
    finish(holder, answer="go\n")
    await store.append("chat", messages("c"))
    assert contents(await store.read("chat")) == ["a", "c"]
    await store.close()


async def test_the_first_write_to_a_locked_file_says_so_too(path: Path) -> None:
    sql(path, "CREATE TABLE other (x)")
    holder = hold(path)
    store = SQLiteStore(path, timeout=0.2)
    with pytest.raises(StoreLocked, match=r"chats\.db is locked"):
        await store.append("chat", messages("a"))
    finish(holder, answer="go\n")
    await store.append("chat", messages("b"))
    assert contents(await store.read("chat")) == ["b"]
    await store.close()


async def test_a_write_waits_for_a_lock_that_is_let_go(path: Path) -> None:
    store = SQLiteStore(path, timeout=20)
    await store.append("chat", messages("a"))
    holder = hold(path)
    write = asyncio.create_task(store.append("chat", messages("b")))
    await asyncio.sleep(0.2)
    assert not write.done()
    await asyncio.to_thread(finish, holder, answer="go\n")
    await write
    assert contents(await store.read("chat")) == ["a", "b"]
    await store.close()


async def test_a_cancelled_write_that_still_waits_in_line_is_not_written(path: Path) -> None:
    store = SQLiteStore(path, timeout=1)
    await store.append("chat", messages("a"))
    holder = hold(path)
    first = asyncio.create_task(store.append("chat", messages("b")))
    await asyncio.sleep(0.1)  # the first now waits for the lock, and the next ones behind it
    second = asyncio.create_task(store.append("chat", messages("c")))
    await asyncio.sleep(0.01)
    begun = time.monotonic()
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    assert time.monotonic() - begun < 0.5
    await asyncio.to_thread(finish, holder, answer="go\n")
    await first
    assert contents(await store.read("chat")) == ["a", "b"]
    await store.close()
