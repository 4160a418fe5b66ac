"""The chat panel without a browser: what its page would ask, on real sessions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from agents import Agent, function_tool

import workbench as wb
from tests.models.conftest import without_key
from workbench import loop
from workbench.errors import InvalidValue, KeyRequired, SessionChanged, TurnFailed
from workbench.widgets.chat import ChatPanel

__all__ = ["without_key"]

JOHN = "My name is John"
Made = Callable[..., "Page"]


class Page:
    """A panel, and what it has told its pages."""

    def __init__(self, panel: ChatPanel) -> None:
        self.panel = panel
        self.told: list[dict[str, Any]] = []
        self.heard: Callable[[dict[str, Any]], object] = lambda _message: None
        panel.send = self.hear

    def hear(self, message: dict[str, Any], _buffers: Any = None) -> None:
        self.told.append(message)
        self.heard(message)

    def ask(self, verb: str, **given: Any) -> Any:
        """What the panel answers."""
        return loop.run(getattr(self.panel, f"on_{verb}")(lambda **_news: None, **given))

    @property
    def past(self) -> dict[str, Any]:
        """The conversation as the panel tells it to a new page."""
        found: dict[str, Any] = self.ask("hello")["past"]
        return found

    @property
    def version(self) -> int:
        return int(self.past["version"])

    def texts(self) -> list[str]:
        return [each["text"] for each in self.past["rows"]]

    def events(self, name: str) -> list[dict[str, Any]]:
        return [each for each in self.told if each.get("event") == name]


@pytest.fixture
def made() -> Iterator[Made]:
    """Makes panels, and closes them."""
    pages: list[Page] = []

    def make(*args: Any, **options: Any) -> Page:
        pages.append(Page(wb.chat(*args, **options)))
        return pages[-1]

    yield make
    for page in pages:
        page.panel.close()


@pytest.fixture
def page(made: Made) -> Page:
    return made("demo")


def broken_agent() -> Any:
    @function_tool(failure_error_function=None)
    def divide(by: int) -> float:
        return 1 / by

    return Agent(name="Broken", tools=[divide])


def test_a_message_is_a_turn_that_ends_with_what_it_took(page: Page) -> None:
    page.ask("send", text=JOHN)
    rows = page.past["rows"]
    assert [each["text"] for each in rows] == [JOHN, "Nice to meet you, John."]
    assert "tokens (estimated)" in rows[-1]["footer"]
    assert [each.status for each in page.panel.turns] == ["done"]
    assert loop.run(page.panel.session.get_items())[0]["content"] == JOHN
    past = page.events("past")[-1]
    assert past["ended"]
    assert [each.get("as") for each in past["past"]["rows"]] == [0, 1]


def test_a_turn_that_fails_leaves_the_history_as_it_was(made: Made) -> None:
    page = made("demo", agent=broken_agent())
    page.ask("send", text=JOHN)
    with pytest.raises(TurnFailed):
        page.ask("send", text="Use divide by 0")
    assert page.texts() == [JOHN, "Nice to meet you, John."]
    assert page.events("past")[-1]["ended"]
    page.ask("send", text="What's my name?")
    assert page.texts()[-1] == "Your name is John."


def test_a_stopped_turn_is_taken_back_and_the_panel_goes_on(made: Made) -> None:
    page = made("demo", model=wb.OfflineModel(delay=5))

    async def stopped() -> None:
        begun = asyncio.Event()
        page.heard = lambda message: begun.set() if message.get("event") == "more" else None
        asked = asyncio.ensure_future(page.panel.on_send(lambda **_: None, text=JOHN))
        await begun.wait()
        with pytest.raises(InvalidValue, match="under way"):
            await page.panel.on_undo(lambda **_: None, version=0)
        assert (await page.panel.greeting())["running"][0]["text"] == JOHN
        await page.panel.on_stop(lambda **_: None)
        with pytest.raises(asyncio.CancelledError):
            await asked

    loop.run(stopped())
    assert page.texts() == []
    assert page.ask("hello")["running"] is None


def test_undo_takes_the_last_turn_out_and_redo_puts_it_back(page: Page) -> None:
    page.ask("send", text=JOHN)
    page.ask("send", text="My dog is called Rex")
    page.ask("undo", version=page.version)
    assert (len(page.texts()), page.past["undone"]) == (2, 1)
    page.ask("redo", version=page.version)
    assert (len(page.texts()), page.past["undone"]) == (4, 0)
    with pytest.raises(InvalidValue, match="nothing was taken back"):
        page.ask("redo", version=page.version)


def test_regenerate_takes_the_same_turn_again(page: Page) -> None:
    page.ask("send", text=JOHN)
    page.ask("again", version=page.version)
    assert page.texts() == [JOHN, "Nice to meet you, John."]
    assert len(page.panel.turns) == 2
    assert len(wb.history("demo", full=True)) == 4


def test_an_edited_message_takes_the_place_of_its_turn_and_of_later_ones(page: Page) -> None:
    page.ask("send", text=JOHN)
    page.ask("send", text="What's my name?")
    page.ask("resend", version=page.version, turn=1, text="My name is Mary")
    assert page.texts() == ["My name is Mary", "Nice to meet you, Mary."]


def test_what_was_to_be_replaced_comes_back_when_the_new_turn_fails(made: Made) -> None:
    page = made("demo", agent=broken_agent())
    page.ask("send", text=JOHN)
    with pytest.raises(TurnFailed):
        page.ask("resend", version=page.version, turn=1, text="Use divide by 0")
    assert page.texts() == [JOHN, "Nice to meet you, John."]
    with pytest.raises(InvalidValue, match="no agent"):
        page.ask("again", version=page.version, agent="nobody")
    assert len(page.texts()) == 2


def test_a_fork_has_the_turns_up_to_there_and_is_shown(page: Page) -> None:
    page.ask("send", text=JOHN)
    page.ask("send", text="What's my name?")
    assert page.ask("fork", version=page.version, turn=1) == "demo-2"
    assert (page.past["name"], len(page.texts()), page.panel.title) == ("demo-2", 2, "Chat: demo-2")
    page.ask("open", name="demo")
    assert len(page.texts()) == 4


def test_a_turn_taken_elsewhere_shows_when_the_reader_comes_back(page: Page) -> None:
    before = page.version
    wb.ask("demo", JOHN, stream=False)
    page.ask("look", version=before)
    assert page.events("past")[-1]["past"]["rows"][0]["text"] == JOHN
    told = len(page.told)
    page.ask("look", version=page.version)
    assert len(page.told) == told, "nothing is told when nothing is new"


def test_what_changed_meanwhile_is_not_taken_back_unseen(page: Page) -> None:
    page.ask("send", text=JOHN)
    seen = page.version
    wb.ask("demo", "My dog is called Rex", stream=False)
    with pytest.raises(SessionChanged, match="has changed"):
        page.ask("undo", version=seen)
    assert len(page.texts()) == 4


def test_a_tool_waits_for_the_reader_and_goes_on_when_approved(made: Made) -> None:
    sent = []

    @function_tool(needs_approval=True)
    def send_mail(to: str) -> str:
        sent.append(to)
        return f"sent to {to}"

    page = made("mail", agent=Agent(name="Mailer", tools=[send_mail]))
    page.ask("send", text="Use send_mail with to joe@example.com")
    (call,) = page.past["waiting"]
    assert (call["tool"], call["status"], sent) == ("send_mail", "waiting", [])
    page.ask("decide", call_id=call["call_id"], approve=True)
    assert (page.past["waiting"], sent) == ([], ["joe@example.com"])
    tool = next(each for each in page.past["rows"] if each["kind"] == "tool")
    assert tool["output"] == "sent to joe@example.com"
    page.ask("send", text="Use send_mail with to ann@example.com")
    (call,) = page.past["waiting"]
    page.ask("decide", call_id=call["call_id"], approve=False, message="not now")
    assert sent == ["joe@example.com"]
    assert "not now" in str(loop.run(page.panel.session.get_items()))


def test_one_can_look_under_a_compaction(page: Page) -> None:
    for number in range(6):
        wb.ask("demo", f"My number {number} is {number}", stream=False)
    wb.compact("demo", max_messages=4)
    page.ask("look", version=page.version)
    summary = page.past["rows"][0]
    found = page.ask("beneath", compaction=summary["compaction"], start=0)
    assert found["rows"][0]["text"] == "My number 0 is 0"
    assert found["total"] == len(found["rows"]) > 2
    with pytest.raises(InvalidValue):
        page.ask("beneath", compaction="", start=0)


def test_rows_are_paged_and_only_of_what_the_page_shows(page: Page) -> None:
    session: Any = page.panel.session
    loop.run(session.add_items([{"role": "user", "content": str(n)} for n in range(500)]))
    page.ask("look", version=page.version)
    past = page.past
    assert (past["total"], len(past["rows"]), past["rows"][-1]["text"]) == (500, 60, "499")
    rows = page.ask("rows", version=past["version"], start=100, count=10_000)["rows"]
    assert (len(rows), rows[0]["place"], rows[0]["text"]) == (200, 100, "100")
    assert page.ask("rows", version=past["version"] + 1, start=0, count=50) == {"rows": []}


def test_the_footer_knows_tokens_time_cost_and_context(page: Page) -> None:
    page.ask("send", text=JOHN)
    spent = page.ask("spent")
    assert spent["estimated"]
    assert spent["cost"] == 0.0
    assert min(spent["seconds"], spent["context"], spent["output_tokens"]) > 0


def test_an_encrypted_session_whose_key_is_not_known_is_refused_in_words(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    wb.session("secret", encrypt=True, key=wb.generate_key())
    from workbench.workspace import workspace

    workspace().secrets.forget("secret")
    monkeypatch.delenv("WORKBENCH_KEY", raising=False)
    with pytest.raises(KeyRequired, match="needs its key"):
        page.ask("open", name="secret")
    assert page.past["name"] == "demo"


def test_a_file_goes_with_the_message_by_its_name(page: Page) -> None:
    page.ask("send", text="Look at this", files=[{"name": "a.txt", "data": "aGVsbG8="}])
    item = loop.run(page.panel.session.get_items())[0]
    assert [each["type"] for each in item["content"]] == ["input_text", "input_file"]
    assert item["content"][1]["filename"] == "a.txt"


def test_a_session_object_of_the_sdk_is_shown_and_gone_on_with(made: Made) -> None:
    from agents import SQLiteSession

    theirs = SQLiteSession("theirs")
    page = made(theirs)
    page.ask("send", text=JOHN)
    assert page.texts() == [JOHN, "Nice to meet you, John."]
    assert len(asyncio.run(theirs.get_items())) == 2
    theirs.close()


def test_the_saved_forms_are_renewed_and_nothing_said_is_in_the_widget_state(page: Page) -> None:
    page.ask("send", text="My secret is tulip")
    assert "tulip" in page.panel.forms()["text/plain"]
    assert "tulip" in page.panel.forms()["text/html"]
    assert "tulip" not in str(page.panel.get_state())
    assert "tulip" not in repr(page.panel)


def test_what_is_no_session_agent_or_model_is_refused() -> None:
    for bad in ({"target": 3}, {"target": "a", "agent": "x"}, {"target": "a", "model": 3}):
        with pytest.raises(InvalidValue):
            wb.chat(**bad)
