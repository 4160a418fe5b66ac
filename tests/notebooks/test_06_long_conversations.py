from __future__ import annotations

from tests.notebooks.contract import Ran, TutorialContract
from tests.notebooks.running import shown


class TestLongConversations(TutorialContract):
    name = "06-long-conversations"

    def test_the_limit_is_remembered_and_starts_a_summary(self, ran: Ran) -> None:
        assert "above 8 messages, keeps the last 4" in shown(ran.fresh, "info")
        assert "Compacted 6 items into one summary (offline)." in shown(ran.fresh, "due")

    def test_what_was_summarised_is_still_known(self, ran: Ran) -> None:
        assert "My name is Aino" not in shown(ran.fresh, "history")
        assert "My name is Aino" in shown(ran.fresh, "summary")
        assert "Your name is Aino." in shown(ran.fresh, "remembers")

    def test_the_model_gets_the_summary_in_place_of_what_is_in_the_archive(self, ran: Ran) -> None:
        sent = shown(ran.fresh, "context")
        assert "summary           1" in sent
        assert "6 earlier items are in the archive, in place of a summary" in sent
        assert shown(ran.fresh, "full").count("compacted") == 6

    def test_undo_brings_back_what_was_said(self, ran: Ran) -> None:
        assert "6 items back in the place of the last summary" in shown(ran.fresh, "undo")
        assert "conversation summary" not in shown(ran.fresh, "undone")
        assert shown(ran.fresh, "off-length") == "14"

    def test_a_dry_run_changes_nothing_and_a_real_one_does(self, ran: Ran) -> None:
        assert shown(ran.fresh, "dry-run").startswith("Would compact 12 items")
        assert shown(ran.fresh, "compact").startswith("compacted 12 items")
        assert shown(ran.fresh, "compact-length") == "3"

    def test_a_function_summarises_and_a_failure_changes_nothing(self, ran: Ran) -> None:
        assert "one summary (a function)" in shown(ran.fresh, "function")
        assert "- My name is Aino\n- I prefer trains" in shown(ran.fresh, "function")
        assert shown(ran.fresh, "fails").splitlines() == [
            "the summary failed (RuntimeError)",
            "",
            "True",
        ]

    def test_the_sdks_own_session_is_kept_short_too(self, ran: Ran) -> None:
        assert "Your name is John.\n4 items instead of 20" in shown(ran.fresh, "session")

    def test_the_window_is_that_of_the_list(self, ran: Ran) -> None:
        assert "of the 400,000 tokens of gpt-5-mini" in shown(ran.fresh, "window")
        assert "% of the 500 tokens of our-llama" in shown(ran.fresh, "prices")
        assert shown(ran.fresh, "usage").splitlines()[1].split()[1:3] == ["7", "8"]
