from __future__ import annotations

from pathlib import Path

import pytest

import workbench as wb
from workbench import loop
from workbench.errors import KeyRequired
from workbench.items import Item, is_encrypted, text
from workbench.models.reading import SUMMARY_HEADER
from workbench.turn import take_turn
from workbench.verbs.fork import fork_before
from workbench.workspace import Name, workspace


async def talk(*prompts: str, store: str | None = None) -> tuple[Name, list[str]]:
    """A session with a turn for each prompt; the ids of the turns."""
    entry, _ = await workspace().open("demo", store=store)
    session = workspace().session(entry)
    return entry, [(await take_turn(session, prompt)).turn_id for prompt in prompts]


async def test_a_fork_begins_as_its_origin_did() -> None:
    entry, ids = await talk("My name is John", "I prefer tea", "Hi")
    origin = workspace().session(entry)
    before = await origin.rows()
    branch = await fork_before(workspace(), entry, ids[1])
    assert branch.name == "demo-2"
    copy = workspace().session(branch)
    assert await copy.get_items() == [row.item for row in before[:2]]
    assert await origin.rows() == before
    (record,) = await copy.turns()
    assert (record.turn_id, record.cell) == (ids[0], None)
    assert record.session_id == branch.session_id
    assert (await take_turn(copy, "What's my name?")).text == "Your name is John."


async def test_a_fork_before_the_first_turn_is_empty() -> None:
    entry, ids = await talk("Hi")
    branch = await fork_before(workspace(), entry, ids[0])
    assert await workspace().session(branch).get_items() == []


async def test_forks_take_free_names_and_remember_the_agent() -> None:
    entry, ids = await talk("Hi", "Ho")
    await workspace().remember("demo", agent="ada", model="offline")
    entry = await workspace().get("demo")
    await workspace().open("demo-3")
    names = [(await fork_before(workspace(), entry, ids[1])) for _ in range(2)]
    assert [each.name for each in names] == ["demo-2", "demo-4"]
    assert {(each.agent, each.model) for each in names} == {("ada", "offline")}


async def test_a_fork_never_takes_over_a_conversation_that_has_no_name() -> None:
    entry, ids = await talk("Hi")
    store = workspace().store()
    await store.append("demo-2", [{"role": "user", "content": "an application's own"}])
    branch = await fork_before(workspace(), entry, ids[0])
    assert branch.name == "demo-3"


async def test_a_fork_is_in_its_origins_file_whatever_the_current_folder_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / ".workbench"))
    entry, ids = await talk("My name is John", "Hi", store="sqlite:///app.db?timeout=3")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    branch = await fork_before(workspace(), entry, ids[1])
    assert branch.store == entry.store
    assert len(await workspace().session(branch).get_items()) == 2
    assert list(elsewhere.iterdir()) == []


def is_summary(item: Item) -> bool:
    return text(item).startswith(SUMMARY_HEADER)


KEY = "4Xk-PFnDqT0yQx3uGQ0mcl2-xD0TTjC0Hq0xZzrKq8s="


def test_a_fork_of_an_encrypted_session_can_be_read_and_has_its_settings() -> None:
    wb.session("demo", encrypt=True, key=KEY, max_messages=40)
    ids = [wb.ask("demo", prompt).turn_id for prompt in ("My name is John", "I prefer tea", "Hi")]
    entry = loop.run(workspace().get("demo"))
    branch = loop.run(fork_before(workspace(), entry, ids[1]))
    assert branch.wrappers == entry.wrappers
    base = workspace().base(branch)
    assert all(is_encrypted(item) for item in loop.run(base.get_items()))
    assert "John" in wb.ask("demo-2", "What's my name?").text
    assert wb.history("demo")["content"].tolist()[0] == "My name is John"


def test_a_fork_of_a_compacted_session_keeps_the_summary_and_leaves_the_originals() -> None:
    wb.session("demo", max_messages=4, keep_last=2)
    turns = [wb.ask("demo", f"My number is {number}") for number in range(5)]
    entry = loop.run(workspace().get("demo"))
    branch = loop.run(fork_before(workspace(), entry, turns[-1].turn_id))
    rows = loop.run(workspace().base(branch).rows())
    assert is_summary(rows[0].item)
    assert wb.undo_compaction(branch.name) == 0
    assert len(wb.history(branch.name, full=True)) == len(rows)
    assert wb.undo_compaction("demo") > 0


def test_without_the_key_there_is_no_fork() -> None:
    wb.session("demo", encrypt=True, key=KEY)
    turn = wb.ask("demo", "Hi")
    workspace().secrets.forget("demo")
    entry = loop.run(workspace().get("demo"))
    with pytest.raises(KeyRequired):
        loop.run(fork_before(workspace(), entry, turn.turn_id))
    assert len(wb.list_sessions()) == 1
