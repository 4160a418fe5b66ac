from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import workbench as wb
from tests.conversations_server import conversations_server
from tests.redis_server import shared_server
from tests.verbs.files.conversations import ODD_ITEMS, START, everything, make, record
from workbench import loop
from workbench.items import Item
from workbench.protocols import ArchivedItem, StoredItem
from workbench.workspace import workspace

KEY = "4Xk-PFnDqT0yQx3uGQ0mcl2-xD0TTjC0Hq0xZzrKq8s="
LOSSLESS = ["jsonl", "parquet"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("ending", LOSSLESS)
def test_what_is_exported_comes_back_whole(ending: str) -> None:
    make()
    before = everything("demo")
    report = wb.export("demo", f"demo.{ending}")
    assert (report.items, report.archived, report.turns) == (8, 1, 3)
    card = wb.load(f"demo.{ending}", "again")
    assert everything("again") == before
    assert card.name == "again"
    entry = loop.run(workspace().get("again"))
    assert entry.about == loop.run(workspace().get("demo")).about
    assert wb.history("again")["hidden"].sum() == 1


@pytest.mark.parametrize("ending", LOSSLESS)
def test_a_copy_of_a_copy_is_the_same_file(ending: str) -> None:
    make()
    wb.export("demo", f"one.{ending}")
    wb.load(f"one.{ending}", "two")
    wb.export("two", f"two.{ending}")
    wb.load(f"two.{ending}", "three")
    assert everything("three") == everything("demo")


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    items=st.lists(
        st.tuples(
            ODD_ITEMS, st.sampled_from([None, "t1", "t2"]), st.sampled_from([None, "x", "y"])
        ),
        min_size=1,
        max_size=6,
    ),
    ending=st.sampled_from(LOSSLESS),
)
def test_any_item_comes_back_as_it_was(
    items: list[tuple[Item, str | None, str | None]], ending: str
) -> None:
    store = workspace().store("memory://odd")
    loop.run(store.clear("odd"))
    given_rows: list[StoredItem | ArchivedItem] = []
    for n, (item, turn, reason) in enumerate(items):
        when = START + timedelta(microseconds=n)
        row = StoredItem(n, item, when, turn)
        given_rows.append(
            row if reason is None else ArchivedItem(n, item, reason, when, when, turn)
        )
    loop.run(store.put("odd", given_rows))  # type: ignore[attr-defined]
    loop.run(store.save_turn("odd", record("t1", 1, error="\ud800", session_id="odd")))
    wb.export("odd", f"odd.{ending}", store="memory://odd", overwrite=True)
    for name in wb.list_sessions()["name"]:
        loop.run(workspace().forget(name))
    loop.run(workspace().store("memory://back").clear("back"))
    wb.load(f"odd.{ending}", "back", store="memory://back")
    assert kept("back", "memory://back") == kept("odd", "memory://odd")


def kept(name: str, url: str) -> tuple[list[Any], list[Any], list[Any]]:
    store = workspace().store(url)
    return (
        [replace(each, key=0) for each in loop.run(store.rows(name))],
        [replace(each, key=0) for each in loop.run(store.archived(name))],
        [replace(each, session_id="") for each in loop.run(store.turns(name))],
    )


@pytest.mark.parametrize("ending", LOSSLESS)
def test_more_than_a_page_of_items_comes_back(ending: str) -> None:
    wb.session("long")
    session: Any = wb.session("long")
    talk = [
        StoredItem(n, {"role": "user", "content": str(n)}, START + timedelta(seconds=n), f"t{n}")
        for n in range(2_345)
    ]
    loop.run(session.put(talk))
    wb.export("long", f"long.{ending}")
    wb.load(f"long.{ending}", "again")
    assert everything("again") == everything("long")


@pytest.mark.parametrize("ending", LOSSLESS)
def test_an_empty_conversation_can_be_kept_too(ending: str) -> None:
    wb.session("empty")
    wb.export("empty", f"empty.{ending}")
    assert wb.load(f"empty.{ending}", "again").n_items == 0


@pytest.mark.parametrize("ending", LOSSLESS)
def test_from_redis_to_sqlite_and_back(ending: str) -> None:
    url = f"{shared_server().url}/0"
    make("demo", store=url)
    wb.export("demo", f"demo.{ending}")
    wb.load(f"demo.{ending}", "here")
    wb.export("here", f"here.{ending}")
    wb.load(f"here.{ending}", "there", store=url)
    assert everything("there") == everything("here") == everything("demo")
    for name in ("demo", "there"):
        loop.run(workspace().base(loop.run(workspace().get(name))).clear_session())


@pytest.mark.parametrize("ending", LOSSLESS)
def test_an_encrypted_conversation_is_exported_by_who_has_the_key(ending: str) -> None:
    wb.session("demo", encrypt=True, key=KEY)
    wb.ask("demo", "My name is John")
    report = wb.export("demo", f"demo.{ending}")
    assert "plain text" in str(report)
    assert Path(f"demo.{ending}").stat().st_mode & 0o077 == 0
    wb.load(f"demo.{ending}", "plain")
    assert everything("plain") == everything("demo")


def test_a_conversation_of_the_sdks_own_session_is_exported_too() -> None:
    from agents import SQLiteSession

    session = SQLiteSession("theirs", "theirs.db")
    loop.run(session.add_items([{"role": "user", "content": "Hi"}]))
    wb.export(session, "theirs.jsonl")
    wb.load("theirs.jsonl", "ours")
    assert wb.history("ours")["content"].tolist() == ["Hi"]
    wb.export("theirs", "by-id.jsonl", store="sqlite:///theirs.db")
    wb.load("by-id.jsonl", "by-id")
    assert wb.history("by-id")["content"].tolist() == ["Hi"]
    session.close()


def test_a_compacted_conversation_keeps_summary_and_originals() -> None:
    wb.session("demo", max_messages=4, keep_last=2)
    for number in range(4):
        wb.ask("demo", f"My number is {number}")
    wb.export("demo", "demo.jsonl")
    wb.load("demo.jsonl", "again")
    assert everything("again") == everything("demo")
    assert wb.undo_compaction("again") > 0


def test_without_the_archive_hidden_items_stay() -> None:
    make()
    report = wb.export("demo", "demo.jsonl", archived=False)
    assert (report.items, report.archived) == (8, 0)
    wb.load("demo.jsonl", "again")
    again = everything("again")
    assert [each.reason for each in again["archive"]] == ["hidden"]
    assert [each.turn_id for each in again["turns"]] == ["t1", "t2"]


def test_pandas_reads_the_parquet_as_the_history() -> None:
    import pandas as pd

    make()
    wb.export("demo", "demo.parquet")
    frame, history = pd.read_parquet("demo.parquet"), wb.history("demo")
    shown = frame[frame["order"].notna()].reset_index(drop=True)
    assert list(frame.columns) == [*history.columns, "turn_id", "archived", "archived_at"]
    columns = [name for name in history.columns if name != "item"]
    pd.testing.assert_frame_equal(shown[columns], history[columns])
    assert frame["archived"].dropna().tolist() == ["cancelled turn", "hidden"]


def test_what_a_service_can_not_keep_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "test")
    with conversations_server() as server:
        url = f"openai://?base_url={server.url}"
        Path("items.jsonl").write_text(
            '{"role": "user", "content": "Hi"}\n{"type": "reasoning", "summary": []}\n'
            '{"role": "assistant", "content": "Hello"}\n'
        )
        card = wb.load("items.jsonl", "there", store=url)
        assert "left out" in str(card)
        assert "1 item, because" in str(card)
        assert wb.history("there")["content"].tolist() == ["Hi", "Hello"]
        wb.export("there", "there.jsonl")
        wb.load("there.jsonl", "back")
        assert wb.history("back")["content"].tolist() == ["Hi", "Hello"]
        loop.run(workspace().store(url).close())
