"""What holds for every tutorial; each has a test file of its own, which says what it shows.

::

    class TestForks(TutorialContract):
        name = "09-fork-rewind-repair"

        def test_the_fork_is_drawn(self, ran: Ran) -> None:
            assert "what-if" in shown(ran.fresh, "tree")
"""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import nbformat
import pytest
from nbformat import NotebookNode

from tests.notebooks.__main__ import METADATA, keep
from tests.notebooks.running import ROOT, code_cells, is_turn, read, run, steady


class Ran:
    """A tutorial as it is stored, run in an empty folder, and run again there by a new kernel."""

    def __init__(self, tutorial: Path, folder: Path) -> None:
        self.tutorial, self.folder = tutorial, folder
        self.stored = read(tutorial)
        self.fresh = run(tutorial, folder)

    @cached_property
    def again(self) -> NotebookNode:
        """The second run, made when it is first looked at."""
        return run(self.tutorial, self.folder)


@pytest.mark.tutorial
class TutorialContract:
    """The tutorial `name` runs from a clean state and is stored as it runs."""

    name: ClassVar[str]

    def test_the_stored_outputs_are_those_of_a_fresh_run(self, ran: Ran) -> None:
        for stored, fresh in zip(code_cells(ran.stored), code_cells(ran.fresh), strict=True):
            assert steady(stored.outputs) == steady(fresh.outputs), (
                f"cell {stored.id!r} is stale: python -m tests.notebooks stores the tutorials anew"
            )

    def test_the_cells_are_stored_as_run_from_top_to_bottom(self, ran: Ran) -> None:
        counts = [each.execution_count for each in code_cells(ran.stored)]
        assert counts == list(range(1, len(counts) + 1))

    def test_it_is_a_valid_notebook_with_readable_cell_ids(self, ran: Ran) -> None:
        nbformat.validate(ran.stored)
        assert (ran.stored.nbformat, ran.stored.nbformat_minor) == (4, 5)
        assert ran.stored.metadata == METADATA
        assert all(each.id.replace("-", "").isalnum() for each in ran.stored.cells)

    def test_nothing_stored_tells_of_the_machine(self, ran: Ran) -> None:
        text = json.dumps(ran.stored)
        for told in (str(ROOT), str(Path.home()) + "/", "/tmp", "site-packages", "Traceback"):
            assert told not in text

    def test_every_turn_is_stored_for_readers_with_and_without_html(self, ran: Ran) -> None:
        displayed = [
            output["data"]
            for each in code_cells(ran.stored)
            for output in each.outputs
            if output.output_type == "display_data" and "image/png" not in output["data"]
        ]
        for data in displayed:
            assert set(data) == {"text/plain", "text/markdown", "text/html"}
        for data in filter(is_turn, displayed):
            assert "offline" in data["text/plain"].splitlines()[-1]

    @pytest.mark.long
    def test_running_all_a_second_time_in_the_same_folder_works(self, ran: Ran) -> None:
        assert len(list(code_cells(ran.again))) == len(list(code_cells(ran.fresh)))

    def test_storing_again_changes_no_output_that_says_the_same(self, ran: Ran) -> None:
        fresh = nbformat.from_dict(ran.fresh)
        assert keep(fresh, ran.stored) == len(list(code_cells(fresh)))
        assert [each.outputs for each in code_cells(fresh)] == [
            each.outputs for each in code_cells(ran.stored)
        ]
