from __future__ import annotations

import pandas as pd
import pytest

import workbench as wb
from tests.notebook_shell import Shell


@pytest.fixture
def talked(shell: Shell) -> Shell:
    shell.ok("%agent -s john My name is John")
    shell.ok("%session use john")
    return shell


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("%session chat john", "ChatPanel"),
        ("%session chat", "ChatPanel"),
        ("%session inspect john --model gpt-4o", "Inspect"),
        ("%session app john", "AppPanel"),
        ("%session app", "AppPanel"),
    ],
)
def test_a_verb_gives_the_panel_which_reads_as_text_where_none_can_be_shown(
    talked: Shell, line: str, kind: str
) -> None:
    panel = talked.ok(line).value
    assert type(panel).__name__ == kind
    assert "john" in "".join(panel.forms().values()).casefold()


def test_the_history_stays_a_frame_to_go_on_with(talked: Shell) -> None:
    talked.ok("df = %session history john")
    assert isinstance(talked["df"], pd.DataFrame)
    assert len(talked["df"]) == 2


@pytest.mark.parametrize("verb", ["inspect", "app"])
def test_a_name_that_is_not_there_is_one_line_with_the_nearest(talked: Shell, verb: str) -> None:
    error = talked.run(f"%session {verb} jhon").usage_error
    assert "did you mean 'john'" in error
    assert list(wb.list_sessions()["name"]) == ["john"]
