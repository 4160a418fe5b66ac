from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from ipywidgets import Widget

import workbench as wb
from tests.panels.page import Page, Refused
from tests.render.hostile import PAYLOADS, problems
from tests.verbs.subjects import KINDS, given, output, turns
from workbench import loop
from workbench.errors import UnknownSession
from workbench.panels.inspect import static
from workbench.workspace import workspace
from workbench.workspace.secrets import KEY as VARIABLE

KEY = "4Xk-PFnDqT0yQx3uGQ0mcl2-xD0TTjC0Hq0xZzrKq8s="
OTHER = "n7mB1f0PUbPb0Q5oHq3uUEBqkW1d0S9L7sJvYx2tR4c="
THIRD = "hOvh-QnxRl7uznvNluxFiFJrE3EvJ5dXxxaHKDyR1jo="
TABS = ("context", "compaction", "encryption", "doctor", "about")


@pytest.fixture
def demo(page: Page) -> Any:
    """A panel on a plain conversation of five turns."""
    session: Any = wb.session("demo")
    loop.run(session.add_items(turns(1, 2, 3, 4, 5)))
    return wb.inspect("demo")


@pytest.mark.parametrize("kind", KINDS)
def test_every_tab_answers_for_every_kind_of_session(kind: str, tmp_path: Path, page: Page) -> None:
    with given(kind, tmp_path) as conversation:
        conversation.add(turns(1, 2, 3, 4, 5, 6))
        before = conversation.texts()
        panel = wb.inspect(conversation.target, store=conversation.store)
        shown = {tab: page.ask(panel, tab) for tab in TABS}
        assert shown["context"]["roles"]
        assert shown["compaction"]["count"] == 12
        assert shown["encryption"]["items"] == 12
        assert shown["encryption"]["form"] == ("encrypted" if "encrypted" in kind else "plain")
        assert shown["encryption"]["locked"] is None
        assert [each["plain"] for each in shown["encryption"]["samples"]] == ["a5", "u6", "a6"]
        assert shown["doctor"]["rows"] == []
        assert shown["about"]["lines"]
        said = page.ask(panel, "compact", max_messages=6, keep_last=4)["said"]
        assert said.startswith("Compacted 8 items into one summary")
        history = page.ask(panel, "compaction")["history"]
        assert [(each["count"], each["last"]) for each in history] == [(8, True)]
        under = page.ask(panel, "under", id=history[0]["id"])
        assert [each["text"] for each in under["items"]] == before[:8]
        assert page.ask(panel, "undo")["said"].startswith("8 items came back")
        assert conversation.texts() == before
        assert "Healthy" in panel.forms()["text/plain"]


@pytest.mark.parametrize("kind", ["memory", "id in a store", "of the SDK"])
def test_what_needs_a_name_is_refused_in_words_without_one(
    kind: str, tmp_path: Path, page: Page
) -> None:
    with given(kind, tmp_path) as conversation:
        conversation.add(turns(1))
        panel = wb.inspect(conversation.target, store=conversation.store)
        assert "wb.session('demo'" in page.ask(panel, "compaction")["unnamed"]
        for verb, words in (("keep", {"max_messages": 5}), ("note", {"title": "x", "tags": []})):
            with pytest.raises(Refused, match=r"remembered by a name.*wb\.session\('demo'"):
                page.ask(panel, verb, **words)
        if kind != "id in a store":
            assert "wb.encrypt(session, key)" in page.ask(panel, "encryption")["refused"]
            with pytest.raises(Refused, match="session object"):
                page.ask(panel, "encrypt", key=KEY)


def test_a_dry_run_shows_both_sides_and_changes_nothing(demo: Any, page: Page) -> None:
    before = wb.history("demo")["item"].tolist()
    shown = page.ask(demo, "dry_run", max_messages=5, keep_last=2)
    left, right = shown["before"]["head"], shown["after"]["head"]
    assert [each["taken"] for each in left] == [True] * 8 + [False] * 2
    assert right[0]["role"] == "summary"
    assert [each["text"] for each in right[1:]] == ["u5", "a5"]
    assert wb.history("demo")["item"].tolist() == before


def test_limits_are_remembered_by_the_name_and_taken_back(demo: Any, page: Page) -> None:
    page.ask(demo, "keep", max_messages=30, keep_last=5)
    wrappers = loop.run(workspace().get("demo")).wrappers
    assert (wrappers.max_messages, wrappers.keep_last) == (30, 5)
    shown = page.ask(demo, "compaction")
    assert (shown["on"], shown["maxMessages"], shown["keepLast"]) == (True, 30, 5)
    page.ask(demo, "keep", max_messages=30)
    assert loop.run(workspace().get("demo")).wrappers.keep_last is None
    page.ask(demo, "keep", max_messages=0)
    assert not loop.run(workspace().get("demo")).wrappers.compacts


def test_a_compaction_that_is_stopped_changes_nothing(demo: Any, page: Page) -> None:
    begun = asyncio.Event()

    async def slowly(_items: Sequence[Any]) -> str:
        begun.set()
        await asyncio.sleep(60)
        return "never"

    wb.session("demo", max_messages=8, summary_model=slowly)
    before = wb.history("demo")["item"].tolist()
    identity = page.begin(demo, "compact")
    loop.run(asyncio.wait_for(begun.wait(), 20))
    page.stop(demo, identity)
    assert page.answer(identity)["stopped"] is True
    assert wb.history("demo")["item"].tolist() == before
    assert page.ask(demo, "compaction")["history"] == []


def test_a_key_encrypts_changes_and_decrypts_and_is_told_nowhere(
    demo: Any, page: Page, workbench_home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    plain = wb.history("demo")["item"].tolist()
    assert "key" in page.ask(demo, "encrypt", key=KEY)["said"]
    shown = page.ask(demo, "encryption")
    assert (shown["form"], shown["known"], len(shown["keyIds"])) == ("encrypted", True, 1)
    assert [each["plain"] for each in shown["samples"]] == ["a4", "u5", "a5"]
    assert all(each["stored"].startswith('{"wb1":') for each in shown["samples"])
    assert wb.history("demo")["item"].tolist() == plain
    with pytest.raises(Refused, match="was encrypted with key"):
        page.ask(demo, "rekey", new=OTHER, key=THIRD)
    page.ask(demo, "rekey", new=OTHER)
    assert page.ask(demo, "encryption")["keyIds"] != shown["keyIds"]
    page.ask(demo, "decrypt")
    assert page.ask(demo, "encryption")["form"] == "plain"
    assert wb.history("demo")["item"].tolist() == plain
    told = [json.dumps(page.heard), json.dumps(Widget.get_manager_state(drop_defaults=False))]
    told += [str(demo.get_state()), str(demo.forms()), repr(demo), caplog.text]
    files = [path.read_bytes() for path in workbench_home.rglob("*") if path.is_file()]
    for key in (KEY, OTHER, THIRD):
        assert not [each[:80] for each in told if key in each]
        assert not any(key.encode() in each for each in files)


def test_a_locked_session_says_so_in_every_tab_and_the_right_key_opens_it(
    demo: Any, page: Page
) -> None:
    wb.compact("demo", keep_last=2)
    wb.encrypt("demo", KEY)
    workspace().secrets.forget("demo")
    with pytest.raises(Refused, match="needs its key"):
        page.ask(demo, "context")
    with pytest.raises(Refused, match="key"):
        page.ask(demo, "doctor")
    with pytest.raises(Refused, match="type it in"):
        page.ask(demo, "decrypt")
    shown = page.ask(demo, "encryption")
    assert "not known" in shown["locked"]
    assert [each["plain"] for each in shown["samples"]] == [None] * 3
    folded = page.ask(demo, "compaction")
    assert "Encryption" in folded["locked"]
    assert folded["history"][0]["summary"].startswith("encrypted, ")
    assert "needs its key" in demo.forms()["text/plain"]
    with pytest.raises(Refused, match="was encrypted with key"):
        page.ask(demo, "unlock", key=OTHER)
    assert workspace().secrets.key("demo") is None
    page.ask(demo, "unlock", key=KEY)
    assert page.ask(demo, "context")["roles"]
    assert page.ask(demo, "encryption")["locked"] is None


@pytest.mark.parametrize(
    ("weak", "why"),
    [
        ("a" * 32, "too few different"),
        ("short", "32 characters"),
        ("passphrase:x", "12 characters"),
    ],
)
def test_a_weak_key_is_refused_in_words_that_do_not_show_it(
    demo: Any, page: Page, weak: str, why: str
) -> None:
    with pytest.raises(Refused, match=why):
        page.ask(demo, "encrypt", key=weak)
    assert page.ask(demo, "encryption")["form"] == "plain"


def test_a_generated_key_is_a_good_one_and_is_kept_only_when_it_is_used(
    demo: Any, page: Page
) -> None:
    key = page.ask(demo, "generate")["key"]
    assert workspace().secrets.key("demo") is None
    page.ask(demo, "encrypt", key=key)
    assert workspace().secrets.key("demo") == key


def test_where_a_key_would_be_taken_from_is_told_without_it(
    demo: Any, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, KEY)
    shown = page.ask(demo, "encryption")
    assert [there for _where, there in shown["ways"]] == [False, True, False]
    assert shown["fromEnvironment"]
    page.ask(demo, "encrypt")
    assert "set it to the new one" in page.ask(demo, "rekey", new=OTHER)["said"]


def test_a_mixed_conversation_is_called_so(demo: Any, page: Page) -> None:
    wb.encrypt("demo", KEY)
    base = workspace().base(loop.run(workspace().get("demo")))
    loop.run(base.add_items(turns(9)))
    shown = page.ask(demo, "encryption")
    assert (shown["form"], shown["encrypted"], shown["items"]) == ("mixed", 10, 12)
    assert shown["trouble"]


def test_findings_are_repaired_and_a_healthy_session_has_none(demo: Any, page: Page) -> None:
    session: Any = wb.session("demo")
    loop.run(session.add_items([output("c1")]))
    shown = page.ask(demo, "doctor")
    assert [row["order"] for row in shown["rows"]] == [11]
    assert shown["repairs"] == 1
    assert "archive" in demo.forms()["text/html"]
    assert page.ask(demo, "repair")["rows"] == shown["rows"]
    assert page.ask(demo, "doctor")["rows"] == []


def test_another_model_has_another_window(demo: Any, page: Page) -> None:
    assert page.ask(demo, "context")["window"] is None
    shown = page.ask(demo, "context", model="gpt-4o")
    assert (shown["window"], shown["picked"]) == (128_000, "gpt-4o")
    assert sum(part["tokens"] for part in shown["parts"]) == shown["tokens"]
    assert page.ask(demo, "context")["window"] == 128_000  # it stays chosen
    assert page.ask(demo, "context", model="")["window"] is None
    assert "128,000" in wb.inspect("demo", model="gpt-4o").forms()["text/markdown"]


def test_title_and_tags_are_just_those_that_were_sent(demo: Any, page: Page) -> None:
    wb.tag("demo", "old", title="before")
    page.ask(demo, "note", title="My talk", tags=["red", "blue"])
    shown = page.ask(demo, "about")
    assert (shown["title"], shown["tags"]) == ("My talk", ["red", "blue"])
    page.ask(demo, "note", title="", tags=[])
    assert page.ask(demo, "about")["tags"] == []


@pytest.mark.parametrize(
    ("verb", "words"),
    [
        ("context", {"model": 5}),
        ("compact", {"max_messages": -1}),
        ("compact", {"max_messages": True}),
        ("dry_run", {"keep_last": "3"}),
        ("under", {"id": 7}),
        ("under", {"id": "x" * 200}),
        ("under", {"id": "unknown"}),
        ("encrypt", {"key": ["a"]}),
        ("encrypt", {"key": "k" * 5_000}),
        ("rekey", {"new": ""}),
        ("note", {"title": None}),
        ("note", {"title": "x", "tags": "a,b"}),
        ("nonsense", {}),
        ("doctor", {"repair": True}),
    ],
)
def test_what_a_page_should_not_send_is_refused_and_changes_nothing(
    demo: Any, page: Page, verb: str, words: dict[str, Any]
) -> None:
    before = wb.history("demo")["item"].tolist()
    with pytest.raises(Refused) as refusal:
        page.ask(demo, verb, **words)
    assert "kkkk" not in str(refusal.value)
    assert wb.history("demo")["item"].tolist() == before


def test_every_hostile_text_is_harmless_in_the_static_form(page: Page) -> None:
    session: Any = wb.session("hostile")
    texts = [each for each in PAYLOADS if "\ud800" not in each]
    loop.run(session.add_items([{"role": "user", "content": text} for text in texts]))
    loop.run(session.add_items([{"type": text, "call_id": text} for text in texts[:20]]))
    wb.compact("hostile", keep_last=50, summary_model=lambda _items: " ".join(texts[:6]))
    html = wb.inspect("hostile").forms()["text/html"]
    assert "onerror" in html
    assert problems(html) == []


def test_the_form_of_a_very_long_conversation_leaves_out_what_is_slow(
    demo: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(static, "LONG", 10)
    text = demo.forms()["text/plain"]
    assert "Nothing was compacted" in text
    assert "wb.doctor" in text
    assert "Healthy" not in text


def test_an_unknown_session_is_refused_before_there_is_a_panel() -> None:
    wb.ask("demo", "Hello")
    with pytest.raises(UnknownSession, match="did you mean 'demo'"):
        wb.inspect("dmeo")
