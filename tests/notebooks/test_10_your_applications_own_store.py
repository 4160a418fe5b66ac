from __future__ import annotations

import json

from tests.notebooks.contract import Ran, TutorialContract
from tests.notebooks.running import cell, is_panel, shown


class TestYourApplicationsOwnStore(TutorialContract):
    name = "10-your-applications-own-store"

    def test_all_sessions_of_the_application_are_listed_read_only(self, ran: Ran) -> None:
        heading, *lines = shown(ran.fresh, "open").splitlines()
        assert heading == "<sqlite:///app.db, read only: 3 sessions>"
        counts = [line.split()[:2] for line in lines if line.startswith("customer")]
        assert counts == [["customer-1", "6"], ["customer-2", "4"], ["customer-3", "2"]]

    def test_histories_have_turns_whichever_class_wrote_them(self, ran: Ran) -> None:
        assert "Your name is Aino." in shown(ran.fresh, "history")
        assert "Noted: you live in Oulu." in shown(ran.fresh, "history-3")
        assert len(shown(ran.fresh, "counts").splitlines()) == 8

    def test_a_search_finds_what_somebody_said(self, ran: Ran) -> None:
        assert "**dark** **mode**" in shown(ran.fresh, "search")

    def test_the_chat_reads_without_a_kernel(self, ran: Ran) -> None:
        (output,) = cell(ran.stored, "chat").outputs
        assert is_panel(output["data"])
        assert "assistant: Your name is Aino." in shown(ran.stored, "chat")

    def test_each_conversation_answers_from_what_it_knows(self, ran: Ran) -> None:
        said = shown(ran.fresh, "compare")
        assert [name for name in ("John", "Aino", "Ville") if f"is {name}." in said] == [
            "John",
            "Aino",
            "Ville",
        ]

    def test_nothing_is_written_until_that_is_asked_for(self, ran: Ran) -> None:
        assert "was opened to be read only" in shown(ran.fresh, "refused")
        assert shown(ran.fresh, "beside").splitlines() == [
            "the same, byte for byte: True",
            "beside it: []",
        ]
        assert "4711" in shown(ran.fresh, "write")
        assert "Your order number is 4711." in shown(ran.fresh, "theirs")

    def test_everything_leaves_as_lines_of_json_and_can_come_back(self, ran: Ran) -> None:
        files = sorted((ran.folder / "leaving").glob("*.jsonl"))
        assert [path.stem for path in files] == ["customer-1", "customer-2", "customer-3"]
        for path in files:
            for line in path.read_text(encoding="utf-8").splitlines():
                assert isinstance(json.loads(line), dict)
        assert "You live in Oulu." in shown(ran.fresh, "maria")
