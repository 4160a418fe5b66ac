"""A kill between any two steps of an edit: nothing lost, nothing twice, at the next use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.script import start
from tests.sessions.four_methods import FileSession
from tests.stores.files import sql
from workbench.places import companion_file
from workbench.protocols import ArchivedItem, Edit, StoredItem
from workbench.sessions.adopted import AdoptedSession
from workbench.testing.data import message, texts

KILLED = """
import asyncio, os, pathlib, signal, sys
from tests.sessions.four_methods import FileSession
from workbench.protocols import Edit
from workbench.sessions.adopted import AdoptedSession
from workbench.sessions.adopted.inner import Inner
from workbench.sessions.adopted.ledger import Ledger

what, left = sys.argv[2], int(sys.argv[3])
Inner.popped = int(sys.argv[4])

def step(*_):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)

def stepping(kind, name):
    original = getattr(kind, name)
    async def method(self, *arguments, **options):
        step()
        result = await original(self, *arguments, **options)
        step()
        return result
    setattr(kind, name, method)

for name in ("pop_item", "clear_session"):
    stepping(FileSession, name)
stepping(Ledger, "save")
FileSession.step = step

async def main(folder):
    session = AdoptedSession(FileSession("chat", pathlib.Path(folder)))
    if what == "look":
        await session.get_items()
    else:
        rows = await session.rows()
        keys = {row.item["content"]: row.key for row in rows}
        change = {
            "compact": Edit(
                archive=[keys[n] for n in "abcd"], reason="old", before=keys["e"],
                insert=[{"role": "user", "content": "S"}], turn_id="compaction",
                rewrite={keys["f"]: {"role": "user", "content": "F"}},
            ),
            "tail": Edit(archive=[keys["g"], keys["h"]], reason="failed turn"),
            "append": Edit(
                insert=[{"role": "user", "content": t} for t in "ijk"], turn_id="t2"
            ),
        }[what]
        assert await session.edit(change) is not None
    print("done", flush=True)
    await session.close()

asyncio.run(main(sys.argv[1]))
"""

OUTCOMES = {
    "compact": {("abcdefgh", ""), ("SeFgh", "abcd")},
    "tail": {("abcdefgh", ""), ("abcdef", "gh")},
    "append": {("abcdefgh", ""), ("abcdefghijk", "")},
}


async def state(folder: Path) -> tuple[str, str]:
    """The letters of the conversation and of the archive; every label must be right."""
    session = AdoptedSession(FileSession("chat", folder))
    live = "".join(texts(await session.get_items()))
    rows = await session.rows()
    assert "".join(texts([row.item for row in rows])) == live
    archived = await session.archived()
    turns = {"S": "compaction", "i": "t2", "j": "t2", "k": "t2"}
    labelled: list[StoredItem | ArchivedItem] = [*rows, *archived]
    for each in labelled:
        assert each.turn_id == turns.get(each.item["content"], "t1")
    # All of it can be brought back, each item once and in its place.
    await session.restore([each.key for each in archived])
    everything = "".join(texts(await session.get_items())).lower().replace("s", "")
    assert "abcdefghijk".startswith(everything)
    assert len(everything) >= 8
    await session.close()
    return live, "".join(texts([each.item for each in archived]))


async def begun(folder: Path) -> None:
    session = AdoptedSession(FileSession("chat", folder))
    await session.append([message(letter) for letter in "abcdefgh"], turn_id="t1")
    await session.close()


def kill(folder: Path, home: Path, what: str, at: int, *, popped: int = 0) -> bool:
    """Run the program to be killed at its step ``at``; whether it got there.

    ``popped``: how many items it takes away one by one rather than clearing the session.
    """
    env = {"WORKBENCH_HOME": str(home)}
    process = start(KILLED, folder, what, at, popped, folder=folder, env=env)
    output, errors = process.communicate(timeout=60)
    assert process.returncode in (0, -9), errors
    assert process.returncode == -9 or output == "done\n"
    return process.returncode == -9


@pytest.mark.parametrize(
    ("what", "popped"), [("compact", 0), ("compact", 16), ("tail", 2), ("append", 0)]
)
async def test_a_kill_at_any_step_leaves_all_of_an_edit_or_nothing(
    tmp_path: Path, workbench_home: Path, what: str, popped: int
) -> None:
    seen, at, killed = set(), 0, True
    while killed:
        at += 1
        (folder := tmp_path / f"{what}{at}").mkdir()
        await begun(folder)
        killed = kill(folder, workbench_home, what, at, popped=popped)
        found = await state(folder)
        if what == "append" and found not in OUTCOMES[what]:
            # The session itself adds one after the other; what it has is labelled all the same.
            assert ("abcdefghijk".startswith(found[0]), found[1]) == (True, "")
            continue
        assert found in OUTCOMES[what], f"killed at step {at}"
        seen.add(found)
    assert seen == OUTCOMES[what]
    assert at > 4, "there were steps to be killed at"


async def test_a_kill_while_an_edit_is_put_back_changes_nothing(
    tmp_path: Path, workbench_home: Path
) -> None:
    at, killed = 0, True
    while killed:
        at += 1
        (folder := tmp_path / f"again{at}").mkdir()
        await begun(folder)
        assert kill(folder, workbench_home, "compact", 6), "in the middle of the adding"
        torn = texts(await FileSession("chat", folder).get_items())
        assert torn not in (list("abcdefgh"), list("SeFgh"))
        killed = kill(folder, workbench_home, "look", at)
        assert await state(folder) == ("abcdefgh", "")
    assert at > 8, "there were steps to be killed at"


async def test_what_others_append_after_a_kill_is_kept(
    tmp_path: Path, workbench_home: Path
) -> None:
    for at in range(1, 12):
        (folder := tmp_path / f"others{at}").mkdir()
        await begun(folder)
        assert kill(folder, workbench_home, "compact", at)
        await FileSession("chat", folder).add_items([message("x"), message("y")])
        session = AdoptedSession(FileSession("chat", folder))
        found = "".join(texts(await session.get_items()))
        assert found in ("abcdefghxy", "SeFghxy")
        rows = await session.rows()
        assert [row.turn_id for row in rows[-2:]] == [None, None]
        await session.close()


async def test_nothing_of_the_journal_stays_in_the_file_when_it_is_scrubbed(
    tmp_path: Path,
) -> None:
    session: Any = AdoptedSession(FileSession("chat", tmp_path))
    keys = await session.append([message("VERYSECRET")] * 20, turn_id="t1")
    await session.edit(Edit(rewrite=dict.fromkeys(keys, message("sealed"))))
    (left,) = await session.scrub()
    assert "FileSession can't overwrite what it deleted" in left
    await session.close()
    files = companion_file().parent.glob("companions.db*")
    assert b"VERYSECRET" not in b"".join(file.read_bytes() for file in files)
    assert sql(companion_file(), "SELECT count(*) FROM adopted_journal") == [(0,)]
