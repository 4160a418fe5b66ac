from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from typing import Any

import matplotlib as mpl
import pytest
from agents.memory import SessionSettings
from matplotlib import pyplot

import workbench as wb
from tests.render.hostile import PAYLOADS, problems
from tests.render.test_safe_markdown import found
from tests.turn.models import add, agent
from workbench import loop
from workbench.errors import MissingExtra
from workbench.sessions import MemorySession
from workbench.verbs.context import Context

mpl.use("Agg")


@pytest.fixture(autouse=True)
def no_figures_left() -> Iterator[None]:
    yield
    pyplot.close("all")


@pytest.fixture
def made() -> Context:
    wb.ask("demo", "My name is John")
    return wb.context(
        "demo", "Hi", agent=agent(tools=[add], instructions="Be Ada."), model="gpt-4o"
    )


def test_it_shows_itself_in_three_forms(made: Context) -> None:
    forms = made._repr_mimebundle_()
    assert set(forms) == {"text/plain", "text/markdown", "text/html"}
    assert str(made) == forms["text/plain"]
    for form in forms.values():
        for word in ("demo", "estimated", "gpt-4o", "instructions", "tools", "user", "128,000"):
            assert word in form
    assert problems(forms["text/html"]) == []
    assert "My name is John" in forms["text/html"]


def test_its_repr_holds_no_text(made: Context) -> None:
    assert repr(made).startswith("<Context of 'demo': about ")
    assert "John" not in repr(made) + str(made) + made._repr_markdown_()


def test_an_empty_one_shows_itself_too() -> None:
    made = wb.context(MemorySession("new"), agent=agent(instructions=None))
    assert made.rows == ()
    assert "about 0 tokens" in str(made)
    assert problems(made._repr_html_()) == []
    assert made.frame.empty
    made.plot().figure.canvas.draw()


def test_what_is_not_sent_is_said() -> None:
    session = MemorySession("long", session_settings=SessionSettings(limit=2))
    wb.ask(session, "My name is John")
    wb.ask(session, "Hi")
    assert "2 not sent: beyond the limit" in str(wb.context(session))
    assert "2 not sent: beyond the limit" in wb.context(session)._repr_html_()


def test_a_long_one_lists_the_first_and_says_how_many_more() -> None:
    session = MemorySession("long")
    items = [{"role": "user", "content": f"line {number}"} for number in range(300)]
    loop.run(session.add_items(items))
    html = wb.context(session)._repr_html_()
    assert "line 150" in html
    assert "line 250" not in html
    assert "101 more are in <code>.frame</code>" in html


def test_it_is_plotted_with_a_bar_for_each_thing(made: Context) -> None:
    axes = made.plot()
    bars: Any = axes.patches
    assert sum(bar.get_height() for bar in bars) == made.tokens
    assert len(bars) == len(made.rows)
    assert "gpt-4o" in axes.get_title()
    axes.figure.canvas.draw()
    _figure, other = pyplot.subplots()
    assert made.plot(ax=other) is other


def test_a_long_one_is_plotted_quickly_too() -> None:
    session = MemorySession("long")
    loop.run(session.add_items([{"role": "user", "content": "x" * 400}] * 20_000))
    begun = time.perf_counter()
    axes = wb.context(session).plot()
    axes.figure.canvas.draw()
    assert time.perf_counter() - begun < 10
    assert axes.get_ylim()[1] >= 100


def test_without_matplotlib_the_extra_is_named(
    made: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "matplotlib", None)
        with pytest.raises(MissingExtra, match=r"conversation-workbench\[plots\]"):
            made.plot()


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_text_does_nothing_wherever_it_stands(payload: str) -> None:
    session = MemorySession(f"{payload} ")
    loop.run(session.add_items([{"role": payload, "content": payload}]))
    made = wb.context(session, payload, agent=agent(instructions=payload), model=payload)
    assert problems(made._repr_html_()) == []
    assert found(made._repr_markdown_()) == []
    assert "\x1b" not in str(made)
