"""Columns that come and go while a comparison goes on."""

from __future__ import annotations

import pytest

from tests.verbs.compare.comparing import KEY, rounds, talked
from workbench import loop
from workbench.errors import InvalidValue, KeyRequired, PasswordRequired, UnknownSession
from workbench.verbs.compare.entrants import MOST
from workbench.workspace import workspace


def test_columns_come_and_go_by_name() -> None:
    talked("demo", "Hi")
    talked("other", "Hi")
    made = rounds(["demo"])
    assert "other" in loop.run(made.known())
    assert "demo" not in loop.run(made.known())
    for target in ("other", "offline", "memory://x"):
        loop.run(made.add(target))
    kinds = ["session", "session", "model", "store"]
    assert [kind for _label, kind in made.columns()] == kinds
    made.remove("other")
    with pytest.raises(UnknownSession, match="did you mean 'demo'"):
        loop.run(made.add("dmeo"))
    with pytest.raises(InvalidValue, match="nothing is compared as 'other'"):
        made.remove("other")
    for label in ("offline", "memory://x"):
        made.remove(label)
    with pytest.raises(InvalidValue, match="the only column"):
        made.remove("demo")


def test_there_is_an_end_of_columns() -> None:
    made = rounds({str(number): "offline" for number in range(MOST)})
    with pytest.raises(InvalidValue, match="columns are the most"):
        loop.run(made.add("offline"))
    with pytest.raises(InvalidValue, match="a panel has"):
        rounds({str(number): "offline" for number in range(MOST + 1)})


def test_who_adds_a_column_is_asked_for_no_key_and_no_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    talked("secret", "Hi", encrypt=True, key=KEY)
    workspace().secrets.forget("secret")
    monkeypatch.setattr("getpass.getpass", lambda prompt: pytest.fail(f"asked: {prompt}"))
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    made = rounds(["offline"])
    with pytest.raises(KeyRequired, match="needs its key"):
        loop.run(made.add("secret"))
    with pytest.raises(PasswordRequired, match="wants its password"):
        loop.run(made.add("redis://:@nowhere.invalid"))
    assert [label for label, _ in made.columns()] == ["offline"]
