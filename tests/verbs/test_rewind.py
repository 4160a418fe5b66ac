from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import workbench as wb
from tests.conversations_server import conversations_server
from tests.stores.conversations.stores import made
from tests.verbs.subjects import KEY, KINDS, Given, assistant, given, turns, user
from workbench import loop
from workbench.errors import InvalidValue, KeyRequired, UnknownSession, Unsupported
from workbench.protocols import HIDDEN

VERBS: tuple[tuple[Any, tuple[Any, ...]], ...] = (
    (wb.rewind, (0,)),
    (wb.restore, ()),
    (wb.edit, (1, "x")),
    (wb.hide, (1,)),
    (wb.show, ()),
    (wb.doctor, ()),
)


@pytest.fixture(params=KINDS)
def any_kind(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Given]:
    with given(request.param, tmp_path) as made:
        yield made


def letters(frame: pd.DataFrame) -> str:
    return " ".join(frame["content"])


def test_later_turns_go_to_the_archive_and_come_back(any_kind: Given) -> None:
    any_kind.add(turns(1, 2, 3, 4))
    before = any_kind.sent()
    done = wb.rewind(any_kind.target, 2, **any_kind.words)
    assert (done.items, done.turns) == (4, 2)
    assert any_kind.texts() == ["u1", "a1", "u2", "a2"]
    assert any_kind.sent() == before[:4]
    full = any_kind.frame(full=True)
    assert letters(full) == "u1 a1 u2 a2 u3 a3 u4 a4"
    assert full["archived"].dropna().tolist() == ["rewound"] * 4
    back = wb.restore(any_kind.target, **any_kind.words)
    assert (back.items, back.turns) == (4, 2)
    assert any_kind.sent() == before
    assert wb.restore(any_kind.target, **any_kind.words).items == 0


def test_turn_0_is_the_beginning(any_kind: Given) -> None:
    any_kind.add(turns(1, 2))
    assert wb.rewind(any_kind.target, 0, **any_kind.words).items == 4
    assert any_kind.sent() == []
    assert wb.rewind(any_kind.target, 0, **any_kind.words).items == 0
    any_kind.add(turns(9))
    assert wb.restore(any_kind.target, **any_kind.words).items == 4
    assert any_kind.texts() == ["u1", "a1", "u2", "a2", "u9", "a9"]


def test_what_was_said_since_stands_behind_what_comes_back(any_kind: Given) -> None:
    any_kind.add(turns(1, 2, 3))
    wb.rewind(any_kind.target, 1, **any_kind.words)
    any_kind.add(turns(4))
    wb.rewind(any_kind.target, 1, **any_kind.words)
    any_kind.add(turns(5))
    told = str(wb.restore(any_kind.target, **any_kind.words))
    assert "What was said since (1 turn) stands behind them." in told
    assert any_kind.texts() == ["u1", "a1", "u4", "a4", "u5", "a5"]
    wb.restore(any_kind.target, **any_kind.words)
    assert any_kind.texts()[:6] == ["u1", "a1", "u2", "a2", "u3", "a3"]
    assert any_kind.texts()[6:] == ["u4", "a4", "u5", "a5"]


def test_hidden_items_of_later_turns_go_too_and_come_back_hidden(any_kind: Given) -> None:
    any_kind.add(turns(1, 2, 3))
    wb.hide(any_kind.target, [1, 3, 6], **any_kind.words)
    sent = any_kind.sent()
    assert wb.rewind(any_kind.target, 1, **any_kind.words).items == 4
    assert any_kind.texts() == ["u1", "a1"]
    assert any_kind.frame()["hidden"].tolist() == [True, False]
    assert "hidden" not in set(any_kind.frame(full=True)["archived"].dropna())
    wb.restore(any_kind.target, **any_kind.words)
    assert any_kind.texts() == ["u1", "a1", "u2", "a2", "u3", "a3"]
    assert any_kind.frame()["hidden"].tolist() == [True, False, True, False, False, True]
    assert any_kind.sent() == sent


def test_turns_that_are_hidden_whole_can_be_rewound(any_kind: Given) -> None:
    any_kind.add(turns(1, 2))
    wb.hide(any_kind.target, [1, 2, 3, 4], **any_kind.words)
    assert wb.rewind(any_kind.target, 1, **any_kind.words).items == 2
    assert any_kind.texts() == ["u1", "a1"]
    assert wb.restore(any_kind.target, **any_kind.words).items == 2
    assert any_kind.frame()["hidden"].all()


@pytest.mark.parametrize("turn", [-1, 4, 10**30, True, 1.0, "2", None])
def test_a_turn_that_there_is_not_is_refused(any_kind: Given, turn: Any) -> None:
    any_kind.add(turns(1, 2, 3))
    before = any_kind.sent()
    with pytest.raises(InvalidValue, match="session 'demo' has turns 0 to 3, not"):
        wb.rewind(any_kind.target, turn, **any_kind.words)
    assert any_kind.sent() == before


@pytest.mark.parametrize(
    ("turn", "words"),
    [
        (10**5_000, "not so large a number"),
        (pd.Series([1, 2]), "not a Series"),
        ("1" * 500, r"not '1+'\.\.\. \(500 characters\)"),
    ],
    ids=["large", "series", "text"],
)
def test_what_is_no_turn_at_all_is_refused_in_one_short_line(turn: Any, words: str) -> None:
    wb.session("demo")
    with pytest.raises(InvalidValue, match=f"has turns 0 to 0, {words}$"):
        wb.rewind("demo", turn)


def test_the_records_of_rewound_turns_stay_in_the_frame_of_turns() -> None:
    for prompt in ("My name is John", "My number is 5", "My number is 6"):
        wb.ask("demo", prompt)
    wb.rewind("demo", 1)
    frame = wb.turns("demo")
    assert frame["turn"].fillna(0).tolist() == [1, 0, 0]
    assert frame["user"].tolist() == ["My name is John", "My number is 5", "My number is 6"]
    assert frame["status"].tolist() == ["done", "done", "done"]
    assert frame["n_items"].tolist() == [2, 2, 2]
    wb.ask("demo", "My number is 7")
    assert wb.turns("demo")["turn"].fillna(0).tolist() == [1, 0, 0, 2]
    wb.restore("demo")
    assert wb.turns("demo")["turn"].tolist() == [1, 2, 3, 4]


def test_a_conversation_goes_on_after_a_rewind_and_after_a_restore() -> None:
    wb.ask("demo", "My name is John")
    wb.ask("demo", "My name is Ann")
    wb.rewind("demo", 1)
    assert wb.ask("demo", "What's my name?").text == "Your name is John."
    wb.restore("demo")
    assert wb.history("demo")["content"].tolist()[2] == "My name is Ann"
    assert wb.ask("demo", "What's my name?").text == "Your name is Ann."
    assert wb.doctor("demo").empty


def test_turns_count_behind_a_summary_and_the_error_says_how_to_get_at_older_ones() -> None:
    for number in range(1, 9):
        wb.ask("demo", f"My number is {number}")
    wb.compact("demo", keep_last=4)
    assert wb.history("demo")["turn"].tolist() == [1, 1, 1, 2, 2]
    with pytest.raises(InvalidValue, match=r"wb.undo_compaction\('demo'\) brings back"):
        wb.rewind("demo", 5)
    wb.rewind("demo", 1)
    assert len(wb.history("demo")) == 3
    assert wb.undo_compaction("demo") == 12
    wb.restore("demo")
    assert wb.history("demo")["turn"].max() == 8


def test_a_summary_does_not_come_back_beside_its_originals() -> None:
    for number in range(1, 9):
        wb.ask("demo", f"My number is {number}")
    before = wb.history("demo")["content"].tolist()
    wb.compact("demo", keep_last=4)
    wb.rewind("demo", 0)
    assert wb.undo_compaction("demo") == 12
    assert wb.restore("demo").items == 4
    assert wb.history("demo")["content"].tolist() == before
    assert wb.restore("demo").items == 0


def test_a_clearing_is_restored_whole_hidden_items_too() -> None:
    from workbench.verbs.manage import clear_session

    wb.ask("demo", "My name is John")
    wb.ask("demo", "My number is 5")
    wb.hide("demo", 2)
    assert loop.run(clear_session("demo")) == 3
    assert wb.history("demo").empty
    wb.ask("demo", "Hello")
    assert loop.run(clear_session("demo")) == 2
    assert wb.restore("demo").items == 2
    assert wb.restore("demo", what="cleared").items == 4
    frame = wb.history("demo")
    assert frame["content"].tolist()[0::2] == ["My name is John", "My number is 5", "Hello"]
    assert frame["hidden"].tolist()[:3] == [False, True, False]


def test_what_an_earlier_version_cleared_is_restored() -> None:
    session = wb.MemorySession("demo")
    loop.run(session.add_items(turns(1, 2)))
    keys = [row.key for row in loop.run(session.rows())]
    loop.run(session.archive(keys, reason="cleared"))
    assert wb.restore(session).items == 4


def test_other_things_in_the_archive_are_not_restored() -> None:
    session = wb.MemorySession("demo")
    loop.run(session.add_items(turns(1, 2, 3, 4)))
    keys = [row.key for row in loop.run(session.rows())]
    for key, reason in zip(
        keys,
        ("compaction:1", HIDDEN, "failed turn", "replaced: the cell was run again"),
        strict=False,
    ):
        loop.run(session.archive([key], reason=reason))
    assert wb.restore(session).items == 0
    assert "nothing in its archive to be restored" in str(wb.restore(session, what="rewound"))


@pytest.mark.parametrize("what", ["hidden", "", "compacted", 1, ["rewound"]])
def test_what_can_not_be_restored_is_refused(what: Any) -> None:
    with pytest.raises(InvalidValue, match="what is one of rewound, cleared, repaired"):
        wb.restore("demo", what=what)


def test_the_outcome_shows_itself_and_no_text_of_items() -> None:
    wb.ask("demo", "A private matter")
    done = wb.rewind("demo", 0)
    assert str(done) == (
        "Session 'demo' is back at its beginning: 1 later turn (2 items) went to its archive.\n"
        "wb.restore('demo') puts them back."
    )
    shown = done._repr_mimebundle_()
    assert shown["text/plain"] == str(done)
    assert "<p>" in shown["text/html"]
    assert "private" not in str(shown) + repr(done)
    assert repr(done).startswith("<Session 'demo' is back")


def test_a_hostile_name_stays_text_in_every_form() -> None:
    name = "<script>alert(1)</script>\x1b[31m**b**"
    wb.ask(name, "Hi")
    shown = wb.rewind(name, 0)._repr_mimebundle_()
    assert "<script" not in shown["text/html"]
    assert "\x1b" not in shown["text/plain"]
    assert "**b**" not in shown["text/markdown"]


def test_who_has_no_key_changes_nothing(tmp_path: Path) -> None:
    base = wb.SQLiteSession("demo", tmp_path / "app.db")
    loop.run(wb.EncryptedSession(base, KEY).add_items(turns(1, 2)))
    before = loop.run(base.get_items())
    url = f"sqlite:///{tmp_path}/app.db"
    for target, words in ((base, {}), ("demo", {"store": url})):
        for verb, arguments in VERBS:
            with pytest.raises(KeyRequired, match="needs its key"):
                verb(target, *arguments, **words)
    assert loop.run(base.get_items()) == before
    loop.run(base.close())


def test_names_and_targets_that_there_are_not_are_refused() -> None:
    wb.ask("demo", "Hi")
    for verb, arguments in VERBS:
        with pytest.raises(UnknownSession, match="did you mean 'demo'"):
            verb("dmeo", *arguments)
        with pytest.raises(InvalidValue, match="not a list"):
            verb([], *arguments)
        with pytest.raises(InvalidValue, match="leave store= out"):
            verb(wb.MemorySession("x"), *arguments, store="memory://")


def test_a_conversation_of_its_own_id_can_be_rewound_and_says_what_it_can_not() -> None:
    with conversations_server() as server:
        conversation = loop.run(made(server, "u1"))
        own = wb.OpenAISession(conversation, base_url=server.url)
        loop.run(own.add_items([assistant("a1"), *turns(2)]))
        assert wb.rewind(own, 1).items == 2
        with pytest.raises(Unsupported, match="copy it to a session"):
            wb.edit(own, 1, "x")
        assert wb.edit(own, 2, "x").items == 1
        assert [item["content"] for item in loop.run(own.get_items())] == ["u1", "x"]
        loop.run(own.close())


def test_interleaved_turns_of_two_programs_are_parted_by_their_turns() -> None:
    session = wb.MemorySession("demo")
    for label, text in (("t1", "u1"), ("t2", "u2"), ("t1", "a1"), ("t2", "a2")):
        loop.run(session.append([user(text)], turn_id=label))
    assert wb.rewind(session, 1).items == 2
    assert [item["content"] for item in loop.run(session.get_items())] == ["u1", "a1"]
    wb.restore(session)
    assert [item["content"] for item in loop.run(session.get_items())] == ["u1", "u2", "a1", "a2"]
