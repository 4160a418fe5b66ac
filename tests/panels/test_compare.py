"""``wb.compare_panel`` on real sessions: what the page is told, and what stays in Python."""

from __future__ import annotations

from typing import Any

import pytest
from agents import Agent, RunHooks

import workbench as wb
from tests.models.conftest import without_key
from tests.render.hostile import PAYLOADS, problems
from tests.sending import kept_of
from tests.turn.models import Refuses
from tests.verbs.compare.comparing import nothing_left, talked
from workbench import loop
from workbench.errors import InvalidValue, UnknownSession
from workbench.widgets.compare import ComparePanel

__all__ = ["without_key"]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the panel sends."""
    return kept_of(ComparePanel, monkeypatch)


def ask(panel: ComparePanel, prompt: str, **given: Any) -> None:
    loop.run(panel._work("1", "ask", {"prompt": prompt, **given}))


def test_a_round_is_told_to_the_page_and_kept_in_python(sent: list[Any]) -> None:
    talked("john", "My name is John")
    talked("jane", "My name is Jane")
    panel = wb.compare_panel({"john": "john", "jane": "jane", "broken": Refuses()}, repeat=2)
    assert loop.run(panel.greeting())["repeat"] == 2
    ask(panel, "What's my name?", repeat=2)
    (shown,) = loop.run(panel.greeting())["rounds"]
    assert [[cell["state"] for cell in runs] for runs in shown["cells"]] == [
        ["done", "done"],
        ["done", "done"],
        ["failed", "failed"],
    ]
    assert [runs[1]["text"] for runs in shown["cells"]][:2] == panel.frame["reply"].tolist()[:4:2]
    assert shown["cells"][0][0]["marks"] == [[13, 17]]
    assert dict(shown["facts"])["model"] == ["offline", "offline", "offline"]
    assert [each["equal"] for each in shown["measures"]] == [True, True, None]
    assert shown["measures"][0]["cost"] == 0.0
    news = [each["text"] for each in sent if each["event"] == "news"]
    assert news[-1] == "All answers are there: 4 done, 2 failed."
    assert "john is done." in news
    assert panel.comparison.targets == ("john", "jane", "broken")
    panel.close()
    assert nothing_left()
    assert len(panel.frame) == 6


def test_the_static_form_is_the_comparison_and_hostile_texts_stay_text(sent: list[Any]) -> None:
    panel = wb.compare_panel({PAYLOADS[0]: "offline", "other": "offline"})
    assert "To compare" in panel.forms()["text/plain"]
    for payload in PAYLOADS:
        ask(panel, f"Remember: {payload}", go_on=True)
    forms = panel.forms()
    assert forms == panel.comparison._repr_mimebundle_()
    assert problems(forms["text/html"]) == []
    panel.close()


def test_the_winner_can_be_talked_to(sent: list[Any]) -> None:
    talked("demo", "My name is John")
    panel = wb.compare_panel([Agent(name="Ann"), "demo"], session="demo")
    ask(panel, "Hi")
    made = loop.run(panel._work("2", "keep", {"column": "demo"}))
    assert made == {"name": "demo-compare-1"}
    assert wb.ask(made["name"], "What's my name?").text == "Your name is John."
    panel.close()
    assert nothing_left()


@pytest.mark.parametrize(
    ("targets", "options", "said"),
    [
        ([], {}, "nothing to compare"),
        (["offline"], {"repeat": 0}, "repeat is a number from 1"),
        (["offline"], {"repeat": 11}, "10 runs at most"),
        (["offline"], {"in_place": True}, "in_place is for conversations"),
        (["offline"], {"in_place": True, "repeat": 2}, "leave one out"),
        (["offline"], {"hooks": RunHooks()}, "hooks of its own"),
        (["offline"], {"max_trns": 1}, "did you mean 'max_turns'"),
        (["offline"], {"agent": "Ann"}, "an agents.Agent is expected"),
        (["nobody"], {}, "there is no session"),
    ],
)
def test_what_can_not_be_meant_is_refused(targets: Any, options: Any, said: str) -> None:
    with pytest.raises((InvalidValue, UnknownSession), match=said):
        wb.compare_panel(targets, **options)
