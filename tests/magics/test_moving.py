from __future__ import annotations

import pytest

import workbench as wb
from tests.notebook_shell import Shell
from tests.redis_server import shared_server
from workbench.render.family import Family
from workbench.verbs.copying import CopyReport
from workbench.verbs.fork import Forked


@pytest.fixture
def talked(shell: Shell) -> Shell:
    for prompt in ("My name is John", "I prefer tea"):
        shell.ok(f"%agent -s demo {prompt}")
    shell.ok("%session use demo")
    return shell


def test_a_fork_of_the_session_in_use_or_of_a_named_one(talked: Shell) -> None:
    made = talked.ok("%session fork").value
    assert isinstance(made, Forked)
    assert (made.name, made.items) == ("demo-2", 4)
    assert talked.ok("%session fork demo what-if --at 1").value.items == 2
    assert talked.ok("%session fork demo empty --at 0").value.items == 0
    assert len(wb.history("what-if")) == 2


def test_the_tree_is_drawn(talked: Shell) -> None:
    talked.ok("%session fork demo what-if --at 1")
    family = talked.ok("%session tree").value
    assert isinstance(family, Family)
    assert "└── what-if" in str(family)
    assert str(talked.ok("%session tree what-if").value).count("<--") == 1


def test_a_copy_goes_to_a_store(talked: Shell) -> None:
    shared_server().empty()
    made = talked.ok(f"%session copy demo --to {shared_server().url}").value
    assert isinstance(made, CopyReport)
    assert (made.name, made.items) == ("demo-redis", 4)
    talked.ok("%session copy --to sqlite:///b.db --name kept")
    assert len(wb.history("kept")) == 4


@pytest.mark.parametrize(
    ("magic", "says"),
    [
        ("%session fork demo new --at two", "--at is the number of a turn, not 'two'"),
        ("%session copy demo", "where to?"),
        ("%session fork demo new --at 9", "turns 0 to 2, not 9"),
        ("%session fork demo demo", "there is a session 'demo' already"),
        ("%session tree dmeo", "demo"),
        ("%session copy demo --to nowhere://x", "no store has the scheme nowhere://"),
    ],
)
def test_what_can_not_be_done_is_one_line(talked: Shell, magic: str, says: str) -> None:
    error = talked.run(magic).error
    assert says in str(error)
    assert "\n" not in str(error)
    assert list(wb.list_sessions()["name"]) == ["demo"]
