from __future__ import annotations

import pytest

import workbench as wb
from tests.stores.files import sql
from workbench.errors import CorruptItem, UnknownSession
from workbench.frames.reading import why
from workbench.sessions import SQLiteSession
from workbench.verbs.card import session_card
from workbench.verbs.manage import clear_session, delete_session, new_name
from workbench.workspace import workspace


async def texts(name: str) -> list[str]:
    items = await workspace().session(await workspace().get(name)).get_items()
    return [str(item["content"]) for item in items]


async def filled(name: str) -> None:
    entry, _ = await workspace().open(name)
    await workspace().session(entry).add_items([{"role": "user", "content": "hi"}])


async def test_clearing_keeps_the_items_in_the_archive() -> None:
    await filled("demo")
    assert await clear_session("demo") == 1
    session = workspace().session(await workspace().get("demo"))
    assert await session.get_items() == []
    (kept,) = await session.archived()
    assert (why(kept.reason), kept.item["content"]) == ("cleared", "hi")


async def test_clearing_moves_what_can_not_be_read_too() -> None:
    await filled("demo")
    session = workspace().session(await workspace().get("demo"))
    keys = await session.append([{"role": "user", "content": str(n)} for n in range(4)])
    for key in (keys[0], keys[-1]):
        sql(workspace().file, "UPDATE agent_messages SET message_data = '{' WHERE id = ?", key)
    with pytest.raises(CorruptItem, match=rf"archive\(\[{keys[0]}\].*out of the way"):
        await session.get_items()
    card = await clear_and_show("demo")
    assert "0 items, an archive with an item that can't be read" in card
    assert sql(workspace().file, "SELECT count(*) FROM workbench_archive") == [(5,)]
    await session.add_items([{"role": "user", "content": "on"}])
    assert await texts("demo") == ["on"]


async def clear_and_show(name: str) -> str:
    assert await clear_session(name) == 5
    return str(await session_card(name))


async def test_deleting_takes_the_name_and_the_items() -> None:
    await filled("demo")
    await filled("other")
    await clear_session("demo")
    await delete_session("demo")
    assert [each.name for each in await workspace().names()] == ["other"]
    session = SQLiteSession("demo")
    assert await session.get_items() == []
    assert await session.archived() == []
    assert await texts("other") == ["hi"]
    await session.close()


async def test_what_is_not_there_is_not_deleted() -> None:
    with pytest.raises(UnknownSession):
        await delete_session("demo")
    with pytest.raises(UnknownSession):
        await clear_session("demo")


async def test_new_names_differ() -> None:
    first = await new_name()
    await filled(first)
    second = await new_name()
    assert first != second
    assert second.endswith("-2")


def test_a_deleted_session_begins_anew() -> None:
    wb.ask("demo", "My name is John")
    wb.session("demo")
    from workbench import loop

    loop.run(delete_session("demo"))
    assert "haven't told me" in wb.ask("demo", "What's my name?").text
