from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import stat
from pathlib import Path

import pytest

from tests.models.conftest import without_key
from tests.script import finish, start
from tests.stores.files import sql
from workbench.errors import (
    InvalidStoreURL,
    InvalidValue,
    StoreError,
    StoreReadOnly,
    StoreUnusable,
    UnknownSession,
)
from workbench.items import user_message
from workbench.stores import close_all
from workbench.workspace import Workspace, workspace

__all__ = ["without_key"]


async def test_a_name_is_found_again_by_another_program(tmp_path: Path) -> None:
    one = Workspace(tmp_path / ".workbench")
    entry, new = await one.open("demo")
    assert new
    await one.session(entry).add_items([user_message("hi")])
    await one.remember("demo", agent="ada", model="gpt-5.2")
    other = Workspace(tmp_path / ".workbench")
    again, new = await other.open("demo")
    assert not new
    assert (again.agent, again.model, again.store) == ("ada", "gpt-5.2", None)
    assert await other.session(again).get_items() == [user_message("hi")]
    assert again.created_at == entry.created_at


async def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    place = Workspace(tmp_path / ".workbench")
    entry, _ = await place.open("demo")
    await place.session(entry).add_items([user_message("private")])
    for path in place.folder.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    assert stat.S_IMODE(place.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.folder.stat().st_mode) == 0o700


def test_an_environment_variable_moves_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "elsewhere"))
    assert workspace().file == tmp_path / "elsewhere" / "workbench.db"
    assert workspace() is workspace()
    monkeypatch.delenv("WORKBENCH_HOME")
    monkeypatch.chdir(tmp_path)
    assert workspace().file == tmp_path / ".workbench" / "workbench.db"


async def test_looking_makes_no_file(tmp_path: Path) -> None:
    place = Workspace(tmp_path / ".workbench")
    assert await place.names() == []
    assert await place.find("demo") is None
    assert not place.folder.exists()


async def test_an_unknown_name_is_refused_with_the_nearest_one(tmp_path: Path) -> None:
    place = Workspace(tmp_path)
    with pytest.raises(UnknownSession, match="there are no sessions yet"):
        await place.get("dmeo")
    await place.open("demo")
    with pytest.raises(UnknownSession, match="did you mean 'demo'"):
        await place.get("dmeo")


async def test_names_come_with_the_last_used_first(tmp_path: Path) -> None:
    place = Workspace(tmp_path)
    for name in ("a", "b", "a"):
        await place.open(name)
    assert [each.name for each in await place.names()] == ["a", "b"]


async def test_a_session_stays_in_the_store_it_was_made_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    place = Workspace(tmp_path / ".workbench")
    await place.open("demo", store="sqlite:///a.db")
    for same in ("sqlite:///a.db", "sqlite:///./a.db", f"sqlite:///{tmp_path}/a.db"):
        entry, new = await place.open("demo", store=same)
        assert not new
        assert entry.store == "sqlite:///a.db"
    with pytest.raises(InvalidValue, match=r"kept in sqlite:///a\.db, not in sqlite:///b\.db"):
        await place.open("demo", store="sqlite:///b.db")
    with pytest.raises(InvalidValue, match="leave --store out"):
        await place.open("demo", store="memory://")
    assert (await place.get("demo")).store == "sqlite:///a.db"


async def test_a_project_can_be_moved_with_its_conversations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    monkeypatch.chdir(old)
    place = Workspace(old / ".workbench")
    own, _ = await place.open("own")
    beside, _ = await place.open("beside", store="sqlite:///./data/x.db")
    for entry in (own, beside):
        await place.session(entry).add_items([user_message(entry.name)])
    await close_all()
    shutil.move(old, new)
    monkeypatch.chdir(new)
    moved = Workspace(new / ".workbench")
    for name in ("own", "beside"):
        session = moved.session(await moved.get(name))
        assert await session.get_items() == [user_message(name)]
    assert (new / "data" / "x.db").exists()


async def test_a_store_elsewhere_is_found_from_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "one").mkdir()
    monkeypatch.chdir(tmp_path / "one")
    place = Workspace(tmp_path / "home")
    entry, _ = await place.open("demo", store="sqlite:///app.db")
    await place.session(entry).add_items([user_message("hi")])
    assert (tmp_path / "one" / "app.db").exists()
    monkeypatch.chdir(tmp_path)
    again = Workspace(tmp_path / "home")
    assert await again.session(await again.get("demo")).get_items() == [user_message("hi")]


@pytest.mark.parametrize("name", ["two words", "it's", 'say "hi"', "a/b", "🦊", "x" * 10_000, "%_"])
async def test_any_text_is_a_name(name: str, tmp_path: Path) -> None:
    place = Workspace(tmp_path)
    await place.open(name)
    assert [each.name for each in await place.names()] == [name]
    await place.forget(name)
    assert await place.names() == []


async def test_a_name_that_no_text_can_hold_is_refused_by_looking_too(tmp_path: Path) -> None:
    for call in (Workspace(tmp_path).find, Workspace(tmp_path).get, Workspace(tmp_path).open):
        with pytest.raises(InvalidValue, match="UTF-8"):
            await call("\ud800")


async def test_a_damaged_entry_is_named(tmp_path: Path) -> None:
    place = Workspace(tmp_path)
    await place.open("demo")
    sql(place.file, "UPDATE workbench_names SET used_at = 'yesterday'")
    with pytest.raises(StoreUnusable, match="entry of session 'demo' is damaged"):
        await place.names()


async def test_an_empty_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidValue, match="not empty"):
        await Workspace(tmp_path).open("")


@pytest.mark.parametrize(
    ("store", "error"),
    [
        ("foo://z", InvalidStoreURL),
        ("app.db", InvalidStoreURL),
        ("sqlite:///notes.txt", StoreUnusable),
        ("sqlite:///folder", StoreUnusable),
    ],
)
async def test_a_name_is_not_tied_to_a_store_that_can_not_be_used(
    store: str, error: type[Exception], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes.txt").write_text("These are notes and no database. " * 99)
    (tmp_path / "folder").mkdir()
    place = Workspace(tmp_path / ".workbench")
    with pytest.raises(error):
        await place.open("demo", store=store)
    entry, new = await place.open("demo")
    assert new
    assert entry.store is None


async def test_a_workspace_file_that_is_no_database_is_named_and_left_alone(
    tmp_path: Path,
) -> None:
    place = Workspace(tmp_path)
    place.file.write_text("not a database, but somebody's text " * 50)
    before = place.file.read_bytes()
    with pytest.raises(StoreUnusable, match=r"workbench\.db"):
        await place.open("demo")
    assert place.file.read_bytes() == before


async def test_a_home_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    with pytest.raises(StoreError, match="home"):
        await Workspace(tmp_path / "home").open("demo")
    with pytest.raises(StoreError, match="home"):  # nothing is lost there: it is not empty
        await Workspace(tmp_path / "home").names()


async def test_two_kernels_change_different_things_of_one_name(tmp_path: Path) -> None:
    one, other = Workspace(tmp_path), Workspace(tmp_path)
    await one.open("demo")
    await asyncio.gather(
        one.remember("demo", agent="ada", model=None),
        other.remember("demo", agent=None, model="gpt-5.2"),
        one.open("demo"),
    )
    entry = await one.get("demo")
    assert (entry.agent, entry.model) == ("ada", "gpt-5.2")


KERNEL = """
import asyncio, sys
from workbench.items import user_message
from workbench.workspace import workspace

async def main():
    for number in range(20):
        entry, _ = await workspace().open("shared")
        await workspace().session(entry).add_items([user_message(f"{sys.argv[1]} {number}")])
        await workspace().open(f"{sys.argv[1]} {number}")

asyncio.run(main())
"""


def test_two_programs_use_one_workspace_at_once(tmp_path: Path) -> None:
    env = {"WORKBENCH_HOME": str(tmp_path / "home")}
    for running in [start(KERNEL, who, folder=tmp_path, env=env) for who in ("one", "two")]:
        finish(running)

    async def look() -> None:
        place = Workspace(tmp_path / "home")
        assert len(await place.names()) == 41
        items = await place.session(await place.get("shared")).get_items()
        for who in ("one", "two"):
            own = [item["content"] for item in items if item["content"].startswith(who)]
            assert own == [f"{who} {number}" for number in range(20)]

    asyncio.run(look())


READ_ONLY = """
import asyncio, os, sys
from workbench.errors import StoreError
from workbench.workspace import workspace
import workbench.stores.sqlite, workbench.sessions

async def main():
    place = workspace()
    entry = await place.get("demo")
    print((await place.session(entry).get_items())[0]["content"])
    try:
        await place.open("demo")
    except StoreError as error:
        print(type(error).__name__, error)

if os.getuid() == 0:
    os.setuid(65534)  # permissions don't count for root
asyncio.run(main())
"""


async def test_in_a_read_only_folder_one_can_look_but_not_write(tmp_path: Path) -> None:
    folder = tmp_path / "home"
    place = Workspace(folder)
    entry, _ = await place.open("demo")
    await place.session(entry).add_items([user_message("hello")])
    await close_all()
    for path in [*folder.iterdir()]:
        path.chmod(0o444)
    for path in (folder, *folder.parents):
        if path.stat().st_uid == os.getuid() and path != Path("/"):
            path.chmod(path.stat().st_mode | 0o555)
    folder.chmod(0o555)
    script = start(READ_ONLY, folder=tmp_path, env={"WORKBENCH_HOME": str(folder)})
    output = finish(script)
    folder.chmod(0o755)
    read, refused = output.splitlines()
    assert read == "hello"
    assert refused.startswith(StoreReadOnly.__name__)
    assert "workbench.db" in refused


async def test_the_file_holds_no_secret_and_names_lie_beside_the_sdks_tables(
    tmp_path: Path,
) -> None:
    place = Workspace(tmp_path)
    await place.open("demo")
    await close_all()
    db = sqlite3.connect(place.file)
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type='table'")}
    columns = {row[1] for row in db.execute("PRAGMA table_info(workbench_names)")}
    db.close()
    assert "workbench_names" in tables
    assert columns == {
        "name",
        "store",
        "session_id",
        "agent",
        "model",
        "created_at",
        "used_at",
        "wrappers",
        "about",
    }
