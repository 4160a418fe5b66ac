"""What can happen to a conversation between two looks at it, in this process or another.

``python -m tests.frames.changes FILE... NAME...`` makes some of CHANGES, each to the session
``demo`` of one of the files.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.frames.conversations import TALK, record
from tests.script import finish, start
from workbench.frames import history_frame
from workbench.items import user_message
from workbench.protocols import COMPACTION, HIDDEN, ArchivedItem, Edit, StoredItem
from workbench.sessions import StoredSession
from workbench.sessions.encryption.session import EncryptedSession
from workbench.stores.sqlite import SQLiteStore

ROOT = Path(__file__).parents[2]
Change = Callable[[StoredSession], Awaitable[object]]


async def fill(session: StoredSession) -> None:
    """Three recorded turns; an item of the second one is hidden, one of the third cleared."""
    keys = []
    for number in range(3):
        keys += await session.append(TALK, turn_id=f"t{number}")
        await session.save_turn(record(f"t{number}", number))
    await session.archive([keys[8]], reason=HIDDEN)
    await session.archive([keys[14]], reason="cleared")


async def _keys(session: StoredSession) -> list[Any]:
    return [row.key for row in await session.rows()]


async def _compact(session: StoredSession) -> None:
    keys, label = await _keys(session), f"{COMPACTION}c1"
    change = Edit(
        reason=label,
        archive=keys[:4],
        insert=[user_message("a summary")],
        before=keys[4],
        turn_id=label,
    )
    assert await session.edit(change)


async def _undo_compaction(session: StoredSession) -> None:
    await _compact(session)
    summary = (await _keys(session))[0]
    kept = [each.key for each in await session.archived() if each.reason.startswith(COMPACTION)]
    assert await session.edit(Edit(delete=[summary], restore=kept)) is not None


async def _insert(session: StoredSession) -> None:
    keys = await _keys(session)
    assert await session.edit(Edit(insert=[user_message("between")], before=keys[2], turn_id="t0"))


async def _rewrite(session: StoredSession) -> None:
    keys = await _keys(session)
    assert await session.edit(Edit(rewrite={keys[3]: user_message("otherwise")})) is not None


async def _rewrite_archived(session: StoredSession) -> None:
    kept = [each.key for each in await session.archived()]
    items = {key: user_message("otherwise") for key in kept}
    assert await session.edit(Edit(rewrite=items)) is not None


async def _swap(session: StoredSession) -> None:
    """One item leaves for good and another comes back: as many as before."""
    kept = [each.key for each in await session.archived()]
    change = Edit(delete=(await _keys(session))[:1], restore=kept[:1])
    assert await session.edit(change) is not None


async def _encrypt(session: StoredSession) -> None:
    sealed = EncryptedSession(session, "a key of thirty-two characters!!", allow_plain=True)
    rows = {row.key: row.item for row in await sealed.rows()}
    other = StoredSession(SQLiteStore(None), session.session_id)
    await EncryptedSession(other, "a key of thirty-two characters!!").append(list(rows.values()))
    envelopes = [row.item for row in await other.rows()]
    await other.store.close()
    assert await session.edit(Edit(rewrite=dict(zip(rows, envelopes, strict=True)))) is not None


async def _put(session: StoredSession) -> None:
    kept = (await session.archived())[0]
    hidden = replace(kept, reason=HIDDEN, turn_id="t2")
    assert isinstance(hidden, ArchivedItem)
    await session.put([StoredItem(0, TALK[0], None, "t1"), hidden, StoredItem(0, TALK[1])])


async def _swap_turn(session: StoredSession) -> None:
    before = (await session.turns())[1]
    store = session.store
    assert isinstance(store, SQLiteStore)
    assert await store.swap_turn(session.session_id, before, replace(before, agent="Someone else"))


async def _clear_and_fill(session: StoredSession) -> None:
    await session.clear_session()
    for _ in range(16):
        await session.append([user_message("anew")], turn_id="t0")


async def _clear_and_reuse(session: StoredSession) -> None:
    """A turn is recorded, and never gets an item; a later one of its name is not recorded."""
    await session.clear_session()
    await session.save_turn(record("t1", 1, agent="Gone"))
    await history_frame(session)
    await session.clear_session()
    await session.append(TALK, turn_id="t1")


async def _turns_in_no_order(session: StoredSession) -> None:
    for turn_id in ("t2", "t0", "t1"):
        await session.save_turn(record(turn_id, 1, agent=f"again {turn_id}"))


async def _sql(session: StoredSession, statement: str) -> None:
    assert isinstance(session.store, SQLiteStore)
    assert session.store.path is not None
    with closing(sqlite3.connect(session.store.path, isolation_level=None)) as db:
        db.execute(statement)


async def _by_sdk(session: StoredSession, do: Callable[[Any], Awaitable[object]]) -> None:
    from agents.memory import SQLiteSession as SDKSession

    assert isinstance(session.store, SQLiteStore)
    assert session.store.path is not None
    theirs = SDKSession("demo", session.store.path)
    await do(theirs)
    theirs.close()


CHANGES: dict[str, Change] = {
    "nothing": lambda _session: asyncio.sleep(0),
    "more items": lambda session: session.append(TALK, turn_id="t2"),
    "a turn goes on": lambda session: session.append(TALK[:1], turn_id="t0"),
    "pop": lambda session: session.pop_item(),
    "clear": lambda session: session.clear_session(),
    "clear and fill": _clear_and_fill,
    "compaction": _compact,
    "undone compaction": _undo_compaction,
    "an item between": _insert,
    "an item rewritten": _rewrite,
    "archived items rewritten": _rewrite_archived,
    "as many as before": _swap,
    "encryption": _encrypt,
    "import": _put,
    "a turn replaced": lambda session: session.save_turn(record("t1", 1, agent="Bo")),
    "a turn recorded later": lambda session: session.save_turn(record(f"{COMPACTION}c1", 9)),
    "a turn swapped": _swap_turn,
    "a turn of the same name after all was cleared": _clear_and_reuse,
    "turns saved in no order": _turns_in_no_order,
    "scrub": lambda session: session.scrub(),
    "another session": lambda session: session.store.append("other", TALK),
    "SQL of one's own": lambda session: _sql(
        session, "UPDATE agent_messages SET message_data = replace(message_data, 'Use', 'ADD')"
    ),
    "VACUUM": lambda session: _sql(session, "VACUUM"),
    "SDK: more items": lambda session: _by_sdk(session, lambda theirs: theirs.add_items(TALK)),
    "SDK: pop": lambda session: _by_sdk(session, lambda theirs: theirs.pop_item()),
    "SDK: pop and more": lambda session: _by_sdk(session, _pop_and_add),
    "SDK: clear": lambda session: _by_sdk(session, lambda theirs: theirs.clear_session()),
}


async def _pop_and_add(theirs: Any) -> None:
    await theirs.pop_item()
    await theirs.add_items([user_message("instead")])


async def elsewhere(files: Mapping[str, Path]) -> None:
    """Make changes, each to its file, in a process of its own."""
    source = "import asyncio, sys\nfrom tests.frames import changes\n"
    source += "asyncio.run(changes.main(sys.argv[1:]))"
    program = start(source, *files.values(), *files, folder=ROOT, flags=())
    await asyncio.to_thread(finish, program)


async def main(arguments: Sequence[str]) -> None:
    """Make changes: first come the files, then what is to happen to each."""
    half = len(arguments) // 2
    for path, name in zip(arguments[:half], arguments[half:], strict=True):
        session = StoredSession(SQLiteStore(path), "demo")
        await CHANGES[name](session)
        await session.store.close()
