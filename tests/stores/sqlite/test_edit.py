"""Editing a conversation in a file: from several processes, through a kill, among foreign rows."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from agents.memory import SQLiteSession as SDKSession

from tests.script import finish, line, start
from tests.stores.files import contents, is_whole, messages, sql
from workbench.protocols import ArchivedItem, Edit, StoredItem
from workbench.stores.sqlite import SQLiteStore
from workbench.testing.data import message


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chats.db"


async def test_the_sdk_reads_an_edited_conversation(path: Path) -> None:
    store = SQLiteStore(path)
    a, _b, c = await store.append("chat", messages("a", "b", "c"), turn_id="t1")
    await store.edit("chat", Edit(archive=[a], insert=messages("x"), before=c))
    await store.close()
    theirs = SDKSession("chat", path)
    assert contents(await theirs.get_items()) == ["b", "x", "c"]
    await theirs.add_items(messages("d"))
    assert contents(await theirs.get_items(limit=2)) == ["c", "d"]
    theirs.close()
    assert contents(await store.read("chat")) == ["b", "x", "c", "d"]
    await store.close()


async def test_an_edit_that_does_not_apply_makes_no_file(path: Path) -> None:
    store = SQLiteStore(path)
    for change in (Edit(delete=[1]), Edit(insert=messages("x"), before=1), Edit(newest=3)):
        assert await store.edit("chat", change) is None
    assert await store.edit("chat", Edit()) == []
    assert not path.exists()
    assert len(await store.edit("chat", Edit(insert=messages("x"), newest=None)) or []) == 1
    await store.close()


@pytest.mark.parametrize("key", [0, -1, 2**63, 10**30, "1", "a"])
async def test_a_key_that_no_row_can_have_is_a_condition_that_fails(
    path: Path, key: int | str
) -> None:
    store = SQLiteStore(path)
    await store.append("chat", messages("a"))
    for change in (
        Edit(delete=[key]),
        Edit(restore=[key]),
        Edit(rewrite={key: message("r")}),
        Edit(insert=messages("x"), before=key),
        Edit(insert=messages("x"), newest=key),
    ):
        assert await store.edit("chat", change) is None
    assert await store.restore("chat", [key]) == await store.archive("chat", [key], reason="r") == 0
    assert contents(await store.read("chat")) == ["a"]
    await store.close()


async def test_a_damaged_item_can_be_rewritten_and_moved_around(path: Path) -> None:
    store = SQLiteStore(path)
    _a, b, _c = await store.append("chat", messages("a", "b", "c"))
    sql(path, "UPDATE agent_messages SET message_data = '{' WHERE id = ?", b)
    await store.edit("chat", Edit(insert=messages("x"), before=b))
    moved = [key for (key,) in sql(path, "SELECT id FROM agent_messages ORDER BY id")]
    await store.edit("chat", Edit(rewrite={moved[2]: message("B")}))
    assert contents(await store.read("chat")) == ["a", "x", "B", "c"]
    await store.close()


async def test_ids_grow_by_what_is_written_however_old_the_session_is(path: Path) -> None:
    """Gaps that other sessions left are not carried along: ids would double with each session."""
    store = SQLiteStore(path)
    names = [f"s{number}" for number in range(80)]
    for _ in range(2):
        for name in names:
            await store.append(name, messages("a"))
    for name in names:
        first = (await store.rows(name))[0].key
        await store.edit(name, Edit(insert=messages("x"), before=first))
    await store.close()
    assert sql(path, "SELECT max(id) FROM agent_messages") == [(160 + 3 * 80,)]
    assert sql(path, "SELECT seq FROM sqlite_sequence WHERE name = 'agent_messages'") == [(400,)]


async def test_rewriting_a_long_history_takes_about_as_long_as_appending_it(path: Path) -> None:
    store = SQLiteStore(path)
    began = time.perf_counter()
    keys = await store.append("chat", [message(f"{n:0300}") for n in range(20_000)])
    appended = time.perf_counter() - began
    await store.archive("chat", keys[:10_000], reason="old")
    began = time.perf_counter()
    rewrite = {key: message(f"r{place:0300}") for place, key in enumerate(keys)}
    assert await store.edit("chat", Edit(rewrite=rewrite)) == []
    assert await store.edit("chat", Edit(restore=keys[:10_000])) == []
    # Both are linear in what they touch: 1.5 times an append when measured.
    assert time.perf_counter() - began < 10 * appended + 0.5
    assert contents(await store.read("chat", 2)) == [f"r{n:0300}" for n in (19_998, 19_999)]
    assert len(await store.read("chat")) == 20_000
    await store.close()


EDITING = """
import asyncio, sys
from workbench.protocols import Edit
from workbench.sessions import SQLiteSession

async def main(path, name, rounds):
    async with SQLiteSession("chat", path) as session:
        print("ready", flush=True)
        sys.stdin.readline()
        for number in range(rounds):
            await session.append([{"role": "user", "content": f"{name}:{number}"}], turn_id=name)
            done = None
            while done is None:
                rows = await session.rows()
                change = Edit(
                    archive=[rows[0].key], reason=name, before=rows[1].key,
                    insert=[{"role": "user", "content": f"summary {name}:{number}"}],
                )
                done = await session.edit(change)

asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
"""


async def test_processes_that_edit_at_once_lose_nothing(path: Path) -> None:
    store = SQLiteStore(path)
    await store.append("chat", messages("first", "second"))
    names = ["a", "b", "c"]
    programs = [start(EDITING, path, name, 12, folder=path.parent) for name in names]
    for program in programs:
        assert line(program) == "ready"
    for program in programs:
        assert program.stdin is not None
        program.stdin.write("\n")
        program.stdin.flush()
    for program in programs:
        finish(program)
    live, archived = await store.rows("chat"), await store.archived("chat")
    everything: list[StoredItem | ArchivedItem] = [*live, *archived]
    rounds = [f"{name}:{number}" for name in names for number in range(12)]
    assert sorted(contents([each.item for each in everything])) == sorted(
        ["first", "second", *rounds, *(f"summary {each}" for each in rounds)]
    )
    assert len(archived) == 36
    assert all(
        each.turn_id == each.item["content"][0]
        for each in everything
        if each.item["content"] in rounds
    )
    await store.close()
    assert is_whole(path)


KILLED = """
import asyncio, os, signal, sys
from workbench.protocols import Edit
from workbench.sessions import SQLiteSession
from workbench.stores.sqlite import store as sqlite

original, when, done = sqlite.edit, sys.argv[2], 0

def count(statement):
    global done
    done += 1
    if when in (str(done), statement):
        os.kill(os.getpid(), signal.SIGKILL)

def edit(*arguments):
    arguments[-1].set_trace_callback(count)
    return original(*arguments)

async def main(path):
    sqlite.edit = edit
    session = SQLiteSession("chat", path)
    rows = await session.rows()
    change = Edit(
        archive=[row.key for row in rows[:30]], delete=[rows[30].key],
        rewrite={row.key: {"role": "user", "content": "R"} for row in rows[31:]},
        insert=[{"role": "user", "content": "S"}] * 15, before=rows[40].key,
    )
    await session.edit(change)
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main(sys.argv[1]))
"""


async def test_a_kill_in_the_middle_of_an_edit_leaves_all_of_it_or_nothing(path: Path) -> None:
    store = SQLiteStore(path)
    await store.append("chat", messages(*range(60)), turn_id="t1")
    before = await store.rows("chat")
    for statement in (1, 8, 60, 100, 130, 140, 150, "COMMIT"):
        await store.close()
        finish(start(KILLED, path, statement, folder=path.parent), code=-9)
        assert await store.rows("chat") == before, f"killed at statement {statement}"
        assert await store.archived("chat") == []
    await store.close()
    finish(start(KILLED, path, "afterwards", folder=path.parent), code=-9)
    found = contents(await store.read("chat"))
    assert found == ["R"] * 9 + ["S"] * 15 + ["R"] * 20
    assert len(await store.archived("chat")) == 30
    await store.close()
    assert is_whole(path)
