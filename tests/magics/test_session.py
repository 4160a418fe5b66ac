from __future__ import annotations

import io
import sys

import pandas as pd
import pytest

import workbench as wb
from tests.notebook_shell import Shell
from tests.redis_server import redis_server
from tests.stores.files import sql
from workbench.errors import CorruptItem
from workbench.verbs.card import SessionCard
from workbench.workspace import workspace


@pytest.fixture
def talked(shell: Shell) -> Shell:
    shell.ok("%agent -s demo My name is John")
    shell.ok('%agent -s "two words" Hi')
    return shell


def names() -> list[str]:
    return sorted(wb.list_sessions()["name"])


def test_the_list_is_a_frame(talked: Shell) -> None:
    for line in ("%session", "%session list"):
        frame = talked.ok(line).value
        assert isinstance(frame, pd.DataFrame)
        assert sorted(frame["name"]) == ["demo", "two words"]
    assert (
        talked.ok("%session list --store sqlite:///home/workbench.db").value["n_items"].sum() == 4
    )


def test_use_sets_the_session_of_what_follows(talked: Shell) -> None:
    assert "%agent goes on with session 'demo'." in talked.ok("%session use demo").out
    assert "Your name is John." in talked.ok("%agent What's my name?").text
    talked.ok('%session use "two words"')
    talked.ok("%agent Ho")
    assert len(wb.history("two words")) == 4


def test_info_history_and_turns_are_of_the_session_in_use(talked: Shell) -> None:
    talked.ok("%session use demo")
    for given in ("", " demo"):
        card = talked.ok(f"%session info{given}").value
        assert isinstance(card, SessionCard)
        assert (card.name, card.n_turns) == ("demo", 1)
        assert len(talked.ok(f"%session history{given}").value) == 2
        assert len(talked.ok(f"%session turns{given}").value) == 1
    assert len(talked.ok("%session history demo --limit 1").value) == 1
    assert len(talked.ok("%session history -n 1").value) == 1


def test_a_new_session_is_made_and_used(talked: Shell) -> None:
    ran = talked.ok("%session new fresh --store sqlite:///fresh.db")
    assert "New session 'fresh' in sqlite:///fresh.db; %agent goes on with it." in ran.out
    talked.ok("%agent Hi")
    assert len(wb.history("fresh")) == 2
    assert "there is a session 'fresh' already" in talked.run("%session new fresh").usage_error
    talked.ok("%session new")
    assert len(names()) == 4


def test_clearing_empties_it_and_says_where_the_items_are(talked: Shell) -> None:
    assert "2 items" in talked.ok("%session clear demo").out
    assert wb.history("demo").empty
    assert "2 items in the archive" in str(talked.ok("%session info demo").value)


def test_deleting_asks_first(talked: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("\nn\ny\n"))
    for _ in range(2):
        assert "Nothing was deleted." in talked.ok("%session delete demo").out
    assert names() == ["demo", "two words"]
    assert "Deleted session 'demo'." in talked.ok("%session delete demo").out
    assert names() == ["two words"]


def test_deleting_does_not_ask_when_told(talked: Shell) -> None:
    for line in ("%session delete demo --yes", '%session delete -y "two words"'):
        assert "Deleted" in talked.ok(line).out
    assert names() == []


def test_a_session_whose_store_is_gone_can_be_forgotten(talked: Shell) -> None:
    with redis_server() as server:
        wb.session("far", store=f"{server.url}?timeout=0.1")
    assert "--forget lets go of the name" in talked.run("%session delete far --yes").usage_error
    assert "far" in names()
    assert "Forgot session 'far'" in talked.ok("%session delete far --forget").out
    assert "far" not in names()


def test_forgetting_leaves_the_conversation_where_it_is(talked: Shell) -> None:
    kept = wb.session("demo").store
    assert kept is not None
    where = kept.url
    assert "stays there" in talked.ok("%session delete demo --forget").out
    assert len(wb.history("demo", store=where)) == 2


def test_where_nobody_can_be_asked_deleting_says_how(
    talked: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    assert "say --yes" in talked.run("%session delete demo").usage_error
    assert "demo" in names()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("%session lst", "there is no verb 'lst'; did you mean 'list'?"),
        ("%session use dmeo", "there is no session 'dmeo'; did you mean 'demo'?"),
        ("%session use", "which one? %session use NAME"),
        ("%session delete", "which one? %session delete NAME"),
        ("%session delete dmeo --yes", "did you mean 'demo'?"),
        ("%session info dmeo", "did you mean 'demo'?"),
        ("%session history dmeo", "did you mean 'demo'?"),
        ("%session clear dmeo", "did you mean 'demo'?"),
        ("%session history demo --limit many", "--limit is a number of items, not 'many'"),
        ("%session history demo --limt 3", "did you mean --limit?"),
        ("%session use two words", "too much on the line: 'words'; a name with spaces"),
        ("%session list demo", "%session info NAME"),
        ("%session info ''", "not empty"),
        ("%session new ''", "not empty"),
        ("%session clear {{nobody}}", "{{nobody}} can't be filled in (NameError"),
        ("%session info {{'\\ud800'}}", "UTF-8"),
        ("%session new x --store foo://", "no store has the scheme foo://"),
    ],
)
def test_a_usage_error_is_one_line_that_names_the_way_out(
    talked: Shell, line: str, said: str
) -> None:
    message = talked.run(line).usage_error
    assert said in message
    assert message.startswith("%session")
    assert "\n" not in message
    assert names() == ["demo", "two words"]


ODD_NAMES = {
    "quotes": 'it\'s "so"',
    "slashes": "../a\\b/",
    "emoji": "🦊👩‍👩‍👧",
    "lines": "a\nb\r\n%agent c",
    "option": "--yes",
    "spaces": "  two  words ",
    "long": "x" * 10_000,
}


@pytest.mark.parametrize("name", ODD_NAMES.values(), ids=ODD_NAMES)
def test_every_verb_takes_any_name(shell: Shell, name: str) -> None:
    shell["name"], shell["other"] = name, name + "2"
    shell.ok("%agent -s {{name}} My name is John")
    shell.ok("%agent -s other Hi")
    shell.ok("%session use {{name}}")
    assert "Your name is John." in shell.ok("%agent What's my name?").text
    assert shell.ok("%session info {{name}}").value.n_items == 4
    assert len(shell.ok("%session history {{name}}").value) == 4
    assert len(shell.ok("%session turns {{name}}").value) == 2
    assert len(shell.run("%session new {{name}}").usage_error) < 300
    assert len(shell.run("%session info {{other}}").usage_error) < 300
    assert "4 items" in shell.ok("%session clear {{name}}").out
    ran = shell.ok("%session delete {{name}} --yes")
    assert len(ran.out) < 200
    assert len(ran.out.splitlines()) == 1
    assert names() == ["other"]


def test_a_damaged_item_is_one_line_and_the_session_can_be_had_again(talked: Shell) -> None:
    sql(workspace().file, "UPDATE agent_messages SET message_data = '{ secret' WHERE id = 1")
    for verb in ("info", "history", "turns", "history -n 2"):
        message = talked.run(f"%session {verb} demo").usage_error
        assert "item 1 of session 'demo' can't be read" in message
        assert "secret" not in message
    talked.ok("from agents import Agent, Runner")
    for source in ("%agent -s demo Hi", "%%agent -s demo\nRunner.run_sync(Agent(name='A'), 'Hi')"):
        ran = talked.run(source)
        assert isinstance(ran.error, CorruptItem)
        assert "Error in callback" not in ran.out
    assert "2 items" in talked.ok("%session clear demo").out
    assert "Nice to meet you" in talked.ok("%agent -s demo My name is Ann").text
    assert len(talked.ok("%session list").value) == 2
    assert "Deleted" in talked.ok("%session delete demo --yes").out
