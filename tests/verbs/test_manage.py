from __future__ import annotations

import pytest

import workbench as wb
from workbench.errors import UnknownSession
from workbench.sessions import SQLiteSession
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
    assert (kept.reason, kept.item["content"]) == ("cleared", "hi")


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
