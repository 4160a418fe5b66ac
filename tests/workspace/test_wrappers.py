from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.stores.files import sql
from workbench.errors import InvalidValue, StoreUnusable
from workbench.items import user_message
from workbench.sessions.compaction import CompactionSession
from workbench.sessions.encryption import EncryptedSession
from workbench.sessions.stored import StoredSession
from workbench.workspace import Workspace
from workbench.workspace.wrappers import Wrappers, merged, wanted, wrappers_of

KEY = "4Xk-PFnDqT0yQx3uGQ0mcl2-xD0TTjC0Hq0xZzrKq8s="


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_KEY", KEY)


async def around(place: Workspace, **asked: Any) -> Wrappers:
    entry, _ = await place.open("demo", wrappers=wanted(**asked))
    return entry.wrappers


async def test_what_stands_around_a_session_is_remembered_by_its_name(tmp_path: Path) -> None:
    set_once = await around(
        Workspace(tmp_path), max_messages=20, keep_last=4, summary_model="gpt-5.2", encrypt=True
    )
    later = Workspace(tmp_path)
    entry = await later.get("demo")
    assert entry.wrappers == set_once
    session = later.session(entry)
    assert isinstance(session, CompactionSession)
    assert isinstance(session.base, EncryptedSession)
    assert isinstance(session.base.base, StoredSession)
    assert (session.policy.max_messages, session.policy.keep_last) == (20, 4)


async def test_a_session_without_settings_is_the_stored_one_itself(tmp_path: Path) -> None:
    place = Workspace(tmp_path)
    await place.open("demo")
    assert type(place.session(await place.get("demo"))) is StoredSession


async def test_naming_a_setting_again_changes_it_and_leaves_the_others(tmp_path: Path) -> None:
    place = Workspace(tmp_path)
    await around(place, max_messages=20, keep_last=4)
    assert await around(place, max_messages=40) == Wrappers(max_messages=40, keep_last=4)
    assert await around(place) == Wrappers(max_messages=40, keep_last=4)
    assert await around(place, keep_last=0) == Wrappers(max_messages=40)


async def test_none_of_a_limit_switches_compaction_off(tmp_path: Path) -> None:
    place = Workspace(tmp_path)
    await around(place, max_messages=20, keep_last=4, summary_model="offline")
    assert await around(place, max_messages=0) == Wrappers()
    assert type(place.session(await place.get("demo"))) is StoredSession
    assert await around(place, max_tokens=500) == Wrappers(max_tokens=500)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"max_messages": -1}, "max_messages is a number from 1 up"),
        ({"max_messages": True}, "max_messages is a number"),
        ({"max_tokens": "many"}, "max_tokens is a number"),
        ({"keep_last": 3}, "give max_messages"),
        ({"summary_model": "gpt-5.2"}, "give max_messages"),
        ({"max_messages": 4, "keep_last": 9}, "keep_last"),
        ({"max_messages": 4, "summary_model": 7}, "by its name"),
    ],
)
async def test_settings_that_can_not_be_are_refused_and_make_no_session(
    asked: dict[str, Any], said: str, tmp_path: Path
) -> None:
    place = Workspace(tmp_path)
    with pytest.raises(InvalidValue, match=said):
        await around(place, **asked)
    assert await place.names() == []


async def test_two_kernels_change_different_settings_of_one_name(tmp_path: Path) -> None:
    one, other = Workspace(tmp_path), Workspace(tmp_path)
    await around(one, max_messages=20)
    await asyncio.gather(around(one, keep_last=4), around(other, summary_model="offline"))
    entry = await one.get("demo")
    assert entry.wrappers == Wrappers(max_messages=20, keep_last=4, summary_model="offline")


OLD = """CREATE TABLE workbench_names (name TEXT PRIMARY KEY, store TEXT, session_id TEXT NOT NULL,
    agent TEXT, model TEXT, created_at TIMESTAMP NOT NULL, used_at TIMESTAMP NOT NULL)"""


async def test_a_workspace_of_an_earlier_version_goes_on(tmp_path: Path) -> None:
    place = Workspace(tmp_path)
    times = "2026-01-02 03:04:05.000000"
    sql(place.file, OLD)
    insert = "INSERT INTO workbench_names VALUES ('demo', NULL, 'demo', 'ada', NULL, ?, ?)"
    sql(place.file, insert, times, times)
    entry = await place.get("demo")
    assert (entry.agent, entry.wrappers) == ("ada", Wrappers())
    assert len(sql(place.file, "PRAGMA table_info(workbench_names)")) == 7, (
        "looking changes nothing"
    )
    assert await around(place, max_messages=20) == Wrappers(max_messages=20)
    entry = await place.get("demo")
    assert (entry.agent, entry.wrappers) == ("ada", Wrappers(max_messages=20))
    assert len(await place.names()) == 1


async def test_what_a_newer_version_has_put_there_stays(tmp_path: Path) -> None:
    place = Workspace(tmp_path)
    await around(place, max_messages=20)
    newer = json.dumps({"max_messages": 20, "of_tomorrow": [1]})
    sql(place.file, "UPDATE workbench_names SET wrappers = ?", newer)
    assert await around(place, max_messages=30) == Wrappers(max_messages=30)
    (kept,) = sql(place.file, "SELECT wrappers FROM workbench_names")
    assert json.loads(kept[0])["of_tomorrow"] == [1]


@pytest.mark.parametrize("text", ["{", "[]", '{"encryption": "perhaps"}', "7"])
async def test_damaged_settings_are_named(text: str, tmp_path: Path) -> None:
    place = Workspace(tmp_path)
    await place.open("demo")
    sql(place.file, "UPDATE workbench_names SET wrappers = ?", text)
    with pytest.raises(StoreUnusable, match="entry of session 'demo' is damaged"):
        await place.get("demo")


def test_nothing_set_is_nothing_kept() -> None:
    assert merged(None, {}) is None
    assert merged(merged(None, {"keep_last": 3}), {"keep_last": None}) is None
    assert wrappers_of(None) == Wrappers()


async def test_a_session_with_plain_items_is_not_encrypted_by_opening_it(tmp_path: Path) -> None:
    place = Workspace(tmp_path)
    entry, _ = await place.open("demo")
    await place.base(entry).add_items([user_message("plain")])
    with pytest.raises(InvalidValue, match=r"plain items already; wb\.encrypt"):
        await around(place, encrypt=True)
    await place.base(entry).archive([1], reason="cleared")
    with pytest.raises(InvalidValue, match=r"wb\.encrypt"):
        await around(place, encrypt=True)
    assert (await place.get("demo")).wrappers == Wrappers()


async def test_an_empty_session_is_encrypted_by_opening_it(tmp_path: Path) -> None:
    place = Workspace(tmp_path)
    await place.open("demo")
    assert (await around(place, encrypt=True)).encryption == "yes"
    with pytest.raises(InvalidValue, match=r"is encrypted; wb\.decrypt"):
        await around(place, encrypt=False)


async def test_an_encrypted_conversation_is_known_as_one_in_another_workspace(
    tmp_path: Path,
) -> None:
    one, other = Workspace(tmp_path / "one"), Workspace(tmp_path / "other")
    file = f"sqlite:///{tmp_path}/shared.db"
    entry, _ = await one.open("demo", store=file, wrappers=wanted(encrypt=True))
    await one.session(entry).add_items([user_message("secret")])
    again, new = await other.open("demo", store=file)
    assert new
    assert again.wrappers.encryption == "yes"
    assert await other.session(again).get_items() == [user_message("secret")]
