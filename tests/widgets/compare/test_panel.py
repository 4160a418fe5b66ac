"""The panel of a comparison against what a page may send, on a contest that answers at once."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.render.hostile import PAYLOADS, problems
from tests.sending import kept_of
from workbench import loop
from workbench.errors import InvalidValue
from workbench.widgets.compare import ComparePanel
from workbench.widgets.stream import EVERY


@dataclass
class Nobody:
    """Is asked, and gives no answer."""

    labels: list[str]
    in_place: bool = False
    did: list[Any] = field(default_factory=list)

    def columns(self) -> list[tuple[str, str]]:
        return [(label, "model") for label in self.labels]

    async def known(self) -> list[str]:
        return ["x"]

    async def ask(self, prompt: str, *, repeat: int, go_on: bool, hear: Any) -> Any:
        self.did.append((prompt, repeat, go_on))
        hear(self.labels[0], 1, "text", "said")
        raise InvalidValue("nobody is there")

    def stop(self, label: str | None = None) -> None:
        self.did.append(("stop", label))

    async def add(self, target: str) -> None:
        self.labels.append(target)

    def remove(self, label: str) -> None:
        self.labels.remove(label)

    async def keep(self, label: str, run: int, name: str | None) -> str:
        self.did.append((label, run, name))
        return name or "kept"

    async def close(self) -> None:
        self.did.append("closed")


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the panel sends."""
    return kept_of(ComparePanel, monkeypatch)


def asked(panel: ComparePanel, verb: str, **given: Any) -> Any:
    """What a page gets that sends this."""
    return loop.run(panel._work("1", verb, given))


@pytest.mark.parametrize(
    ("verb", "given", "said"),
    [
        ("ask", {}, "the prompt is empty"),
        ("ask", {"prompt": " "}, "the prompt is empty"),
        ("ask", {"prompt": 5}, "the prompt is empty"),
        ("ask", {"prompt": "x" * 1_000_001}, "1,000,000 characters are the most"),
        ("ask", {"prompt": "Hi", "repeat": 0}, "repeat is a number from 1 to 10"),
        ("ask", {"prompt": "Hi", "repeat": 11}, "repeat is a number from 1 to 10"),
        ("ask", {"prompt": "Hi", "repeat": True}, "repeat is a number from 1 to 10"),
        ("ask", {"prompt": "Hi", "repeat": "2"}, "repeat is a number from 1 to 10"),
        ("add", {"target": None}, "write what to compare"),
        ("remove", {"column": 1}, "named by its label"),
        ("stop", {"column": ["a"]}, "has a label"),
        ("keep", {"column": {}}, "named by its label"),
        ("keep", {"column": "a", "run": 0}, "a number from 1"),
        ("nonsense", {}, "does not know 'nonsense'"),
    ],
)
def test_what_a_page_sends_is_checked(
    verb: str, given: dict[str, Any], said: str, sent: list[Any]
) -> None:
    contest = Nobody(["a", "b"])
    with pytest.raises(InvalidValue, match=said):
        asked(ComparePanel(contest), verb, **given)
    assert contest.did == []


def test_a_round_of_which_nothing_comes_ends_and_the_next_can_begin(sent: list[Any]) -> None:
    contest = Nobody(["a", "b"])
    panel = ComparePanel(contest)
    for _ in range(2):
        with pytest.raises(InvalidValue, match="nobody is there"):
            asked(panel, "ask", prompt="Hi", go_on="yes")
    assert contest.did == [("Hi", 1, False)] * 2
    assert [each["over"] for each in asked(panel, "look")["rounds"]] == [True, True]
    assert sent[-1]["over"] == {"over": True, "facts": [], "measures": []}
    with pytest.raises(InvalidValue, match="nothing was compared yet"):
        _ = panel.frame


class Chatty(Nobody):
    """Says a word every few milliseconds."""

    async def ask(self, prompt: str, *, repeat: int, go_on: bool, hear: Any) -> Any:
        for number in range(200):
            hear("a", 1, "text", f"word{number} ")
            await asyncio.sleep(0.005)
        raise InvalidValue("nobody is there")


def test_a_reply_travels_once_in_few_messages(sent: list[Any]) -> None:
    begun = time.monotonic()
    with pytest.raises(InvalidValue):
        asked(ComparePanel(Chatty(["a"])), "ask", prompt="Hi")
    took = time.monotonic() - begun
    pieces = [each["more"] for each in sent if "more" in each]
    assert "".join(pieces) == "".join(f"word{number} " for number in range(200))
    assert len(pieces) <= took / EVERY + 2


def test_columns_that_change_are_told_to_every_view(sent: list[Any]) -> None:
    panel = ComparePanel(Nobody(["a"]))
    asked(panel, "add", target="b")
    asked(panel, "remove", column="a")
    told = [each["columns"] for each in sent if each["event"] == "columns"]
    assert told == [[["a", "model"], ["b", "model"]], [["b", "model"]]]
    assert asked(panel, "hello")["columns"] == [["b", "model"]]
    assert asked(panel, "known") == ["x"]


def test_stopping_and_keeping_reach_the_contest(sent: list[Any]) -> None:
    contest = Nobody(["a"])
    panel = ComparePanel(contest)
    asked(panel, "stop", column="a")
    asked(panel, "stop")
    assert asked(panel, "keep", column="a", run=2, name=" mine ") == {"name": "mine"}
    assert asked(panel, "keep", column="a", name=7) == {"name": "kept"}
    assert contest.did == [("stop", "a"), ("stop", None), ("a", 2, "mine"), ("a", 1, None)]
    panel.close()
    assert contest.did[-1] == "closed"


def test_before_a_run_the_static_form_lists_what_is_compared_and_is_harmless(
    sent: list[Any],
) -> None:
    forms = ComparePanel(Nobody(list(PAYLOADS))).forms()
    assert problems(forms["text/html"]) == []
    assert "demo (model)" in ComparePanel(Nobody(["demo"])).forms()["text/plain"]
    assert "- demo (model)" in ComparePanel(Nobody(["demo"])).forms()["text/markdown"]


def test_the_state_that_a_notebook_may_save_holds_nothing_that_was_said(sent: list[Any]) -> None:
    panel = ComparePanel(Nobody(["a"]))
    with pytest.raises(InvalidValue):
        asked(panel, "ask", prompt="a secret")
    state = {name: value for name, value in panel.get_state().items() if not name.startswith("_")}
    assert "secret" not in str(state)
