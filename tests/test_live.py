from __future__ import annotations

import pytest

from tests.notebook_shell import notebook_shell
from workbench.errors import StoreFull
from workbench.live import Live, Notices, TerminalLive, live


def test_a_plain_script_shows_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    screen = live()
    screen.handle(("text", "hello"))
    screen.handle(("notice", "a notice"))
    assert type(screen) is Live
    assert capsys.readouterr().out == ""


def test_a_terminal_prints_the_words_as_they_come(capsys: pytest.CaptureFixture[str]) -> None:
    with notebook_shell():
        screen = live()
        assert isinstance(screen, TerminalLive)
        capsys.readouterr()
        screen.handle(("text", "hel"))
        assert capsys.readouterr().out == "hel"
        screen.handle(("text", "lo\x1b[2J"))
        screen.handle(("item", {}))
        assert capsys.readouterr().out == "lo"
        screen.handle(("notice", "a notice"))
        assert capsys.readouterr().out == "\na notice\n"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (KeyboardInterrupt(), "[stopped; the history is as it was before]"),
        (StoreFull("the disk is full"), "[stopped by the error below]"),
    ],
)
def test_a_terminal_says_what_a_stopped_turn_leaves(
    capsys: pytest.CaptureFixture[str], error: BaseException, said: str
) -> None:
    with notebook_shell():
        screen = live()
        screen.handle(("text", "hel"))
        capsys.readouterr()
        screen.stopped(error)
        assert capsys.readouterr().out == f"\n{said}\n"


def test_without_streaming_only_notices_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with notebook_shell():
        screen = live(stream=False)
        assert isinstance(screen, Notices)
        capsys.readouterr()
        screen.handle(("text", "hello"))
        screen.handle(("notice", "a notice"))
        assert capsys.readouterr().out == "a notice\n"
