from __future__ import annotations

import json

from tests.notebooks.contract import Ran, TutorialContract
from tests.notebooks.running import cell, shown


class TestOpenAIConversations(TutorialContract):
    name = "05-openai-conversations"

    def test_without_a_key_it_talks_to_a_server_of_its_own_alone(self, ran: Ran) -> None:
        for identity in ("name", "whats-my-name"):
            assert "openai://?base_url=http://127.0.0.1:" in shown(ran.fresh, identity)
        outputs = json.dumps([each.get("outputs") for each in ran.fresh.cells])
        assert "api.openai.com" not in outputs
        assert shown(ran.fresh, "end").splitlines()[-1] == "ended with 0"
        assert shown(ran.again, "end").splitlines()[-1] == "ended with 0"

    def test_the_conversation_is_known_by_a_name_and_by_its_id(self, ran: Ran) -> None:
        told = dict(line.split(maxsplit=1) for line in shown(ran.fresh, "info").splitlines())
        conversation = shown(ran.fresh, "id").splitlines()[0]
        assert told["conversation"] == conversation
        assert conversation.startswith("conv_")
        assert told["expires"].startswith("never")
        assert "What the service keeps" in told["deleting"]
        said = [line.split()[-1] for line in shown(ran.fresh, "id").splitlines()[-4:]]
        assert said == ["John", "John.", "name?", "John."]

    def test_the_history_has_turns_and_models_all_the_same(self, ran: Ran) -> None:
        assert shown(ran.fresh, "history").count("offline") == 4

    def test_other_programs_go_on_with_it_and_are_seen(self, ran: Ran) -> None:
        assert "Your name is John." in shown(ran.fresh, "sdk")
        assert len(shown(ran.fresh, "items").splitlines()) == 6
        assert "8 items" in shown(ran.fresh, "program")

    def test_reasoning_with_an_id_is_kept_and_without_one_is_told(self, ran: Ran) -> None:
        assert "rs_123" in shown(ran.fresh, "reasoning")
        assert "can't keep reasoning" in shown(ran.fresh, "omits")

    def test_clearing_empties_the_server_and_can_be_undone(self, ran: Ran) -> None:
        assert shown(ran.fresh, "cleared").strip() == "[]"
        assert "8 items" in shown(ran.fresh, "restore")

    def test_leaving_takes_everything_along(self, ran: Ran) -> None:
        assert "every item read back and compared" in shown(ran.fresh, "leave")
        assert len(shown(ran.fresh, "left").splitlines()) == 9
        assert "has no conversation" in shown(ran.fresh, "deleted")
        assert "Your name is John." in shown(ran.fresh, "stays")

    def test_the_cell_that_starts_the_server_is_short(self, ran: Ran) -> None:
        assert len(cell(ran.fresh, "server").source.splitlines()) <= 22
