from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from agents.memory import SQLiteSession as SDKSession

import workbench as wb
from workbench import loop
from workbench.errors import InvalidValue, KeyRequired, UnknownSession
from workbench.items import user_message
from workbench.sessions import MemorySession, SQLiteSession
from workbench.workspace import workspace

KEY = "your-32-byte-encryption-key-here"


def talk(name: str, turns: int) -> None:
    wb.ask(name, "My name is John")
    for number in range(1, turns):
        wb.ask(name, f"My number is {number}")


def numbers(count: int) -> list[Any]:
    return [user_message(f"My number is {n}") for n in range(count)]


def items(name: str) -> list[Any]:
    return wb.history(name)["item"].tolist()


def test_a_session_is_compacted_by_hand_and_back() -> None:
    talk("demo", 8)
    before = items("demo")
    done = wb.compact("demo", keep_last=4)
    assert len(done.summarised) == 12
    assert len(items("demo")) == 5
    assert "John" in wb.ask("demo", "What's my name?").text
    assert wb.undo_compaction("demo") == 12
    assert items("demo")[:16] == before
    assert wb.undo_compaction("demo") == 0


def test_a_dry_run_changes_nothing() -> None:
    talk("demo", 4)
    before = items("demo")
    shown = wb.compact("demo", dry_run=True, max_messages=4, keep_last=2)
    assert shown.dry_run
    assert "John" in shown.summary
    assert (shown.items_before, shown.items_after) == (8, 3)
    assert items("demo") == before


def test_what_counts_for_one_call_is_not_remembered() -> None:
    wb.session("demo", max_messages=40)
    talk("demo", 4)
    wb.compact("demo", keep_last=2)
    entry = loop.run(workspace().get("demo"))
    assert (entry.wrappers.max_messages, entry.wrappers.keep_last) == (40, None)


def test_a_session_that_compacts_by_itself_says_so_and_stays_short() -> None:
    wb.session("demo", max_messages=4, keep_last=2)
    notices = [wb.ask("demo", f"My number is {number}").notices for number in range(6)]
    assert any("ompacted" in line for lines in notices for line in lines)
    assert len(items("demo")) <= 5
    assert "5" in wb.ask("demo", "What's my number?").text


def test_the_model_of_the_summaries_may_be_a_function_while_the_kernel_lives() -> None:
    seen: list[int] = []

    def summarise(given: list[Any]) -> str:
        seen.append(len(given))
        return "They counted."

    wb.session("demo", max_messages=4, summary_model=summarise)
    talk("demo", 4)
    assert seen
    assert "They counted." in " ".join(wb.history("demo")["content"])
    with pytest.raises(InvalidValue, match="give max_messages"):
        wb.session("other", summary_model=summarise)


def test_any_session_object_is_compacted(tmp_path: Path) -> None:
    own = SDKSession("demo", tmp_path / "app.db")
    ours = MemorySession("demo")
    for session in (own, ours):
        loop.run(session.add_items(numbers(12)))
        wb.compact(session, keep_last=4)
        assert len(wb.history(session)) == 5
        assert wb.undo_compaction(session) == 8
        assert len(wb.history(session)) == 12
    compacting = wb.CompactionSession(ours, max_messages=6, keep_last=2)
    assert wb.compact(compacting).items_after == 3
    assert wb.undo_compaction(compacting) == 10
    own.close()


def test_what_was_compacted_of_a_session_of_the_sdk_is_shown_grey(tmp_path: Path) -> None:
    own = SDKSession("demo", tmp_path / "app.db")
    loop.run(own.add_items(numbers(12)))
    wb.compact(own, keep_last=4)
    frame = wb.history(own, full=True)
    assert frame["archived"].notna().tolist() == [True] * 8 + [False] * 5
    assert str(frame._repr_html_()).count("gray") == 8  # type: ignore[operator]
    own.close()


def test_a_session_object_keeps_its_own_settings_but_for_what_the_call_says() -> None:
    base = MemorySession("demo")
    loop.run(base.add_items(numbers(30)))
    own = wb.CompactionSession(base, max_messages=6, summary_model=lambda _items: "They counted.")
    done = wb.compact(own, keep_last=2)
    assert (done.by, done.items_after) == ("a function", 3)
    assert wb.undo_compaction(own) == 28
    assert wb.compact(own, dry_run=True).items_after == 4
    assert wb.compact(own, summary_model="offline", dry_run=True).by == "offline"
    assert wb.compact(own, summary_model="default", dry_run=True).by == "a function"


def test_more_may_be_kept_than_a_session_may_hold() -> None:
    wb.session("demo", max_messages=4)
    loop.run(wb.session("demo").add_items(numbers(40)))
    assert wb.compact("demo", keep_last=30, dry_run=True).items_after == 31
    own = MemorySession("demo")
    loop.run(own.add_items(numbers(40)))
    assert wb.compact(own, keep_last=30).items_after == 31
    assert "the newest 50 stay" in str(wb.compact(own, keep_last=50))


def test_ciphertext_is_not_summarised(tmp_path: Path) -> None:
    path = tmp_path / "app.db"
    whole = wb.EncryptedSession(SQLiteSession("demo", path), KEY)
    loop.run(whole.add_items(numbers(12)))
    for call in (wb.compact, wb.undo_compaction):
        if call is wb.undo_compaction:
            assert wb.compact(whole, keep_last=4).items_after == 5
        for target, store in ((SQLiteSession("demo", path), None), ("demo", f"sqlite:///{path}")):
            with pytest.raises(KeyRequired, match="needs its key"):
                call(target, store=store)
    assert wb.undo_compaction(whole) == 8
    assert loop.run(whole.get_items()) == numbers(12)
    loop.run(whole.close())


def test_an_id_in_a_store_is_compacted(tmp_path: Path) -> None:
    own = SDKSession("app-1", tmp_path / "app.db")
    loop.run(own.add_items(numbers(12)))
    own.close()
    store = f"sqlite:///{tmp_path}/app.db"
    assert wb.compact("app-1", store=store, keep_last=2).items_after == 3
    assert len(wb.history("app-1", store=store, full=True)) == 13
    assert wb.undo_compaction("app-1", store=store) == 10
    with pytest.raises(UnknownSession, match="app-1"):
        wb.compact("app-2", store=store)


def test_what_can_not_be_compacted_is_refused() -> None:
    talk("demo", 2)
    for call in (wb.compact, wb.undo_compaction):
        with pytest.raises(UnknownSession, match="did you mean 'demo'"):
            call("dmeo")
        with pytest.raises(InvalidValue, match="not a list"):
            call([])  # type: ignore[arg-type]
        with pytest.raises(InvalidValue, match="leave store= out"):
            call(MemorySession("x"), store="memory://")
    with pytest.raises(InvalidValue, match="keep_last is a number"):
        wb.compact("demo", keep_last=-1)
