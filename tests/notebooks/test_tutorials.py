from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from tests.notebooks.__main__ import METADATA, keep
from tests.notebooks.running import (
    ROOT,
    TUTORIALS,
    cell,
    code_cells,
    is_panel,
    read,
    run,
    shown,
    steady,
)
from workbench.frames.columns import HISTORY_COLUMNS

FIRST = ROOT / "notebooks" / "01-first-conversation.ipynb"
PANELS = ROOT / "notebooks" / "02-panels.ipynb"


@dataclass(frozen=True)
class Ran:
    """A tutorial as it is stored, run in an empty folder, and run again there by a new kernel."""

    stored: NotebookNode
    fresh: NotebookNode
    again: NotebookNode
    folder: Path


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Ran]:
    """The runs of a tutorial, which all its tests share."""

    @cache
    def of(tutorial: Path) -> Ran:
        folder = tmp_path_factory.mktemp(tutorial.stem)
        return Ran(read(tutorial), run(tutorial, folder), run(tutorial, folder), folder)

    return of


@pytest.fixture(params=TUTORIALS, ids=lambda path: path.stem)
def ran(request: pytest.FixtureRequest, runs: Callable[[Path], Ran]) -> Ran:
    return runs(request.param)


@pytest.fixture
def first(runs: Callable[[Path], Ran]) -> Ran:
    return runs(FIRST)


def test_the_stored_outputs_are_those_of_a_fresh_run(ran: Ran) -> None:
    for stored, fresh in zip(code_cells(ran.stored), code_cells(ran.fresh), strict=True):
        assert steady(stored.outputs) == steady(fresh.outputs), (
            f"cell {stored.id!r} is stale: python -m tests.notebooks stores the tutorials anew"
        )


def test_the_cells_are_stored_as_run_from_top_to_bottom(ran: Ran) -> None:
    counts = [each.execution_count for each in code_cells(ran.stored)]
    assert counts == list(range(1, len(counts) + 1))


def test_a_tutorial_is_a_valid_notebook_with_readable_cell_ids(ran: Ran) -> None:
    nbformat.validate(ran.stored)
    assert (ran.stored.nbformat, ran.stored.nbformat_minor) == (4, 5)
    assert ran.stored.metadata == METADATA
    assert all(each.id.replace("-", "").isalnum() for each in ran.stored.cells)


def test_nothing_stored_tells_of_the_machine(ran: Ran) -> None:
    text = json.dumps(ran.stored)
    for told in (str(ROOT), str(Path.home()) + "/", "/tmp", "site-packages", "Traceback"):
        assert told not in text


def test_every_turn_is_stored_for_readers_with_and_without_html(ran: Ran) -> None:
    displayed = [
        output["data"]
        for each in code_cells(ran.stored)
        for output in each.outputs
        if output.output_type == "display_data"
    ]
    turns = [data for data in displayed if not is_panel(data)]
    assert turns
    for data in displayed:
        assert set(data) == {"text/plain", "text/markdown", "text/html"}
    for data in turns:
        assert "offline" in data["text/plain"].splitlines()[-1]


def test_every_panel_is_stored_as_text_that_reads_without_a_kernel(
    runs: Callable[[Path], Ran],
) -> None:
    stored = runs(PANELS).stored
    for name in ("chat", "grid", "compare", "inspect", "app"):
        (output,) = cell(stored, name).outputs
        assert is_panel(output["data"])
        assert "demo" in shown(stored, name)


def test_running_all_a_second_time_works_and_goes_on_with_the_conversation(first: Ran) -> None:
    assert "New session" in shown(first.fresh, "name")
    assert "New session" not in shown(first.again, "name")
    assert "Your name is John." in shown(first.again, "whats-my-name")
    turns = len(shown(first.fresh, "turns").splitlines())
    assert len(shown(first.again, "turns").splitlines()) > turns


def test_john_is_remembered_everywhere(first: Ran) -> None:
    for identity in ("whats-my-name", "tomorrow", "by-hand", "conversation-123"):
        assert "Your name is John." in shown(first.fresh, identity)


def test_preferences_are_remembered_in_the_cell_and_in_another_process(first: Ran) -> None:
    for identity in ("preferences", "python-body", "second-process"):
        said = shown(first.fresh, identity)
        assert "dark mode" in said
        assert "Finnish" in said
    assert (first.folder / "data" / "conversations.db").is_file()


def test_the_history_shown_has_the_columns_and_types_of_the_frame(first: Ran) -> None:
    lines = shown(first.fresh, "dtypes").splitlines()[: len(HISTORY_COLUMNS)]
    assert [line.split(maxsplit=1) for line in lines] == [
        [column.name, column.dtype] for column in HISTORY_COLUMNS
    ]


def test_the_tool_is_called_and_its_call_is_folded(first: Ran) -> None:
    (turn,) = [o for o in cell(first.fresh, "use-tool").outputs if "data" in o]
    assert "<details" in turn["data"]["text/html"]
    assert '[tool] get_weather({"city": "Helsinki"}) -> Sunny' in turn["data"]["text/plain"]
    assert "function_call_output" in shown(first.fresh, "tool-rows")


def test_the_session_keeps_its_agent_and_its_model_in_mind(first: Ran) -> None:
    assert "Sunny in Oulu" in shown(first.fresh, "model")
    lines = [line.split() for line in shown(first.fresh, "trip-info").splitlines()]
    assert ["agent", "guide"] in lines
    assert ["model", "offline"] in lines


def test_a_database_of_the_sdk_opens_as_it_is(first: Ran) -> None:
    assert "Nice to meet you, Aino." in shown(first.fresh, "theirs")
    assert "support-7" in shown(first.fresh, "theirs-list")


def test_the_offline_model_says_once_a_session_that_it_answers(first: Ran) -> None:
    said = {each.id: shown(first.fresh, each.id) for each in code_cells(first.fresh)}
    told = {identity for identity, text in said.items() if "No OPENAI_API_KEY" in text}
    assert told == {"name", "use-tool", "again", "by-hand", "second-process"}


def test_storing_again_changes_no_output_that_says_the_same(ran: Ran) -> None:
    fresh = nbformat.from_dict(ran.fresh)
    assert keep(fresh, ran.stored) == len(list(code_cells(fresh)))
    assert [each.outputs for each in code_cells(fresh)] == [
        each.outputs for each in code_cells(ran.stored)
    ]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("0.4 s · 11 tokens", "16 ms · 11 tokens", True),
        ("0.4 s · 11 tokens", "0.4 s · 12 tokens", False),
        ("at 2026-11-22 10:41:17+00:00", "at 2027-01-02 03:04:05+00:00", True),
        ("Your name is John.", "Your name is Joan.", False),
        ([{"execution_count": 1, "text": "a"}], [{"execution_count": 2, "text": "a"}], True),
    ],
)
def test_only_times_seconds_and_ids_may_differ_between_runs(
    one: object, other: object, same: bool
) -> None:
    assert (steady(one) == steady(other)) is same
