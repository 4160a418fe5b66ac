from __future__ import annotations

from base64 import b64decode

from tests.notebooks.contract import Ran, TutorialContract
from tests.notebooks.running import cell, code_cells, is_panel, shown
from workbench.frames.columns import HISTORY_COLUMNS


class TestHistoryAsDataframes(TutorialContract):
    name = "03-history-as-dataframes"

    def test_the_types_shown_are_those_of_every_history(self, ran: Ran) -> None:
        lines = shown(ran.fresh, "dtypes").splitlines()[: len(HISTORY_COLUMNS)]
        assert [line.split(maxsplit=1) for line in lines] == [
            [column.name, column.dtype] for column in HISTORY_COLUMNS
        ]
        assert shown(ran.fresh, "empty").splitlines() == ["0 rows, same types", "times are in UTC"]

    def test_calls_stand_beside_what_tools_gave_back_and_failures_are_counted(
        self, ran: Ran
    ) -> None:
        assert "snow in Oulu" in shown(ran.fresh, "tools")
        assert shown(ran.fresh, "errors").splitlines()[-1].split() == ["get_weather", "2", "1"]

    def test_a_turn_with_a_tool_makes_two_requests_that_read_more(self, ran: Ran) -> None:
        left, right = shown(ran.fresh, "turns").split("input_tokens")
        requests = [line.split()[-1] for line in left.splitlines()[1:5]]
        tokens = [int(line.split()[1]) for line in right.splitlines()[1:5]]
        assert requests == ["1", "2", "2", "1"]
        assert tokens[0] < tokens[3] < tokens[1] < tokens[2]

    def test_each_plot_is_a_small_picture(self, ran: Ran) -> None:
        pictures = {
            each.id: len(b64decode(output["data"]["image/png"]))
            for each in code_cells(ran.stored)
            for output in each.outputs
            if "image/png" in output.get("data", {})
        }
        assert set(pictures) == {"by-role-plot", "turns-plot", "context-plot"}
        assert max(pictures.values()) < 40_000

    def test_usage_and_search_go_over_both_conversations(self, ran: Ran) -> None:
        for identity in ("concat", "usage", "search", "read", "sessions"):
            assert "trip-of-aino" in shown(ran.fresh, identity)
            assert "trip-of-john" in shown(ran.fresh, identity)
        assert "**name**" in shown(ran.fresh, "search")

    def test_the_context_is_measured_against_the_window_of_a_model(self, ran: Ran) -> None:
        assert "of the 400,000 tokens of gpt-5-mini" in shown(ran.fresh, "context")
        assert "Where shall I go?" in shown(ran.fresh, "context-frame")

    def test_the_grid_is_stored_as_a_table(self, ran: Ran) -> None:
        (output,) = cell(ran.stored, "grid").outputs
        assert is_panel(output["data"])
        assert shown(ran.fresh, "selected") == "(20, 0)"

    def test_pages_and_files_hold_the_same_rows(self, ran: Ran) -> None:
        assert shown(ran.fresh, "pages") == "[4, 4, 4]"
        assert shown(ran.fresh, "one-frame") == "True"
        assert "first 2 written, then 0 written and 2 kept" in shown(ran.fresh, "parquet")
        assert shown(ran.fresh, "read").startswith("True")
