"""Files and folders that a user may not read, write or enter.

The steps run in a process that gives up root's rights first, since root may do everything.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.script import Program, finish, line, start
from tests.stores.files import messages, sql
from workbench.stores.sqlite import SQLiteStore

AS_NOBODY = """
    import asyncio, os, sys
    import encodings.idna, concurrent.futures.thread, tempfile, workbench.loop, aiosqlite
    from workbench.errors import *
    from workbench.stores.sqlite import SQLiteStore
    from workbench.stores.memory import MemoryStore

    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)

    async def raised(work):
        try:
            await work
        except Exception as exc:
            return f"{type(exc).__name__}: {exc}"
        return "nothing"

    def message(text):
        return [{"role": "user", "content": text}]

    async def main():
        store = SQLiteStore(sys.argv[1], private="private" in sys.argv)
%s
        await store.close()

    asyncio.run(main())
"""


def start_as_nobody(steps: str, *arguments: object, folder: Path) -> Program:
    """Run ``steps`` in the coroutine above without any special right."""
    indented = "\n".join(" " * 8 + step.strip() for step in steps.strip().splitlines())
    return start(AS_NOBODY % indented, *arguments, folder=folder)


def as_nobody(steps: str, *arguments: object, folder: Path) -> list[str]:
    """As `start_as_nobody`, to the end; the lines it printed."""
    return finish(start_as_nobody(steps, *arguments, folder=folder)).splitlines()


@pytest.fixture
def common() -> Iterator[Path]:
    """A folder that every user may enter: pytest's own ones are for their owner only."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def locked_up(common: Path) -> Iterator[Path]:
    """A filled file that may be read only, in a folder that may be read only."""
    path = common / "data" / "chats.db"

    async def fill() -> None:
        store = SQLiteStore(path)
        await store.append("chat", messages("a", "b"))
        await store.close()

    asyncio.run(fill())
    path.chmod(0o444)
    path.parent.chmod(0o555)
    yield path
    path.parent.chmod(0o755)


def test_a_file_without_leave_to_write_is_read_and_says_no_to_writing(locked_up: Path) -> None:
    lines = as_nobody(
        """
        print(len(await store.read("chat")), len(await store.rows("chat", 1)))
        print(await raised(store.append("chat", message("c"))))
        print(await raised(store.pop("chat")))
        print(len(await store.read("chat")))
        """,
        locked_up,
        folder=locked_up.parents[1],
    )
    assert lines[0] == "2 1"
    for said in lines[1:3]:
        assert said.startswith("StoreReadOnly: ")
        assert "chats.db can't be written to: permission is missing" in said
    assert lines[3] == "2"


def test_a_reader_without_leave_to_write_sees_what_others_write(locked_up: Path) -> None:
    process = start_as_nobody(
        """
        print(len(await store.read("chat")), flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        print(len(await store.read("chat")), flush=True)
        """,
        locked_up,
        folder=locked_up.parents[1],
    )
    assert line(process) == "2"
    locked_up.chmod(0o644)
    locked_up.parent.chmod(0o755)

    async def write() -> None:
        writer = SQLiteStore(locked_up)
        await writer.append("chat", messages("c"))
        await writer.close()

    asyncio.run(write())
    assert finish(process, answer="go\n") == "3\n"


def test_a_folder_that_may_not_be_entered_is_named(common: Path) -> None:
    folder = common / "closed"
    folder.mkdir()
    sql(folder / "chats.db", "CREATE TABLE other (x)")
    folder.chmod(0o600)
    lines = as_nobody(
        """
        print(await raised(store.read("chat")))
        print(await raised(store.append("chat", message("c"))))
        print(await raised(store.clear("chat")))
        """,
        folder / "chats.db",
        folder=common,
    )
    for said in lines:
        assert said.startswith("StoreUnusable: ")
        assert "closed/chats.db can't be reached: Permission denied" in said


@pytest.mark.parametrize("private", ["private", "shared"])
def test_a_folder_that_may_not_be_written_to_is_named(common: Path, private: str) -> None:
    folder = common / "foreign"
    folder.mkdir(mode=0o755)
    folder.chmod(0o555)
    for name in ("chats.db", "new/folder/chats.db"):
        (said,) = as_nobody(
            'print(await raised(store.append("chat", message("c"))))',
            *(folder / name, private),
            folder=common,
        )
        assert said.startswith("StoreUnusable: ")
        assert name in said
        assert "permission" in said


def test_a_private_file_is_for_its_owner_only_and_others_for_all(tmp_path: Path) -> None:
    os.umask(mask := os.umask(0))
    for name, private in (("private.db", True), ("shared.db", False)):
        store = SQLiteStore(tmp_path / name / name, private=private)
        asyncio.run(store.append("chat", messages("a")))
        mode = (tmp_path / name / name).stat().st_mode & 0o777
        assert mode == (0o600 if private else 0o644 & ~mask)
        log = (tmp_path / name / f"{name}-wal").stat().st_mode & 0o777
        assert log == mode
        assert ((tmp_path / name).stat().st_mode & 0o077 == 0) is private
        asyncio.run(store.close())
