from __future__ import annotations

from tests.notebooks.contract import Ran, TutorialContract
from tests.notebooks.running import cell, shown


class TestYourOwnStore(TutorialContract):
    name = "12-your-own-store"

    def test_the_store_is_one_cell_of_at_most_sixty_lines(self, ran: Ran) -> None:
        assert len(cell(ran.fresh, "store").source.splitlines()) <= 60

    def test_turns_are_kept_in_a_file_that_people_can_read(self, ran: Ran) -> None:
        assert "Your name is John." in shown(ran.fresh, "whats-my-name")
        assert "folder://chats" in shown(ran.fresh, "whats-my-name")
        said = [line.split("  ")[1:] for line in shown(ran.fresh, "file").splitlines()]
        assert ["user", "What's my name?"] in said
        assert ["assistant", "Your name is John."] in said

    def test_the_conversation_comes_back_from_another_store_as_it_was(self, ran: Ran) -> None:
        assert "every item read back and compared" in shown(ran.fresh, "copy")
        assert shown(ran.fresh, "copy-back") == shown(ran.fresh, "history")

    def test_forks_rewinds_and_summaries_work_on_it(self, ran: Ran) -> None:
        assert "forked behind turn 1" in shown(ran.fresh, "fork")
        assert shown(ran.fresh, "rewind").splitlines() == ["2 items of 4", "4 items"]
        assert shown(ran.fresh, "summary").count("compacted") == 4

    def test_the_suite_passes_and_notices_a_store_that_forgets(self, ran: Ran) -> None:
        words = shown(ran.fresh, "check").split()
        assert words[0] == "All"
        assert words[2:] == ["tests", "passed."]
        assert int(words[1]) > 60
        assert "11 failed" in shown(ran.fresh, "broken")
        assert "['c', 'd', 'e'] == ['a', 'b', 'c', 'd', 'e']" in shown(ran.fresh, "broken")

    def test_another_program_says_that_it_does_not_know_the_scheme(self, ran: Ran) -> None:
        assert "no store has the scheme folder://" in shown(ran.fresh, "unknown")
