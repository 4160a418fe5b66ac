"""What a compaction shows of itself: plain, Markdown, HTML; the text in it is hostile."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.render.hostile import PAYLOADS, problems
from tests.render.test_safe_markdown import found
from tests.sessions.compaction.conversations import assistant, call, output, turns, user
from workbench.protocols import Spent
from workbench.sessions import MemorySession
from workbench.sessions.compaction import CompactionSession
from workbench.sessions.compaction.report import Bill, Compaction

DONE = Compaction(
    "demo",
    id="one",
    summarised=(user("My name is John"), call("c"), output("c", "12 °C")),
    summary="[conversation summary]\nFacts the user stated:\n- My name is John",
    by="gpt-5.2-mini",
    items_before=1_234,
    items_after=1_232,
    tokens_before=56_789,
    tokens_after=56_000,
    usage=Spent(1, 900, 34),
)


def test_a_report_reads_well_as_plain_text() -> None:
    assert str(DONE) == (
        "Compacted 3 items into one summary (gpt-5.2-mini)\n"
        "1,234 -> 1,232 items, about 56,789 -> 56,000 tokens (estimated); the summary took "
        "900 + 34 tokens\n"
        "\n"
        "[conversation summary]\nFacts the user stated:\n- My name is John\n"
        "\n"
        "In place of these 3 items:\n"
        "\n"
        "user: My name is John\n"
        "\n"
        "[tool] look({}) -> 12 °C"
    )


def test_all_forms_show_the_summary_and_what_it_stands_for() -> None:
    bundle = DONE._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/markdown", "text/html"}
    for text in bundle.values():
        for part in ("Compacted 3 items", "56,789", "Facts the user stated", "John", "12 °C"):
            assert part in text


def test_each_line_of_a_summary_stays_a_line_in_a_notebook() -> None:
    text = "[conversation summary]\nMessages: 2\nFacts:\n- one\n- two\nTools:\n- three\nFirst: four"
    report = replace(DONE, summary=text, summarised=(user("x"), assistant(text)))
    html = report._repr_html_()
    summary, below = html.split("<details>")
    assert "[conversation summary]" not in summary
    for part in (summary, below):
        assert part.count("<li") == 3
        assert "two Tools" not in re.sub(r"\s+", " ", part)
        assert re.search(r"Messages: 2<br ?/?>", part)
        assert re.search(r"<p[^>]*>First: four</p>", part)
    assert "\n- two\n\nTools:\n- three\n\nFirst" in report._repr_markdown_()


def test_nothing_of_the_conversation_is_in_the_repr() -> None:
    assert repr(DONE) == "<Compaction: compacted 3 items into one summary (gpt-5.2-mini)>"


async def test_what_would_be_done_and_what_is_not_to_be_done_say_so() -> None:
    session = CompactionSession(MemorySession("demo"), 20, "offline", keep_last=2)
    await session.append([user("one")])
    nothing = await session.compact()
    assert str(nothing) == (
        "Nothing to compact in 1 item: the newest 2 stay as they are (keep_last)"
    )
    assert all("Nothing to compact" in text for text in nothing._repr_mimebundle_().values())
    await session.append(turns(4))
    would = await session.compact(dry_run=True)
    assert str(would).startswith("Would compact 7 items into one summary (offline)\n9 -> 3 items")
    assert "tokens (estimated)\n" in str(would)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_hostile_conversation_does_nothing_to_the_page(payload: str) -> None:
    report = Compaction(
        payload,
        id="one",
        summarised=(user(payload), assistant(payload), output("c", payload)),
        summary=payload,
        by=payload,
        items_before=3,
        items_after=1,
    )
    assert problems(report._repr_html_()) == []
    assert found(report._repr_markdown_()) == []
    assert "\x1b" not in str(report) + repr(report)


def test_a_bill_adds_up_what_summaries_took() -> None:
    bill = Bill()
    bill.add(Spent(1, 10, 2))
    bill.add(Spent(1, 5, 1, estimated=True))
    assert bill.total == Spent(2, 15, 3, estimated=True)
