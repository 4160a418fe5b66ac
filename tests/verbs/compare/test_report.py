from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import matplotlib as mpl
import pytest
from agents import Agent

import workbench as wb
from tests.notebook_shell import notebook_shell
from tests.render.hostile import problems
from tests.turn.models import Refuses
from tests.verbs.compare.comparing import talked
from workbench.errors import InvalidValue, MissingExtra
from workbench.verbs.compare import Comparison
from workbench.verbs.compare.report import dollars

mpl.use("Agg")


@pytest.fixture(autouse=True)
def no_figures_left() -> Iterator[None]:
    yield
    from matplotlib import pyplot

    pyplot.close("all")


@pytest.fixture
def made() -> Comparison:
    talked("john", "My name is John")
    talked("jane", "My name is Jane")
    return wb.compare("What's my name?", {"john": "john", "jane": "jane", "broken": "gpt-4o"})


def test_it_shows_itself_in_three_forms(made: Comparison) -> None:
    forms = made._repr_mimebundle_()
    assert set(forms) == {"text/plain", "text/markdown", "text/html"}
    assert str(made) == forms["text/plain"]
    assert ">John</mark>" in forms["text/html"]
    assert "Your name is **John.** | Your name is **Jane.**" in forms["text/markdown"]
    for form in forms.values():
        for word in ("time", "load", "save", "estimated", "$0.00", "read back equal", "offline"):
            assert word in form
        assert "another one" in form
        assert "no API key" in form
    assert problems(forms["text/html"]) == []


def test_a_notebook_shows_it(made: Comparison) -> None:
    with notebook_shell(load=False) as shell:
        shell["made"] = made
        (shown,) = shell.ok("from IPython.display import display; display(made)").shown
    assert set(shown) == {"text/plain", "text/markdown", "text/html"}


def test_its_repr_holds_no_text(made: Comparison) -> None:
    assert repr(made) == "<Comparison of 3 targets: 1 prompt, 3 answers, 1 failed>"
    assert len(made) == 3


def test_the_turns_are_there_to_be_looked_at(made: Comparison) -> None:
    turns = [answer.turn for answer in made.answers]
    assert turns[0] is not None
    assert turns[0].text == "Your name is John."
    assert turns[2] is None


def test_the_frame_is_made_once(made: Comparison) -> None:
    assert made.frame is made.frame


def test_repeats_are_shown_as_runs() -> None:
    shown = str(wb.compare("Hi", ["offline", Agent(name="Ann")], repeat=2))
    assert shown.count("(run 1)") == shown.count("(run 2)") == 2


@pytest.mark.parametrize("what", ["seconds", "tokens", "cost", "bytes"])
def test_it_is_plotted(made: Comparison, what: Any) -> None:
    axes = made.plot(what)
    assert [label.get_text() for label in axes.get_yticklabels()] == ["john", "jane", "broken"]
    bars: Any = axes.patches
    widths = [bar.get_width() for bar in bars]
    if what == "seconds":
        assert sum(widths) == pytest.approx(made.frame["seconds"].sum(), rel=0.01)
    if what == "tokens":
        whole = made.frame["input_tokens"].sum() + made.frame["output_tokens"].sum()
        assert sum(widths) == whole
    axes.figure.canvas.draw()


def test_it_is_drawn_on_axes_that_are_given(made: Comparison) -> None:
    from matplotlib import pyplot

    _figure, axes = pyplot.subplots()
    assert made.plot(ax=axes) is axes


def test_a_plot_of_what_failed_is_empty_and_odd_names_are_no_formulas() -> None:
    axes = wb.compare("Hi", {"$x^": Refuses(), "a_b$": Refuses()}).plot("tokens")
    bars: Any = axes.patches
    assert {bar.get_width() for bar in bars} == {0.0}
    axes.figure.canvas.draw()


def test_another_plot_is_refused_with_those_there_are(made: Comparison) -> None:
    with pytest.raises(InvalidValue, match="no plot of 'second'; did you mean 'seconds'"):
        made.plot("second")  # type: ignore[arg-type]


def test_without_matplotlib_the_extra_is_named(
    made: Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "matplotlib", None)
        with pytest.raises(MissingExtra, match=r"conversation-workbench\[plots\]"):
            made.plot()


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (0, "$0.00"),
        (0.00001234, "$0.000012"),
        (0.0123, "$0.012"),
        (0.5, "$0.50"),
        (1234.5, "$1,234.50"),
    ],
)
def test_dollars_are_shown_in_digits_that_say_something(amount: float, shown: str) -> None:
    assert dollars(amount) == shown
