from __future__ import annotations

from tests.notebooks.contract import Ran, TutorialContract
from tests.notebooks.running import cell, is_panel, shown


class TestPanels(TutorialContract):
    name = "13-panels"

    def test_every_panel_is_stored_as_text_that_reads_without_a_kernel(self, ran: Ran) -> None:
        for name in ("chat", "grid", "compare", "inspect", "app"):
            (output,) = cell(ran.stored, name).outputs
            assert is_panel(output["data"])
            assert "demo" in shown(ran.stored, name)
