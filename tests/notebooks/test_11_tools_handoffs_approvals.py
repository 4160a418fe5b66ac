from __future__ import annotations

from tests.notebooks.contract import Ran, TutorialContract
from tests.notebooks.running import shown


class TestToolsHandoffsApprovals(TutorialContract):
    name = "11-tools-handoffs-approvals"

    def test_tools_are_called_one_and_two_at_a_time(self, ran: Ran) -> None:
        assert '[tool] find_order({"number": 4711}) -> on its way to Oulu' in shown(
            ran.fresh, "find"
        )
        assert shown(ran.fresh, "two").count("[tool]") == 2
        assert shown(ran.fresh, "calls").count("function_call_output") == 3

    def test_a_tool_that_fails_does_not_end_the_turn_and_is_marked(self, ran: Ran) -> None:
        assert "An error occurred while running the tool" in shown(ran.fresh, "failing")
        assert len(shown(ran.fresh, "errors").splitlines()) == 2

    def test_the_conversation_is_passed_on_and_begins_at_the_desk_again(self, ran: Ran) -> None:
        assert "transfer_to_billing" in shown(ran.fresh, "handoff-rows")
        assert "You are with Billing now." in shown(ran.fresh, "handoff")
        agents = [line.split()[-1] for line in shown(ran.fresh, "after-rows").splitlines()[-2:]]
        assert agents == ["Billing", "Desk"]

    def test_a_tool_waits_until_somebody_decides(self, ran: Ran) -> None:
        assert "Waits for an approval" in shown(ran.fresh, "refund")
        assert "waiting" in shown(ran.fresh, "pending")
        assert "order 4711 was refunded" in shown(ran.fresh, "approve")
        assert "order 4712 was refunded" not in shown(ran.fresh, "history")
        assert "The parcel has not come back yet." in shown(ran.fresh, "reject")

    def test_another_program_approves_once(self, ran: Ran) -> None:
        assert shown(ran.fresh, "program").splitlines()[:2] == [
            """['{"number": 4713}']""",
            "refund says: order 4713 was refunded",
        ]
        assert "waits for an approval" in shown(ran.fresh, "twice")
        assert shown(ran.fresh, "nothing") == "0"
        assert shown(ran.fresh, "history").count("function_call_output") == 3
