"""``wb.tree``: the family of a session, through deletions, under odd names."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import cast

import pytest

import workbench as wb
from tests.redis_server import redis_server
from tests.script import run_script
from workbench import loop
from workbench.errors import UnknownSession
from workbench.render.family import Family, Node
from workbench.stores.sqlite import SQLiteStore
from workbench.verbs.card import session_card
from workbench.verbs.manage import delete_session
from workbench.workspace import workspace
from workbench.workspace.family import Fork, Member, added


def family() -> None:
    """demo, with what-if and demo-2 below it, and deeper below what-if."""
    wb.ask("demo", "My name is John")
    wb.ask("demo", "Hi")
    wb.fork("demo", "what-if", at=1)
    wb.fork("demo")
    wb.fork("what-if", "deeper", at=0)


def drawn(name: str) -> list[str]:
    """The tree in plain text, without times."""
    return [line.partition(", last used")[0] for line in str(wb.tree(name)).splitlines()]


def delete(name: str) -> None:
    loop.run(delete_session(name))


def test_a_family_is_drawn_from_its_root_whoever_is_asked_for() -> None:
    family()
    expected = [
        "demo  (4 items",
        "├── what-if  (forked behind turn 1, 2 items",
        "│   └── deeper  (forked before its first turn, 0 items",
        "└── demo-2  (forked at its end, 4 items",
    ]
    for name in ("demo", "what-if", "deeper", "demo-2"):
        assert drawn(name) == expected


def test_the_one_that_was_asked_for_has_a_mark() -> None:
    family()
    lines = str(wb.tree("what-if")).splitlines()
    assert [line.endswith("<--") for line in lines] == [False, True, False, False]
    assert repr(wb.tree("what-if")).splitlines() == lines
    shown = wb.tree("what-if")._repr_mimebundle_()
    assert '<strong><bdi dir="auto">what-if</bdi></strong>' in shown["text/html"]
    assert "    - **what-if**" in shown["text/markdown"]


def test_a_session_without_kin_is_a_family_of_one() -> None:
    wb.session("demo")
    assert drawn("demo") == ["demo  (0 items"]


def test_an_ancestor_that_was_deleted_stays_in_the_tree() -> None:
    family()
    delete("what-if")
    delete("demo")
    assert drawn("deeper") == [
        "demo  (deleted)",
        "├── what-if  (forked behind turn 1, deleted)",
        "│   └── deeper  (forked before its first turn, 0 items",
        "└── demo-2  (forked at its end, 4 items",
    ]
    assert drawn("what-if")[1].startswith("├── what-if")
    shown = wb.tree("deeper")._repr_mimebundle_()
    assert "~~demo~~" in shown["text/markdown"]
    assert "<s>" in shown["text/html"]
    assert wb.ask("demo-2", "What's my name?").text == "Your name is John."


def test_a_name_that_is_made_again_is_another_one() -> None:
    family()
    delete("what-if")
    wb.session("what-if")
    assert drawn("what-if") == ["what-if  (0 items"]
    assert any("deleted" in line for line in drawn("demo"))
    wb.fork("what-if", "young")
    assert drawn("young") == ["what-if  (0 items", "└── young  (forked at its end, 0 items"]


def test_a_fork_can_be_made_under_the_name_of_one_that_was_deleted() -> None:
    family()
    delete("what-if")
    wb.fork("demo-2", "what-if", at=1)
    assert sum("what-if" in line for line in drawn("demo")) == 2
    assert str(wb.tree("what-if")).count("<--") == 1


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    family()
    with pytest.raises(UnknownSession, match="what-if"):
        wb.tree("what-f")


def test_an_origin_without_a_name_is_shown_with_its_store(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'app.db'}"
    loop.run(wb.open_store(url).append("theirs", [{"role": "user", "content": "a"}]))
    wb.fork("theirs", "mine", store=url)
    first, second = drawn("mine")
    assert first.startswith("theirs in sqlite:///")
    assert second.startswith("└── mine  (forked at its end, 1 item")


def test_a_store_that_is_down_leaves_its_lengths_out(caplog: pytest.LogCaptureFixture) -> None:
    with redis_server() as server:
        wb.session("demo", store=f"{server.url}?timeout=0.5")
        wb.fork("demo", "new")
        server.stop()
        assert drawn("new")[0].startswith("demo  (last used")
        assert "items" not in str(wb.tree("new"))
    assert caplog.records


def test_names_are_text_and_nothing_else() -> None:
    for name in ("<script>alert(1)</script>", "a\nb\x1b[31m", "**x** | y"):
        wb.session(name)
        wb.fork(name, name + " 2")
        shown = wb.tree(name)._repr_mimebundle_()
        assert "<script" not in shown["text/html"]
        assert "\x1b" not in shown["text/plain"]
        assert len(shown["text/plain"].splitlines()) == 2


def test_the_card_tells_of_the_next_of_kin() -> None:
    family()
    shown = str(loop.run(session_card("what-if")))
    assert "forked from  demo, behind turn 1" in " ".join(shown.split("\n"))
    assert "deeper" in shown
    assert "forked" not in str(loop.run(session_card("demo")))
    assert "what-if, demo-2" in str(loop.run(session_card("demo")))


def test_another_kernel_sees_the_family(tmp_path: Path, workbench_home: Path) -> None:
    family()
    shown = run_script(
        """
        import workbench as wb
        print(wb.tree("deeper"))
        """,
        folder=tmp_path,
        env={"WORKBENCH_HOME": str(workbench_home)},
    )
    assert shown.count("──") == 3
    assert workspace().file.exists()


def test_a_chain_of_very_many_forks_is_drawn_to_its_end() -> None:
    names = [f"f{number}" for number in range(1_200)]
    root = Node("demo", None, None, 2, None)
    for name in reversed(names):
        root = Node(name, 1, 2, 2, None, forks=(root,))
    shown = Family(root)._repr_mimebundle_()
    assert shown["text/plain"].splitlines()[-1].endswith("└── demo  (2 items)")
    assert shown["text/markdown"].splitlines()[-1].endswith("    - demo (2 items)")
    assert shown["text/html"].count("<li>") == shown["text/html"].count("</li>") == 1_201


def test_forks_of_forks_have_no_greatest_depth() -> None:
    wb.session("demo")
    born = datetime.now(UTC)
    origin = Member.of(loop.run(workspace().get("demo")))
    members = [origin, *(Member(f"f{number}", born) for number in range(1_200))]

    def forked(db: sqlite3.Connection) -> None:
        for one, next_one in pairwise(members):
            added(Fork(next_one, one, 0, 0))(db)

    loop.run(cast(SQLiteStore, workspace().store()).file.write(forked))
    lines = drawn("demo")
    assert len(lines) == 1_201
    assert lines[-1].endswith("└── f1199  (forked before its first turn, deleted)")
