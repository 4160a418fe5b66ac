from __future__ import annotations

from tests.notebooks.contract import Ran, TutorialContract
from tests.notebooks.running import shown


class TestForkRewindRepair(TutorialContract):
    name = "09-fork-rewind-repair"

    def test_a_fork_goes_its_own_way_and_is_drawn(self, ran: Ran) -> None:
        assert "You prefer tea." in shown(ran.fresh, "ask-both")
        assert "You prefer coffee." in shown(ran.fresh, "ask-both")
        first, second = shown(ran.fresh, "tree").splitlines()
        assert first.startswith("trip")
        assert "what-if  (forked behind turn 1" in second

    def test_what_was_rewound_is_not_known_until_it_is_restored(self, ran: Ran) -> None:
        assert "You haven't told me that." in shown(ran.fresh, "where")
        assert shown(ran.fresh, "full").count("rewound") == 4
        assert "I live in Oulu" in shown(ran.fresh, "restored")
        assert "You live in Turku." in shown(ran.fresh, "turku")

    def test_what_is_hidden_stays_in_the_history_and_is_not_known(self, ran: Ran) -> None:
        marked = [line for line in shown(ran.fresh, "hidden").splitlines() if "True" in line]
        assert len(marked) == 1
        assert "I prefer tea" in marked[0]
        assert "You haven't told me what you prefer." in shown(ran.fresh, "preferences")

    def test_the_doctor_finds_what_the_crash_has_left_and_repairs_it(self, ran: Ran) -> None:
        for finding in ("turn cut off", "call without output", "output without call"):
            assert finding in shown(ran.fresh, "doctor")
            assert finding in shown(ran.fresh, "repair")
        assert shown(ran.fresh, "healthy") == "0"
        assert "Your name is Aino." in shown(ran.fresh, "after")
        assert shown(ran.fresh, "after").count("repaired") == 4

    def test_a_repair_can_be_undone(self, ran: Ran) -> None:
        assert "came back to the places they had" in shown(ran.fresh, "undo")
        assert "call without output" in shown(ran.fresh, "undone")
