"""What others do with an adopted session meanwhile costs no item and no label."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from agents.memory import SessionSettings
from agents.memory import SQLiteSession as SDKSession

from tests.script import finish, line, start
from tests.sessions.adopted.sessions import labelled, letters, said
from tests.sessions.four_methods import FileSession, ListSession, ServiceSession
from workbench.sessions.adopted import AdoptedSession
from workbench.testing.data import message, texts


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


class Racing(ListSession):
    """Somebody else appends right before and right behind what it is given."""

    async def add_items(self, items: list[Any]) -> None:
        await super().add_items([message("before"), *items, message("behind")])


class RacingService(Racing, ServiceSession):
    """As a service that gives ids."""


@pytest.mark.parametrize("kind", [Racing, RacingService])
async def test_what_is_appended_around_a_turn_is_not_part_of_it(kind: type[ListSession]) -> None:
    session = AdoptedSession(kind(kind.__name__))
    await session.append([message("mine")], turn_id="1")
    await session.append([message("mine too")], turn_id="2")
    for text, turn_id in await labelled(session):
        own = {"mine": ("1", None), "mine too": ("2", None)}.get(text, (None,))
        assert turn_id in own
        if kind is Racing:
            assert turn_id == own[0]
    await session.close()


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
