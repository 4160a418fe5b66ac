"""``%session search``."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.notebook_shell import Shell


@pytest.fixture
def talked(shell: Shell) -> Shell:
    shell.ok("%agent -s demo I prefer dark mode")
    shell.ok('%agent -s "two words" My mode is dark --store sqlite:///two.db')
    shell.ok("%agent -s other --store sqlite:///other.db Set dark_mode on")
    return shell


def found(shell: Shell, line: str) -> list[str]:
    frame = shell.ok(f"%session search {line}").value
    assert isinstance(frame, pd.DataFrame)
    return sorted(set(frame["session"]))


def test_words_phrases_and_beginnings_are_found(talked: Shell) -> None:
    assert found(talked, "dark mode") == ["demo", "other", "two words"]
    assert found(talked, '"dark mode"') == ["demo", "other"]
    assert found(talked, "'dark mode' prefer") == ["demo"]
    assert found(talked, "pref* --role user") == ["demo"]
    assert found(talked, "dark_mode") == ["demo", "other"]
    assert found(talked, "-- -dark --mode") == ["demo", "other", "two words"]


def test_the_options_narrow_it_down(talked: Shell) -> None:
    assert found(talked, "dark --in demo --in other") == ["demo", "other"]
    assert found(talked, "dark --store sqlite:///other.db") == ["other"]
    talked.ok("%session tag demo +red")
    assert found(talked, "dark --tag red") == ["demo"]
    talked.ok("%session tag other --title 'Oulu in March' --meta customer=7")
    assert found(talked, "dark --title oulu") == ["other"]
    assert found(talked, "dark --meta customer=7") == ["other"]
    assert found(talked, "dark --meta customer=8") == []
    for role in ("user", "assistant"):
        frame = talked.ok(f"%session search dark --role {role}").value
        assert set(frame["role"]) == {role}
    assert found(talked, "dark --since 2030-01-01") == []
    assert found(talked, "dark --until 2030-01-01 --since 7d") == ["demo", "other", "two words"]
    assert len(talked.ok("%session search dark -n 1").value) == 1
    assert len(talked.ok("%session search dark --limit none").value) >= 3


def test_values_of_the_notebook_are_words(talked: Shell) -> None:
    talked["what"] = "dark mode --role"
    assert found(talked, "{{what}}") == []
    talked["what"] = 'it\'s "dark"'
    assert talked.ok("%session search {{what}}").value.empty


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", 'what for? %session search "dark mode"'),
        ("!!!", "there is no word in '!!!'"),
        ("dark --role usr", "--role is one of user, assistant"),
        ("dark --since yesterday", "since is a datetime"),
        ("dark --in dmeo", "did you mean 'demo'?"),
        ("dark --limit many", "--limit is a number from 0, not 'many'"),
        ("dark --store foo://", "no store has the scheme foo://"),
        ("dark --rol user", "did you mean --role?"),
    ],
)
def test_a_usage_error_is_one_line(talked: Shell, line: str, said: str) -> None:
    message = talked.run(f"%session search {line}").usage_error
    assert said in message
    assert message.startswith("%session")
    assert "\n" not in message


def test_what_was_found_is_marked_where_it_is_shown(talked: Shell) -> None:
    frame = talked.ok("%session search prefer --role user").value
    assert "<mark>prefer</mark>" in frame._repr_html_()
    assert "**prefer**" in repr(frame)
