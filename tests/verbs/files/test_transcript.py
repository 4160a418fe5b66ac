from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import workbench as wb
from tests.render.hostile import PAYLOADS, problems
from tests.render.test_safe_markdown import found
from tests.verbs.files.conversations import PICTURE, make
from workbench import loop
from workbench.protocols import StoredItem
from workbench.render.page_style import STYLE


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(name: str = "demo", ending: str = "html", **options: Any) -> str:
    return wb.export(name, f"{name}.{ending}", overwrite=True, **options).path.read_text("utf-8")


def talk(*said: str, role: str = "assistant") -> None:
    session: Any = wb.session("demo")
    items = [{"role": "user", "content": "Hi"}]
    items += [{"role": role, "content": each} for each in said]
    loop.run(session.append(items, turn_id="t1"))


def test_a_page_has_title_turns_roles_tools_and_pictures() -> None:
    make()
    page = written()
    assert "<h1" in page
    assert "Mail to joe@example.com</h1>" in page
    assert re.findall(r"<h2>Turn (\d)", page) == ["1", "2", "3"]
    assert re.findall(r"<h3>(\w+)</h3>", page).count("user") == 3
    assert '<details class="tool">' in page
    assert "sent to joe@example.com" in page
    assert f'<img src="{PICTURE}" alt="[image]">' in page
    assert "<em>Nice</em>" in page
    assert "2026-01-02 03:04 UTC · 1.5 s · 120 + 34 tokens · gpt-5.2" in page
    assert re.search(r'<details class="aside">\s*<summary>hidden: 1 item</summary>', page)
    assert "archived, cancelled turn: 1 item" in page
    assert "archived, cancelled" not in written(archived=False)


def test_a_page_loads_nothing_and_has_no_script() -> None:
    make()
    page = written()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy
    assert policy[1].startswith("default-src 'none'; img-src data:; style-src 'unsafe-inline';")
    assert "<script" not in page
    assert page.index("Content-Security-Policy") < page.index("<style")
    assert not re.findall(r'(?:src|href)="(?!data:image/png;base64,)[^"]*"', page)
    assert "prefers-color-scheme: dark" in page


def test_a_picture_that_is_elsewhere_is_not_shown() -> None:
    session: Any = wb.session("demo")
    urls = [
        "https://evil.example/pixel.gif",
        "data:image/svg+xml;base64,PHN2Zz4=",
        'data:image/png;base64,AA=="onerror="alert(1)',
        "javascript:alert(1)",
        "file_id",
    ]
    parts = [{"type": "input_image", "image_url": url} for url in urls]
    loop.run(session.append([{"role": "user", "content": parts}]))
    page = written()
    assert "<img" not in page
    assert page.count("[image]") == len(urls)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_payload_is_more_than_text_in_a_page(payload: str) -> None:
    for role in ("user", "assistant", "system", "odd"):
        talk(payload, role=role)
    session: Any = wb.session("demo")
    call = {"type": "function_call", "call_id": "c", "name": payload, "arguments": payload}
    answer = {"type": "function_call_output", "call_id": "c", "output": payload}
    loop.run(session.append([call, answer], turn_id=payload))
    body = written().partition("<main>")[2].replace(' lang=""', "")
    assert [each for each in problems(body) if not each.startswith(FRAME)] == []


FRAME = ("<main>", "<header>", "<dd>", "<section", "section id", "<article", "article class")
"""What the page itself is made of, beside what any text may become."""


@pytest.mark.parametrize("ending", ["md", "html"])
def test_a_hostile_title_tag_and_model_are_only_text(ending: str) -> None:
    make(about=False)
    wb.tag("demo", "<b>", title="</title><script>alert(1)</script># x")
    page = written(ending=ending)
    assert "<script" not in page
    assert "<b>" not in page


def test_markdown_has_the_same_parts_and_no_html_of_others() -> None:
    make()
    talk_page = written(ending="md")
    assert talk_page.startswith("# Mail to joe@example.com\n")
    assert re.findall(r"^## Turn (\d)$", talk_page, re.M) == ["1", "2", "3"]
    assert "**user:**\n\nMy name is John" in talk_page
    assert "<details><summary>send_mail(" in talk_page
    assert "<em>hidden: 1 item</em>" in talk_page
    assert "PNG" not in talk_page
    assert "data:image" not in talk_page


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_payload_is_more_than_text_in_markdown(payload: str) -> None:
    talk(payload, "and then\n\n```\n<b>code</b>\n```", payload)
    assert found(written(ending="md")) == []


def test_what_a_tool_answered_is_there_whole() -> None:
    session: Any = wb.session("demo")
    long = "x" * 60_000 + " the end"
    call = {"type": "function_call", "call_id": "c", "name": "look", "arguments": "{}"}
    answer = {"type": "function_call_output", "call_id": "c", "output": long}
    loop.run(session.append([{"role": "user", "content": "Hi"}, call, answer]))
    for ending in ("md", "html"):
        assert "x the end" in written(ending=ending)
        assert "more characters" not in written(ending=ending)


def test_halves_of_characters_and_control_characters_do_no_harm() -> None:
    talk("a \ud800 b \x00 c \x1b[31m d")
    for ending in ("md", "html"):
        page = written(ending=ending)
        assert "\x1b" not in page
        assert "\x00" not in page


def test_text_of_other_scripts_tells_its_own_direction() -> None:
    talk("اسمك جون")
    assert '<p dir="auto">اسمك جون</p>' in written()


def test_the_style_sheet_loads_nothing() -> None:
    assert "url(" not in STYLE
    assert "@import" not in STYLE


def test_a_conversation_whose_archive_changes_meanwhile_is_read_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from workbench.sessions.stored import StoredSession

    make()
    session: Any = wb.session("demo")
    first = loop.run(session.rows())[0].key
    real, seen = StoredSession.page, iter(range(100))

    async def page(self: StoredSession, *given: Any, **options: Any) -> list[StoredItem]:
        found = await real(self, *given, **options)
        if next(seen) == 0:  # the item that was just read is archived before the rest is
            await session.archive([first], reason="cleared")
        return found

    monkeypatch.setattr(StoredSession, "page", page)
    report = wb.export("demo", "demo.jsonl")
    assert (report.items, report.archived) == (7, 2)
    monkeypatch.undo()
