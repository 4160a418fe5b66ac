from __future__ import annotations

from tests.notebooks.contract import Ran, TutorialContract
from tests.notebooks.running import cell, code_cells, shown
from workbench.frames.columns import HISTORY_COLUMNS


class TestFirstConversation(TutorialContract):
    name = "01-first-conversation"

    def test_running_all_a_second_time_goes_on_with_the_conversation(self, ran: Ran) -> None:
        assert "New session" in shown(ran.fresh, "name")
        assert "New session" not in shown(ran.again, "name")
        assert "Your name is John." in shown(ran.again, "whats-my-name")
        turns = len(shown(ran.fresh, "turns").splitlines())
        assert len(shown(ran.again, "turns").splitlines()) > turns

    def test_john_is_remembered_everywhere(self, ran: Ran) -> None:
        for identity in ("whats-my-name", "tomorrow", "by-hand", "conversation-123"):
            assert "Your name is John." in shown(ran.fresh, identity)

    def test_preferences_are_remembered_in_the_cell_and_in_another_process(self, ran: Ran) -> None:
        for identity in ("preferences", "python-body", "second-process"):
            said = shown(ran.fresh, identity)
            assert "dark mode" in said
            assert "Finnish" in said
        assert (ran.folder / "data" / "conversations.db").is_file()

    def test_the_history_shown_has_the_columns_and_types_of_the_frame(self, ran: Ran) -> None:
        lines = shown(ran.fresh, "dtypes").splitlines()[: len(HISTORY_COLUMNS)]
        assert [line.split(maxsplit=1) for line in lines] == [
            [column.name, column.dtype] for column in HISTORY_COLUMNS
        ]

    def test_the_tool_is_called_and_its_call_is_folded(self, ran: Ran) -> None:
        (turn,) = [o for o in cell(ran.fresh, "use-tool").outputs if "data" in o]
        assert "<details" in turn["data"]["text/html"]
        assert '[tool] get_weather({"city": "Helsinki"}) -> Sunny' in turn["data"]["text/plain"]
        assert "function_call_output" in shown(ran.fresh, "tool-rows")

    def test_the_session_keeps_its_agent_and_its_model_in_mind(self, ran: Ran) -> None:
        assert "Sunny in Oulu" in shown(ran.fresh, "model")
        lines = [line.split() for line in shown(ran.fresh, "trip-info").splitlines()]
        assert ["agent", "guide"] in lines
        assert ["model", "offline"] in lines

    def test_a_database_of_the_sdk_opens_as_it_is(self, ran: Ran) -> None:
        assert "Nice to meet you, Aino." in shown(ran.fresh, "theirs")
        assert "support-7" in shown(ran.fresh, "theirs-list")

    def test_the_offline_model_says_once_a_session_that_it_answers(self, ran: Ran) -> None:
        said = {each.id: shown(ran.fresh, each.id) for each in code_cells(ran.fresh)}
        told = {identity for identity, text in said.items() if "No OPENAI_API_KEY" in text}
        assert told == {"name", "use-tool", "again", "by-hand", "second-process"}
