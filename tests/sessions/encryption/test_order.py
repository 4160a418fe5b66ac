"""Sequence numbers: whatever is inserted, archived, restored, by however many, reads as whole."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.script import finish, line, start
from tests.sessions.encryption.encrypted import KEY, OTHER, letters, said
from workbench.errors import StoreLocked, Unsupported, WrongKey
from workbench.protocols import Edit, Key
from workbench.sessions import EncryptedSession, MemorySession, SQLiteSession
from workbench.sessions.encryption import patience as waiting
from workbench.sessions.encryption.conversion import rekey_session
from workbench.sessions.encryption.numbering import STEP, numbered
from workbench.testing.data import batch, check_batches, message

# Numbers


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(st.none() | st.integers(1, 2_000), max_size=30))
def test_numbers_ascend_whatever_was_given(given: list[int | None]) -> None:
    numbers = numbered(given)
    assert len(numbers) == len(given)
    assert numbers == sorted(set(numbers))
    assert all(number > 0 for number in numbers)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.sets(st.integers(1, 50_000), max_size=20), st.integers(0, 20), st.integers(0, 200))
def test_numbers_that_fit_stay_as_long_as_there_is_room(
    there: set[int], place: int, count: int
) -> None:
    old = sorted(there)
    place = min(place, len(old))
    numbers = numbered([*old[:place], *[None] * count, *old[place:]])
    kept = numbers[:place] + numbers[place + count :]
    room = (old[place] if place < len(old) else 10**9) - (old[place - 1] if place else 0)
    assert (kept == old) == (room > count)
    assert kept[:place] == old[:place]


def test_new_items_follow_in_steps_that_leave_room() -> None:
    assert numbered([None, None]) == [STEP, 2 * STEP]
    assert numbered([7, None]) == [7, 7 + STEP]


# Changes


async def test_a_thousand_items_can_be_put_in_the_same_place() -> None:
    base = MemorySession("demo")
    session = EncryptedSession(base, KEY)
    await session.add_items(letters("az"))
    for number in range(60):
        last = (await session.rows())[-1].key
        await session.edit(Edit(insert=[message(number)], before=last))
    last = (await session.rows())[-1].key
    await session.edit(Edit(insert=[message(number) for number in range(60, 1_000)], before=last))
    found = [item["content"] for item in await session.get_items()]
    assert found == ["a", *map(str, range(1_000)), "z"]
    assert found == [item["content"] for item in await EncryptedSession(base, KEY).get_items()]


async def test_an_item_that_was_archived_before_others_came_is_restored_in_its_place() -> None:
    session = EncryptedSession(MemorySession("demo"), KEY)
    _a, b, c = await session.append(letters("abc"))
    await session.archive([b, c], reason="rewind")
    await session.add_items(letters("def"))
    assert await said(session) == "adef"
    assert await session.restore([c]) == 1
    assert await said(session) == "acdef"
    assert await session.edit(Edit(restore=[b], insert=letters("g"))) is not None
    assert await said(session) == "abcdefg"


class Mirror:
    """The same random changes on an encrypted session and on a plain one."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.base = MemorySession("demo")
        self.sessions: list[Any] = [MemorySession("plain"), EncryptedSession(self.base, KEY)]
        self.number = 0

    async def step(self) -> None:
        name = self.random.choice(
            ["add", "add", "insert", "insert", "archive", "restore", "pop", "edit"]
        )
        rows = len(await self.sessions[0].rows())
        kept = len(await self.sessions[0].archived())
        picks = [self.random.random() for _ in range(6)]
        self.number += 1
        for session in self.sessions:
            live = [row.key for row in await session.rows()]
            old = [each.key for each in await session.archived()]
            assert (len(live), len(old)) == (rows, kept)
            await self._do(session, name, live, old, picks)
        await self.compare()

    async def _do(
        self, session: Any, name: str, live: list[Key], old: list[Key], picks: list[float]
    ) -> None:
        new = [message(f"{self.number}:{part}") for part in range(1 + int(picks[0] * 3))]
        some = [key for key, pick in zip(live[-5:], picks[1:], strict=False) if pick < 0.5]
        back = [key for key, pick in zip(old[-5:], picks[1:], strict=False) if pick < 0.5]
        before = live[int(picks[0] * len(live))] if live else None
        if name == "add":
            await session.append(new)
        elif name == "pop":
            await session.pop_item()
        elif name == "archive":
            await session.archive(some, reason="x")
        elif name == "restore":
            await session.restore(back)
        elif name == "insert":
            assert await session.edit(Edit(insert=new, before=before)) is not None
        else:
            taken = [key for key in some if key != before]
            change = Edit(archive=taken, restore=back, insert=new, before=before)
            assert await session.edit(change) is not None

    async def compare(self) -> None:
        plain, encrypted = self.sessions
        assert await encrypted.get_items() == await plain.get_items()
        assert [each.item for each in await encrypted.archived()] == [
            each.item for each in await plain.archived()
        ]
        assert all(item.keys() == {"wb1"} for item in await self.base.get_items())


@pytest.mark.parametrize("seed", range(12))
async def test_any_changes_end_in_what_a_plain_session_holds(seed: int) -> None:
    mirror = Mirror(seed)
    for _ in range(40):
        await mirror.step()


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 200))
async def test_very_many_changes_end_in_what_a_plain_session_holds(seed: int) -> None:
    mirror = Mirror(seed)
    for _ in range(120):
        await mirror.step()


# Many at once

WRITER = """
    import asyncio, sys
    from workbench.protocols import Edit
    from workbench.sessions import EncryptedSession, SQLiteSession

    async def main(path, name):
        inner = SQLiteSession("chat", path)
        async with EncryptedSession(inner, "your-32-byte-encryption-key-here") as session:
            print("ready", flush=True)
            sys.stdin.readline()
            for number in range(40):
                turn = [{"role": "user", "content": f"{name}:{number}:{part}"} for part in range(2)]
                await session.add_items(turn)
                front = [{"role": "user", "content": f"{name}:{number}:front"}]
                done = None if number % 4 == 3 else []
                while done is None:  # somebody else gave the first item another key
                    key = (await session.rows())[0].key
                    done = await session.edit(Edit(insert=front, before=key))
                if number % 8 == 7:
                    keys = [row.key for row in (await session.rows())[-3:]]
                    moved = await session.archive(keys, reason="rewind")
                    await session.restore(keys)
                await session.get_items()

    asyncio.run(main(*sys.argv[1:]))
"""


async def test_processes_that_write_at_once_never_read_anything_as_tampered(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    processes = [start(WRITER, path, name, folder=tmp_path) for name in "abc"]
    for process in processes:
        assert line(process) == "ready"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        finish(process)
    async with EncryptedSession(SQLiteSession("chat", path), KEY) as session:
        found = Counter(item["content"] for item in await session.get_items())
        found += Counter(each.item["content"] for each in await session.archived())
    turns = {f"{name}:{number}:{part}" for name in "abc" for number in range(40) for part in (0, 1)}
    fronts = {f"{name}:{number}:front" for name in "abc" for number in range(3, 40, 4)}
    assert found == Counter(turns | fronts)


async def test_two_handles_and_a_pop_in_between_go_on(tmp_path: Path) -> None:
    base = MemorySession("demo")
    first, second = EncryptedSession(base, KEY), EncryptedSession(base, KEY)
    await first.add_items(letters("ab"))
    await second.add_items(letters("c"))
    await first.pop_item()
    await second.add_items(letters("d"))
    await first.add_items(letters("e"))
    assert await said(first) == await said(second) == "abde"


async def test_a_handle_with_an_older_key_writes_nothing_once_the_key_is_another() -> None:
    base = MemorySession("demo")
    session = EncryptedSession(base, KEY)
    await session.add_items(letters("ab"))
    await rekey_session(base, KEY, OTHER)
    with pytest.raises(WrongKey):
        await session.add_items(letters("c"))
    assert await said(EncryptedSession(base, OTHER)) == "ab"


async def test_a_change_that_never_applies_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    base = MemorySession("demo")
    session = EncryptedSession(base, KEY)
    a, _b, c = await session.append(letters("abc"))
    await session.archive([c], reason="x")

    async def busy(_change: Edit) -> None:
        """Somebody else is always quicker."""

    monkeypatch.setattr(base, "edit", busy)
    monkeypatch.setattr(waiting, "LONGEST", 0.02)
    change = Edit(insert=letters("x"), before=a)
    for call in (
        session.add_items(letters("d")),
        session.pop_item(),
        session.restore([c]),
        session.edit(change),
    ):
        with pytest.raises(StoreLocked, match="demo"):
            await call
    assert await said(session) == "ab"


# A store of an earlier protocol


class Old(MemorySession):
    """A session whose store can't change its items in one step."""

    async def edit(self, change: Edit) -> list[Key] | None:
        raise Unsupported("this store can't")


async def test_a_base_that_can_not_edit_is_appended_to_and_popped_from() -> None:
    base = Old("demo")
    session = EncryptedSession(base, KEY)
    await session.add_items(letters("ab"))
    keys = await session.append(letters("c"), turn_id="t1")
    assert [row.key for row in await session.rows()][-1:] == keys
    assert await session.pop_item() == letters("c")[0]
    assert await said(session) == "ab"
    assert all(item.keys() == {"wb1"} for item in await base.get_items())
    with pytest.raises(WrongKey):
        await EncryptedSession(base, OTHER).pop_item()
    with pytest.raises(Unsupported):
        await session.edit(Edit(insert=letters("x"), before=(await base.rows())[0].key))
    assert await said(session) == "ab"


async def test_a_long_history_leaves_the_event_loop_to_others() -> None:
    base = MemorySession("demo")
    session = EncryptedSession(base, KEY)
    await session.add_items([each for number in range(700) for each in batch(number)])
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0)

    ticking = asyncio.create_task(tick())
    check_batches(await session.get_items(), range(700))
    ticking.cancel()
    assert ticks >= 4
