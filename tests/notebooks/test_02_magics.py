from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.notebook_kernel import kernel
from tests.notebooks.contract import Ran, TutorialContract
from tests.notebooks.running import cell, code_cells, shown
from workbench.magics.agent import OPTIONS
from workbench.magics.session_verbs import VERBS


class TestMagics(TutorialContract):
    name = "02-magics"

    def test_every_option_of_agent_and_every_verb_of_session_is_listed(self, ran: Ran) -> None:
        listed = shown(ran.fresh, "help")
        assert all(flag in listed for each in OPTIONS if not each.hidden for flag in each.flags)
        assert all(f"%session {verb} " in shown(ran.fresh, "session-help") for verb in VERBS)

    def test_what_is_not_in_other_tutorials_is_used_in_a_cell(self, ran: Ran) -> None:
        written = "\n".join(each.source for each in code_cells(ran.stored))
        used = "--out --no-stream --attach --code --prompt --agent --model --store --rerun".split()
        assert [flag for flag in used if not re.search(rf" {flag}\s", written)] == []
        verbs = "new use info history turns search tag list export load clear delete tree".split()
        assert [verb for verb in verbs if f"%session {verb}" not in written] == []

    def test_values_are_filled_in_and_single_braces_stay(self, ran: Ran) -> None:
        sent = shown(ran.fresh, "sent")
        assert "I live in Oulu. Remember that 2 guests come: Aino and John." in sent
        assert '{"beds": 2}' in sent
        assert 'You said: "--verbose is a flag of my program"' in shown(ran.fresh, "dash")

    def test_the_turn_is_kept_and_attachments_have_their_names(self, ran: Ran) -> None:
        assert shown(ran.fresh, "turn").startswith("You live in Oulu.\ndone offline")
        assert shown(ran.fresh, "assigned").endswith("True")
        assert "[image door.gif]\n[file plan of the day.md]" in shown(ran.fresh, "attached")

    def test_python_is_bound_and_a_prompt_is_sent_as_the_cell_says(self, ran: Ran) -> None:
        assert "[session 'magics': 1 turn" in shown(ran.fresh, "code")
        assert 'Noted: Runner.run_sync(assistant, "Hi")' in shown(ran.fresh, "prompt")

    def test_a_session_remembers_agent_model_and_store_until_told_otherwise(self, ran: Ran) -> None:
        assert "agent      Night desk\nmodel      offline" in shown(ran.fresh, "remembered")
        assert "the plain assistant" in shown(ran.fresh, "plain-info")
        assert shown(ran.fresh, "store-again").endswith("sqlite:///magics.db")

    def test_the_session_in_use_needs_no_name_and_is_found_by_its_notes(self, ran: Ran) -> None:
        assert "the shop **closes** at 20:00" in shown(ran.fresh, "search")
        assert shown(ran.fresh, "session-history").count("Noted: ") == 2
        assert "What to buy" in shown(ran.fresh, "list")
        assert "draft" not in shown(ran.fresh, "untag")

    def test_files_go_out_and_come_back_and_the_archive_keeps_what_was_cleared(
        self, ran: Ran
    ) -> None:
        assert "**assistant:**\n\nNoted: the milk is empty." in shown(ran.fresh, "transcript")
        assert "the shop closes at 20:00" in shown(ran.fresh, "loaded")
        assert shown(ran.fresh, "archive").count("cleared") == 6
        assert "Deleted session 'errands again'." in shown(ran.fresh, "delete")

    @pytest.mark.parametrize(
        ("identity", "meant"),
        [
            ("typo-option", "did you mean --session?"),
            ("typo-agent", "did you mean 'assistant'"),
            ("typo-verb", "did you mean 'search'?"),
            ("typo-session", "did you mean 'errands'?"),
            ("typo-braces", "{{ctiy}} can't be filled in"),
            ("typo-verb-option", "which is for %session copy"),
        ],
    )
    def test_a_mistake_is_one_line_and_run_all_goes_on(
        self, ran: Ran, identity: str, meant: str
    ) -> None:
        assert cell(ran.stored, identity).metadata.tags == ["raises-exception"]
        (line,) = shown(ran.fresh, identity).splitlines()
        assert meant in line
        assert "Where do I live?" in shown(ran.fresh, "nothing")

    def test_the_three_cells_do_as_they_say_when_they_run_twice_in_jupyterlab(
        self, ran: Ran, tmp_path: Path
    ) -> None:
        ways = ("rerun-replace", "rerun-append", "rerun-fork")
        with kernel(tmp_path) as lab:
            for identity in (each for each in ways for _ in range(2)):
                lab.ok(cell(ran.stored, identity).source, cell=identity)
            lab.ok("import workbench as wb")
            turns = lab.ok(cell(ran.stored, "rerun-turns").source).text.splitlines()
            tree = lab.ok(cell(ran.stored, "rerun-tree").source).text
        rows = [" ".join(line.split()[1:4]) for line in turns if "My number" in line]
        assert sorted(rows) == [
            *("appending 1 done", "appending 2 done", "forking 1 done"),
            *("replacing 1 done", "replacing <NA> replaced"),
        ]
        assert "forked" in tree
