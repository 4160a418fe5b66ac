"""A conversation at OpenAI in the notebook: what stands around it, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import workbench as wb
from tests.conversations_server import ConversationsServer, shared_conversations
from tests.notebook_shell import Shell
from workbench import loop
from workbench.workspace import workspace

KEY = "4Xk-PFnDqT0yQx3uGQ0mcl2-xD0TTjC0Hq0xZzrKq8s="
OTHER = "n7mB1f0PUbPb0Q5oHq3uUEBqkW1d0S9L7sJvYx2tR4c="


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> ConversationsServer:
    for name in ("WORKBENCH_KEY", "WORKBENCH_NEW_KEY"):
        monkeypatch.delenv(name, raising=False)
    shared_conversations().heal()
    return shared_conversations()


@pytest.fixture
def store(server: ConversationsServer, shell: Shell) -> Iterator[str]:
    """The URL of the store at the server; its connections are closed with the test."""
    url = f"openai://?base_url={server.url}"
    yield url
    loop.run(workspace().store(url).close())


def talk(shell: Shell, store: str, turns: int = 1, options: str = "") -> str:
    """A conversation of so many turns; the id of its conversation."""
    shell.ok(f"%agent -s demo -m offline --store {store} {options} My name is John")
    for number in range(1, turns):
        shell.ok(f"%agent -s demo My number is {number}")
    return card(shell)["conversation"]


def card(shell: Shell, name: str = "demo") -> dict[str, str]:
    """The lines of ``%session info``, as they are printed."""
    lines = str(shell.ok(f"%session info {name}").value).splitlines()
    return {label: value.strip() for label, _, value in (line.partition("  ") for line in lines)}


def test_what_is_said_of_it_is_said_whole(shell: Shell, store: str) -> None:
    said = card(shell) if talk(shell, store) else {}
    assert said["length"] == "1 turn, 2 items"
    assert said["conversation"].startswith("conv_")
    assert said["expires"].startswith("never")
    assert "the API deletes a conversation without them" in said["deleting"]
    assert not [value for value in said.values() if "…" in value]


def test_clearing_takes_the_items_from_the_service_and_keeps_them_here(
    shell: Shell, store: str, server: ConversationsServer
) -> None:
    conversation = talk(shell, store, turns=2)
    out = shell.ok("%session clear demo").out
    assert "4 items are in its archive now" in out
    assert "What the service keeps" in out
    assert server.contents(conversation) == []
    assert len(wb.history("demo")) == 0
    assert len(wb.history("demo", full=True)) == 4
    shell.ok("%agent -s demo My name is Ann")
    assert len(server.contents(conversation)) == 2


def test_deleting_leaves_neither_items_nor_the_conversation_at_the_service(
    shell: Shell, store: str, server: ConversationsServer
) -> None:
    conversation = talk(shell, store, turns=2)
    items = server.ask("GET", f"/conversations/{conversation}/items")["data"]
    out = shell.ok("%session delete demo --yes").out
    assert "What the service keeps" in out
    for path in ("", *(f"/items/{item['id']}" for item in items)):
        answer = server.ask("GET", f"/conversations/{conversation}{path}")
        assert answer["error"]["code"] == "not_found"
    assert server.count("DELETE", "/items/") == 4
    assert wb.list_sessions().empty


def test_deleting_without_the_service_says_so_and_can_be_done_again(
    shell: Shell, store: str, server: ConversationsServer
) -> None:
    conversation = talk(shell, store)
    server.fail_next("DELETE", "/", status=503, times=999)
    message = shell.run("%session delete demo --yes").usage_error
    assert "answered 503" in message
    assert "\n" not in message
    server.heal()
    shell.ok("%session delete demo --yes")
    assert "error" in server.ask("GET", f"/conversations/{conversation}")
    assert wb.list_sessions().empty


def test_encrypting_another_key_and_back(
    shell: Shell, store: str, server: ConversationsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = talk(shell, store, turns=2)
    monkeypatch.setenv("WORKBENCH_KEY", KEY)
    assert "is encrypted now: 4 items, key " in shell.ok("%session encrypt demo").out
    assert "John" not in " ".join(server.contents(conversation))
    assert "AES-256-GCM" in card(shell)["encryption"]
    assert "John" in shell.ok("%agent -s demo What's my name?").text
    monkeypatch.setenv("WORKBENCH_NEW_KEY", OTHER)
    assert "has another key now: 6 items" in shell.ok("%session rekey demo").out
    assert "is plain text now: 6 items" in shell.ok("%session decrypt demo").out
    assert server.contents(conversation)[0] == "My name is John"
    assert "John" in shell.ok("%agent -s demo What's my name?").text
    assert len(wb.history("demo")) == 8


def test_compacting_and_back(shell: Shell, store: str, server: ConversationsServer) -> None:
    talk(shell, store, turns=6)
    before = wb.history("demo")["content"].tolist()
    assert "Compacted 8 items" in shell.ok("%session compact demo --keep-last 4").text
    assert len(wb.history("demo")) == 5
    assert len(server.contents(card(shell)["conversation"])) == 5
    assert "8 items back" in shell.ok("%session undo-compaction demo").out
    assert wb.history("demo")["content"].tolist() == before
    assert server.contents(card(shell)["conversation"]) == before


def test_all_that_may_stand_around_it_at_once(
    shell: Shell, store: str, server: ConversationsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_KEY", KEY)
    talk(shell, store, turns=5, options="--max-messages 4 --encrypt")
    assert "John" in shell.ok("%agent -s demo What's my name?").text
    stored = server.contents(card(shell)["conversation"])
    assert len(stored) < 12
    assert all("wb1" in text for text in stored)
    assert len(wb.history("demo", full=True)) > len(wb.history("demo"))


def test_a_service_that_fails_is_named_and_the_conversation_goes_on_later(
    shell: Shell, store: str, server: ConversationsServer
) -> None:
    talk(shell, store)
    server.fail_next("GET", "/", status=503, times=999)
    server.fail_next("POST", "/", status=503, times=999)
    error = shell.run("%agent -s demo What's my name?").error
    assert f"{server.url} answered 503" in str(error)
    server.heal()
    assert "John" in shell.ok("%agent -s demo What's my name?").text
    assert len(wb.history("demo")) == 4


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("%agent -s x --store openai://api.openai.com Hi", "write openai:// or openai://?base_url"),
        ("%agent -s x --store openai://?base_ur=http://h Hi", "did you mean 'base_url'?"),
        ("%agent -s x --store openay:// Hi", "did you mean 'openai'?"),
        ("%agent -s x --store openai:// Hi", "set OPENAI_API_KEY"),
    ],
)
def test_a_wrong_store_is_one_line_that_names_the_way_out(
    shell: Shell, line: str, said: str, server: ConversationsServer
) -> None:
    message = shell.run(line).usage_error
    assert said in message
    assert message.startswith("%agent: ")
    assert "\n" not in message
