"""The queue of a connection: shared commits, one at fault alone, an answer for everybody."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest

from tests.stores.files import contents, messages, sql
from workbench.errors import InvalidItem
from workbench.stores.sqlite import SQLiteStore, layout
from workbench.stores.sqlite.desk import Work
from workbench.stores.sqlite.file import SQLiteFile
from workbench.stores.sqlite.open import Place

ADD = "INSERT INTO agent_messages (session_id, message_data) VALUES (?, ?)"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chats.db"


@pytest.mark.parametrize("sessions", [1, 16, 64])
async def test_sessions_that_write_at_once_share_commits(path: Path, sessions: int) -> None:
    store = SQLiteStore(path)
    await store.append("warm", messages("up"))
    before = store.file.commits

    async def turns(name: str) -> None:
        for number in range(5):
            await store.append(name, messages(number))

    await asyncio.gather(*(turns(f"s{number}") for number in range(sessions)))
    used = store.file.commits - before
    assert used == 5 if sessions == 1 else 5 <= used <= 0.2 * 5 * sessions
    await store.close()


async def test_a_work_that_fails_takes_no_other_along(path: Path) -> None:
    file = SQLiteFile(Place(path, layout.prepare))

    def insert(number: int) -> Work[int]:
        def work(db: sqlite3.Connection) -> int:
            db.execute(ADD, (f"s{number}", "{}"))
            if number % 3 == 0:
                raise ZeroDivisionError(number)
            return number

        return work

    outcomes = await asyncio.gather(
        *(file.write(insert(number)) for number in range(9)), return_exceptions=True
    )
    await file.close()
    for number, outcome in enumerate(outcomes):
        assert isinstance(outcome, int if number % 3 else ZeroDivisionError)
    kept = [name for (name,) in sql(path, "SELECT session_id FROM agent_messages ORDER BY 1")]
    assert kept == [f"s{number}" for number in range(9) if number % 3]


async def test_a_bad_item_fails_before_anything_is_queued(path: Path) -> None:
    store = SQLiteStore(path)
    good = [store.append(f"s{number}", messages(number)) for number in range(5)]
    outcomes = await asyncio.gather(
        *good, store.append("bad", [{"x": object()}]), return_exceptions=True
    )
    assert [type(each) for each in outcomes] == [list] * 5 + [InvalidItem]
    assert [info.n_items for info in await store.list_sessions()] == [1] * 5
    await store.close()


async def test_a_failing_read_takes_no_other_read_along(path: Path) -> None:
    store = SQLiteStore(path)
    for name in ("good", "bad"):
        await store.append(name, messages("a", "b"))
    sql(path, "UPDATE agent_messages SET message_data = '{' WHERE session_id = 'bad'")
    outcomes = await asyncio.gather(
        *(store.read(name) for name in ("good", "bad") * 5), return_exceptions=True
    )
    assert [contents(each) if isinstance(each, list) else None for each in outcomes] == [
        ["a", "b"],
        None,
    ] * 5
    await store.close()


def test_work_that_exits_ends_its_caller_and_not_the_store(path: Path) -> None:
    file = SQLiteFile(Place(path, layout.prepare))

    def leave(_db: sqlite3.Connection) -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        asyncio.run(file.write(leave))
    assert asyncio.run(file.write(lambda db: db.execute(ADD, ("chat", "{}")).rowcount)) == 1
    asyncio.run(file.close())


async def test_work_that_closes_the_transaction_itself_is_still_answered(path: Path) -> None:
    file = SQLiteFile(Place(path, layout.prepare))

    def end(db: sqlite3.Connection) -> None:
        db.execute("ROLLBACK")

    with pytest.raises(Exception, match="no transaction"):
        await asyncio.wait_for(file.write(end), 10)
    await file.write(lambda db: db.execute(ADD, ("chat", "{}")).rowcount)
    await file.close()
    assert sql(path, "SELECT count(*) FROM agent_messages") == [(1,)]


async def test_when_no_thread_can_be_started_the_write_is_done_all_the_same(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = SQLiteFile(Place(path, layout.prepare)), SQLiteFile(Place(path, layout.prepare))
    for file in (first, second):
        await file.write(lambda db: db.total_changes)
    started, go_on = threading.Event(), threading.Event()

    def hold(_db: sqlite3.Connection) -> None:
        started.set()
        go_on.wait(10)

    holding = asyncio.create_task(first.write(hold))
    await asyncio.to_thread(started.wait)

    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        waiting = asyncio.create_task(second.write(lambda db: db.total_changes))
        await asyncio.sleep(0.05)
        go_on.set()
        assert await asyncio.wait_for(waiting, 10) >= 0
    await holding
    await first.close()
    await second.close()


def test_a_loop_that_was_closed_before_the_answer_leaves_the_desk_at_work(path: Path) -> None:
    file = SQLiteFile(Place(path, layout.prepare))
    asyncio.run(file.write(lambda db: db.total_changes))
    started, go_on = threading.Event(), threading.Event()

    def hold(db: sqlite3.Connection) -> int:
        started.set()
        go_on.wait(10)
        return db.execute(ADD, ("chat", "{}")).rowcount

    left = asyncio.new_event_loop()
    writing = left.create_task(file.write(hold))
    left.run_until_complete(asyncio.to_thread(started.wait))
    left.run_until_complete(left.shutdown_default_executor())
    left.close()
    go_on.set()
    assert asyncio.run(file.write(lambda db: db.execute(ADD, ("chat", "{}")).rowcount)) == 1
    assert file.commits == 3  # all by one connection
    asyncio.run(file.close())
    assert sql(path, "SELECT count(*) FROM agent_messages") == [(2,)]
    writing._log_destroy_pending = False  # type: ignore[attr-defined]  # abandoned on purpose


async def test_a_long_read_does_not_hold_up_the_loop(path: Path) -> None:
    store = SQLiteStore(path)
    await store.append("long", messages(*range(20_000)))
    gaps, done = [0.0], asyncio.Event()
    loop = asyncio.get_running_loop()

    async def tick() -> None:
        last = loop.time()
        while not done.is_set():
            await asyncio.sleep(0)
            gaps.append(loop.time() - last)
            last = loop.time()

    ticking = asyncio.create_task(tick())
    assert len(await store.read("long")) == 20_000
    done.set()
    await ticking
    assert len(gaps) > 10  # the loop had its turns while the history was read
    await store.close()


async def test_writes_go_on_while_a_long_history_is_read(path: Path) -> None:
    store = SQLiteStore(path)
    await store.append("long", messages(*range(20_000)))
    reading = asyncio.create_task(store.read("long"))
    await asyncio.sleep(0)
    await store.append("long", messages("new"))
    assert len(await reading) in (20_000, 20_001)
    assert len(await store.read("long")) == 20_001
    await store.close()


async def test_work_outside_a_transaction_goes_behind_its_batch_and_fails_alone(
    path: Path,
) -> None:
    file = SQLiteFile(Place(path, layout.prepare))

    def count(db: sqlite3.Connection) -> int:
        assert not db.in_transaction
        return int(db.execute("SELECT count(*) FROM agent_messages").fetchone()[0])

    def fail(db: sqlite3.Connection) -> None:
        raise ZeroDivisionError

    async def add(number: int) -> None:
        await file.write(lambda db: db.execute(ADD, (f"s{number}", "{}")))

    await add(5)  # from then on it is open, and what comes in one tick is one batch
    failed, counted, *_added = await asyncio.gather(
        file.maintain(fail), file.maintain(count), *map(add, range(5)), return_exceptions=True
    )
    assert isinstance(failed, ZeroDivisionError)
    assert counted == 6
    await file.close()
