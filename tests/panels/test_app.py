from __future__ import annotations

import asyncio
import json
from queue import SimpleQueue
from typing import Any

import pytest

import workbench as wb
from tests.render.hostile import PAYLOADS, problems
from workbench import loop
from workbench.errors import InvalidValue, UnknownSession
from workbench.panels.app import app
from workbench.widgets.app import AppPanel
from workbench.widgets.app.children import KEPT
from workbench.widgets.panel import Panel

PATIENCE = 10


@pytest.fixture(autouse=True)
def desk() -> None:
    """Two sessions in the workspace."""
    for name in ("tea", "coffee"):
        wb.ask(name, f"I prefer {name}", stream=False)
    wb.tag("tea", "drinks", "hot", title="About tea")


def panel_of(name: str | None = None) -> tuple[AppPanel, SimpleQueue[dict[str, Any]]]:
    """The app, and what it sends to its page."""
    made, sent = app(name), SimpleQueue[dict[str, Any]]()
    made.send = lambda content, buffers=None: sent.put(content)
    made._requests._reply = sent.put
    return made, sent


def asked(panel: AppPanel, sent: SimpleQueue[dict[str, Any]], verb: str, **given: Any) -> Any:
    """The answer to a request; an error as text."""
    panel._take(panel, {"ask": verb, "id": "1", "given": given}, [])
    while "answer" not in (message := sent.get(timeout=PATIENCE)):
        continue
    return message.get("value", message.get("error"))


def names(page: dict[str, Any]) -> list[str]:
    return [each["name"] for each in page["sessions"]]


def test_the_session_that_was_used_last_is_chosen_first() -> None:
    assert app().chosen == "coffee"
    assert app("tea").chosen == "tea"


def test_a_name_that_is_not_there_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownSession, match="tea"):
        app("te")


def test_the_page_gets_every_session_with_what_is_noted_about_it() -> None:
    panel, sent = panel_of()
    page = asked(panel, sent, "hello")["list"]
    assert names(page) == ["coffee", "tea"]
    tea = page["sessions"][1]
    assert (tea["title"], tea["tags"], tea["items"]) == ("About tea", ["drinks", "hot"], 2)
    assert page["tags"] == [("drinks", 1), ("hot", 1)]


@pytest.mark.parametrize("given", [{"text": "ABOUT t"}, {"text": "hot tea"}, {"tag": "hot"}])
def test_sessions_are_found_by_name_title_and_tag(given: dict[str, str]) -> None:
    panel, sent = panel_of()
    page = asked(panel, sent, "list", **given)
    assert (names(page), page["found"], page["all"]) == (["tea"], 1, 2)


def test_what_was_said_is_found_with_its_session_and_turn() -> None:
    panel, sent = panel_of()
    found = asked(panel, sent, "search", text="prefer coffee")
    assert {hit["name"] for hit in found["hits"]} == {"coffee"}
    assert found["hits"][0]["turn"] == 1
    assert "**coffee**" in found["hits"][0]["snippet"]


def test_a_new_session_gets_its_name_or_a_free_one_and_is_chosen() -> None:
    panel, sent = panel_of()
    assert asked(panel, sent, "new", name=" water ") == "water"
    assert panel.chosen == "water"
    free = asked(panel, sent, "new")
    assert {"water", free} < set(wb.list_sessions()["name"])
    assert "already" in asked(panel, sent, "new", name="tea")


def test_a_store_whose_password_is_not_known_asks_nobody() -> None:
    panel, sent = panel_of()
    said = asked(panel, sent, "new", name="far", store="redis://:@nowhere.invalid")
    assert "password" in said
    assert "far" not in set(wb.list_sessions()["name"])


def test_a_fork_begins_as_its_origin_and_is_chosen() -> None:
    panel, sent = panel_of()
    assert asked(panel, sent, "fork", name="tea", new="green") == "green"
    assert panel.chosen == "green"
    assert len(wb.history("green")) == 2
    assert asked(panel, sent, "fork", name="tea") == "tea-2"


def test_a_chat_inside_that_turns_to_another_session_takes_the_app_along() -> None:
    panel, sent = panel_of("tea")
    asked(panel, sent, "open", name="tea", kind="chat")
    chat = panel.child("chat")
    assert chat is not None
    for name in ("coffee", "brand new"):
        loop.run(chat.on_open(lambda **_news: None, name=name))
        assert panel.chosen == name
        assert sent.get(timeout=PATIENCE) == {"event": "choose", "name": name}
    assert "brand new" in set(wb.list_sessions()["name"])
    assert chat.title == "Chat: tea"


def test_title_and_tags_are_changed_to_what_the_page_says() -> None:
    panel, sent = panel_of()
    asked(panel, sent, "note", name="tea", tags=["hot", "green"], title="")
    about = wb.tag("tea")
    assert (about.title, set(about.tags)) == (None, {"hot", "green"})
    assert "comma" in asked(panel, sent, "note", name="tea", tags=["a,b"], title="")


def test_a_deleted_session_is_gone_and_no_longer_chosen() -> None:
    panel, sent = panel_of("tea")
    assert asked(panel, sent, "delete", name="tea") is None
    assert panel.chosen is None
    assert list(wb.list_sessions()["name"]) == ["coffee"]


@pytest.mark.parametrize(
    ("verb", "given"),
    [
        ("list", {"text": 3}),
        ("list", {"text": "x" * 3000}),
        ("note", {"name": "tea", "tags": "hot", "title": ""}),
        ("note", {"name": "tea", "tags": [None], "title": ""}),
        ("open", {"name": "tea", "kind": "../chat"}),
        ("open", {"name": "nobody", "kind": "chat"}),
        ("delete", {"name": None}),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(verb: str, given: dict[str, Any]) -> None:
    panel, sent = panel_of()
    assert isinstance(asked(panel, sent, verb, **given), str)
    assert len(wb.list_sessions()) == 2


def test_nothing_that_was_said_is_in_the_widgets_state() -> None:
    panel, sent = panel_of("tea")
    asked(panel, sent, "hello")
    state = {key: value for key, value in panel.get_state().items() if key not in ("_esm", "_css")}
    text = json.dumps(state, default=str)
    assert "prefer" not in text
    assert "About tea" not in text


def test_the_static_form_is_the_list_and_the_chosen_conversation() -> None:
    forms = app("tea").forms()
    for text in forms.values():
        assert "2 sessions" in text
        assert "coffee" in text
        assert "I prefer tea" in text
        assert "I prefer coffee" not in text
    assert "<table>" in forms["text/html"]


def test_an_empty_workspace_has_a_static_form_too() -> None:
    for name in ("tea", "coffee"):
        panel, sent = panel_of()
        asked(panel, sent, "delete", name=name)
    assert "No sessions yet." in app().forms()["text/plain"]


def test_hostile_titles_tags_and_messages_do_nothing_in_the_static_form() -> None:
    wb.ask("bad", "\n\n".join(PAYLOADS), stream=False)
    wb.tag("bad", title=PAYLOADS[0])
    for payload in PAYLOADS[:40]:
        name = payload[:100]
        if name.isprintable() and "," not in name and "://" not in name:
            wb.tag("bad", name[:60])
    assert problems(app("bad").forms()["text/html"]) == []


class Fake(Panel):
    """A panel that only knows whether it is open."""

    def __init__(self) -> None:
        self.alive = True
        super().__init__()

    def close(self) -> None:
        self.alive = False
        super().close()


def test_panels_are_made_once_and_those_of_sessions_left_long_ago_are_closed() -> None:
    panel, sent = panel_of()
    made: dict[tuple[str, str], Fake] = {}

    async def make(kind: str, name: str) -> Panel:
        await asyncio.sleep(0)
        assert (name, kind) not in made
        made[name, kind] = Fake()
        return made[name, kind]

    panel._children._make = make
    for number in range(KEPT):
        first = asked(panel, sent, "open", name=f"s{number}", kind="chat")
        assert asked(panel, sent, "open", name=f"s{number}", kind="chat") == first
    asked(panel, sent, "open", name="s0", kind="grid")
    asked(panel, sent, "open", name="one more", kind="chat")
    assert [key for key, each in made.items() if not each.alive] == [("s1", "chat")]
    assert panel.child("chat") is made["one more", "chat"]
    assert panel.child("grid") is None
    panel.close()
    assert not any(each.alive for each in made.values())


def test_two_views_that_open_a_tab_at_once_get_one_panel() -> None:
    panel, _sent = panel_of()
    count = []

    async def make(kind: str, name: str) -> Panel:
        await asyncio.sleep(0.01)
        count.append(name)
        return Fake()

    panel._children._make = make

    async def both() -> list[Panel]:
        get = panel._children.get
        return list(await asyncio.gather(get("tea", "chat"), get("tea", "chat")))

    one, other = loop.run(both())
    assert one is other
    assert count == ["tea"]


def test_a_panel_that_can_not_be_made_is_an_error_in_words_and_is_tried_again() -> None:
    panel, sent = panel_of()
    tries = []

    async def make(kind: str, name: str) -> Panel:
        tries.append(name)
        if len(tries) == 1:
            raise InvalidValue("not now")
        return Fake()

    panel._children._make = make
    assert asked(panel, sent, "open", name="tea", kind="chat") == "not now"
    assert asked(panel, sent, "open", name="tea", kind="chat") != "not now"
