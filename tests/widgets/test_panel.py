from __future__ import annotations

import asyncio
import json
from queue import SimpleQueue
from typing import Any

import pytest

from workbench import loop
from workbench.widgets.panel import Panel, Tell

PATIENCE = 10
SECRET = "what was said"


class Echo(Panel):
    """A panel of the tests' own, with no page: it says what it is told."""

    def __init__(self) -> None:
        self.replies: SimpleQueue[dict[str, Any]] = SimpleQueue()
        self.said = SECRET
        super().__init__(title="Echo")

    def send(self, content: Any, buffers: Any = None) -> None:
        self.replies.put(content)

    def forms(self) -> dict[str, str]:
        return {
            "text/plain": self.said,
            "text/markdown": f"**{self.said}**",
            "text/html": f"<p>{self.said}</p>",
        }

    async def greeting(self) -> dict[str, Any]:
        return {"said": self.said}

    async def on_echo(self, tell: Tell, *, text: str) -> str:
        tell(done=1, total=2)
        return text

    async def on_wait(self, _tell: Tell) -> None:
        await asyncio.Event().wait()

    def ask(self, message: Any) -> None:
        """What a page sends."""
        self._take(self, message, [])

    def answer(self) -> dict[str, Any]:
        return self.replies.get(timeout=PATIENCE)


@pytest.fixture
def panel() -> Echo:
    return Echo()


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What is displayed from now on."""
    found: list[dict[str, Any]] = []

    def display(data: Any, **how: Any) -> None:
        found.append({"data": data, **how})

    monkeypatch.setattr("IPython.display.display", display)
    return found


def test_a_view_is_greeted_with_the_id_of_its_model(panel: Echo) -> None:
    panel.ask({"ask": "hello", "id": "1", "given": {}})
    assert panel.answer() == {"answer": "1", "value": {"model": panel.model_id, "said": SECRET}}


def test_news_on_the_way_come_before_the_answer(panel: Echo) -> None:
    panel.ask({"ask": "echo", "id": "1", "given": {"text": "hi"}})
    assert panel.answer() == {"told": "1", "done": 1, "total": 2}
    assert panel.answer() == {"answer": "1", "value": "hi"}


@pytest.mark.parametrize("verb", ["nothing", None, 3, "../x", "__init__"])
def test_a_verb_that_is_not_known_is_refused_in_words(panel: Echo, verb: Any) -> None:
    panel.ask({"ask": verb, "id": "1", "given": {}})
    assert "does not know" in panel.answer()["error"]


def test_arguments_that_are_not_known_are_refused_and_the_panel_goes_on(panel: Echo) -> None:
    panel.ask({"ask": "echo", "id": "1", "given": {"txt": "hi"}})
    assert "txt" in panel.answer()["error"]
    panel.ask({"ask": "hello", "id": "2"})
    assert panel.answer()["answer"] == "2"


@pytest.mark.parametrize("message", [None, [], "hello", 1, {}, {"id": 1, "ask": "hello"}])
def test_what_is_no_message_is_left_alone(panel: Echo, message: Any) -> None:
    panel.ask(message)
    panel.ask({"ask": "hello", "id": "1", "given": "nonsense"})
    assert panel.answer()["answer"] == "1"
    assert panel.replies.empty()


def test_a_request_is_stopped_by_the_page_and_by_closing_the_panel(panel: Echo) -> None:
    panel.ask({"ask": "wait", "id": "1"})
    panel.ask({"stop": "1"})
    assert panel.answer() == {"answer": "1", "stopped": True}
    panel.ask({"ask": "wait", "id": "2"})
    panel.close()
    assert panel.answer() == {"answer": "2", "stopped": True}


def test_events_and_news_go_to_every_view(panel: Echo) -> None:
    panel.tell_all("grown", by=3)
    panel.announce("A reply is there.")
    assert panel.answer() == {"event": "grown", "by": 3}
    assert panel.answer() == {"event": "news", "text": "A reply is there."}


def test_the_widgets_state_holds_nothing_of_what_was_said(panel: Echo) -> None:
    state = {key: value for key, value in panel.get_state().items() if key not in ("_esm", "_css")}
    assert SECRET not in json.dumps(state, default=str)
    assert state["title"] == "Echo"


def test_each_panel_has_an_id_of_its_own(panel: Echo) -> None:
    assert panel.panel_id != Echo().panel_id


def test_the_output_holds_the_static_forms_and_the_place_of_the_live_one(
    panel: Echo, shown: list[dict[str, Any]]
) -> None:
    panel._ipython_display_()
    (output,) = shown
    assert output["data"]["text/plain"] == SECRET
    assert f"workbench-place-{panel.panel_id}" in output["data"]["text/html"]
    assert f"<p>{SECRET}</p>" in output["data"]["text/html"]
    assert set(output["data"]) == {"text/plain", "text/markdown", "text/html"}


def settle(panel: Echo) -> None:
    loop.run(panel.on_settle(lambda **_news: None))


def test_the_saved_form_is_renewed_in_its_place_when_it_has_changed(
    panel: Echo, shown: list[dict[str, Any]]
) -> None:
    panel._ipython_display_()
    settle(panel)
    assert len(shown) == 1
    panel.said = "something else"
    settle(panel)
    first, second = shown
    assert second["update"]
    assert second["display_id"] == first["display_id"]
    assert "something else" in second["data"]["text/html"]
    settle(panel)
    assert len(shown) == 2


def test_a_panel_inside_another_one_has_no_saved_form_to_renew(
    panel: Echo, shown: list[dict[str, Any]]
) -> None:
    settle(panel)
    assert shown == []


def test_a_panel_says_its_title_and_no_more(panel: Echo) -> None:
    assert repr(panel) == "<Echo: Echo>"
