from __future__ import annotations

import re

from tests.notebooks.contract import Ran, TutorialContract
from tests.notebooks.running import cell, is_panel, shown


def html(ran: Ran, identity: str) -> str:
    return str(cell(ran.fresh, identity).outputs[0]["data"]["text/html"])


class TestSideBySide(TutorialContract):
    name = "08-side-by-side"

    def test_the_words_that_differ_are_marked(self, ran: Ran) -> None:
        marked = re.findall(r"<mark[^>]*>(.*?)</mark>", html(ran, "sessions"))
        assert marked == ["tea", "coffee"]
        assert ", as you said" in re.findall(r"<mark[^>]*>(.*?)</mark>", html(ran, "models"))

    def test_copies_were_asked_and_one_that_is_kept_can_be_read(self, ran: Ran) -> None:
        assert "What are my preferences?" not in shown(ran.fresh, "copies")
        assert "You prefer tea." in shown(ran.fresh, "keep")
        assert "Deleted session" in shown(ran.fresh, "keep-delete")

    def test_the_seconds_are_split(self, ran: Ran) -> None:
        for line in shown(ran.fresh, "seconds").splitlines()[2:]:
            whole, *parts = map(float, re.findall(r"(\d+\.\d+) s", line))
            assert len(parts) == 3
            assert sum(parts) <= whole + 0.002
        assert "(load " in shown(ran.fresh, "sessions")

    def test_stores_give_back_what_was_stored_after_the_same_history(self, ran: Ran) -> None:
        for line in shown(ran.fresh, "stores-frame").splitlines()[1:]:
            assert line.count("True") == 2

    def test_an_agent_with_a_tool_uses_it(self, ran: Ran) -> None:
        assert "[tool] get_weather" in shown(ran.fresh, "agents-turn")
        rows = [line.split()[1:4] for line in shown(ran.fresh, "agents").splitlines()[1:3]]
        assert rows == [["before", "1", "2"], ["after", "2", "4"]]

    def test_a_recording_answers_as_a_model_would(self, ran: Ran) -> None:
        assert "mini: Your name is John, as you said." in shown(ran.fresh, "models")
        assert "replay:mini.yaml" in shown(ran.fresh, "models")
        assert "image/png" in cell(ran.stored, "plot").outputs[0]["data"]

    def test_several_prompts_are_asked_several_times(self, ran: Ran) -> None:
        assert shown(ran.fresh, "many").count("Your number is 7.") == 3
        counts = [line.split()[-2:] for line in shown(ran.fresh, "by-prompt").splitlines()[2:]]
        assert counts == [["3", "1"], ["3", "1"]]

    def test_one_that_fails_stops_no_other(self, ran: Ran) -> None:
        assert "You have sent 1 message" in shown(ran.fresh, "errors")
        assert shown(ran.fresh, "error").startswith("NotRecorded: the prompt")

    def test_the_panel_and_the_line_compare_too(self, ran: Ran) -> None:
        assert "coffee-lover: Your name is Jane." in shown(ran.fresh, "magic")
        (output,) = cell(ran.stored, "panel").outputs
        assert is_panel(output["data"])
