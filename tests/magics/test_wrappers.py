from __future__ import annotations

import pytest

import workbench as wb
from tests.conversations_server import conversations_server
from tests.notebook_shell import Shell
from tests.redis_server import redis_server
from workbench import loop
from workbench.items import is_encrypted
from workbench.sessions.compaction.report import Compaction
from workbench.workspace import workspace
from workbench.workspace.wrappers import Wrappers

KEY = "4Xk-PFnDqT0yQx3uGQ0mcl2-xD0TTjC0Hq0xZzrKq8s="
OTHER = "n7mB1f0PUbPb0Q5oHq3uUEBqkW1d0S9L7sJvYx2tR4c="


@pytest.fixture(autouse=True)
def without_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WORKBENCH_KEY", "WORKBENCH_NEW_KEY"):
        monkeypatch.delenv(name, raising=False)


def wrappers(name: str) -> Wrappers:
    return loop.run(workspace().get(name)).wrappers


def talk(shell: Shell, turns: int) -> None:
    shell.ok("%agent -s demo My name is John")
    for number in range(1, turns):
        shell.ok(f"%agent -s demo My number is {number}")


def test_a_cell_sets_what_stands_around_its_session(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_KEY", KEY)
    shell.ok("%%agent -s demo --max-messages 4 --keep-last 2 --encrypt\nMy name is John")
    assert wrappers("demo") == Wrappers(max_messages=4, keep_last=2, encryption="yes")
    outs = [shell.ok(f"%agent -s demo My number is {n}").out for n in range(4)]
    assert any("ompacted" in out for out in outs)
    assert "John" in shell.ok("%agent -s demo What's my name?").text
    shell.ok("%agent -s demo --max-messages 40 Hi")
    assert wrappers("demo").max_messages == 40
    shell.ok("%agent -s demo --max-messages none Hi")
    assert wrappers("demo") == Wrappers(encryption="yes")


def test_a_cell_of_python_is_bound_to_the_session_with_its_wrappers(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_KEY", KEY)
    shell.ok("from agents import Agent, Runner\nada = Agent(name='Ada')")
    body = "for n in range(6):\n    Runner.run_sync(ada, f'My number is {n}')"
    shell.ok(f"%%agent -s demo --max-messages 4 --encrypt\n{body}")
    base = workspace().base(loop.run(workspace().get("demo")))
    items = loop.run(base.get_items())
    assert all(map(is_encrypted, items))
    assert len(items) <= 5


def test_a_new_session_takes_the_options_too(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_KEY", KEY)
    shell.ok("%session new fresh --store memory://fresh --max-messages 9 --encrypt")
    assert wrappers("fresh") == Wrappers(max_messages=9, encryption="yes")


def test_compacting_by_hand_and_back(shell: Shell) -> None:
    talk(shell, 8)
    ran = shell.ok("%session compact demo --dry-run --keep-last 4")
    assert isinstance(ran.value, Compaction)
    assert "Would compact 12 items" in ran.text
    assert len(wb.history("demo")) == 16
    shell.ok("%session use demo")
    assert "Compacted 12 items" in shell.ok("%session compact --keep-last 4").text
    assert len(wb.history("demo")) == 5
    frame = shell.ok("%session history --full").value
    assert frame["archived"].notna().sum() == 12
    assert "12 items back" in shell.ok("%session undo-compaction").out
    assert "no compaction to undo" in shell.ok("%session undo-compaction demo").out
    assert len(wb.history("demo")) == 16


def test_undoing_says_that_the_next_turn_compacts_again_and_how_not_to(shell: Shell) -> None:
    shell.ok("%agent -s demo --max-messages 4 My name is John")
    for number in range(3):
        shell.ok(f"%agent -s demo My number is {number}")
    out = shell.ok("%session undo-compaction demo").out
    assert "ends above 4 messages compacts it again" in out
    assert "--max-messages 0" in out
    before = len(wb.history("demo"))
    assert "ompacted" not in shell.ok("%agent -s demo --max-messages 0 My number is 3").out
    assert len(wb.history("demo")) == before + 2
    assert "again" not in shell.ok("%session undo-compaction demo").out


def test_encrypting_and_back_and_another_key(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    talk(shell, 1)
    monkeypatch.setenv("WORKBENCH_KEY", KEY)
    assert "Session 'demo' is encrypted now: 2 items, key " in shell.ok("%session encrypt demo").out
    card = str(shell.ok("%session info demo").value)
    assert "encryption  AES-256-GCM, key " in card
    assert KEY not in card
    monkeypatch.setenv("WORKBENCH_NEW_KEY", OTHER)
    out = shell.ok("%session rekey demo").out
    assert "has another key now: 2 items" in out
    assert "Set WORKBENCH_KEY" in out
    assert OTHER not in out
    assert "John" in shell.ok("%agent -s demo What's my name?").text
    assert "is plain text now: 4 items" in shell.ok("%session decrypt demo").out
    assert wrappers("demo") == Wrappers()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("%agent -s demo --max-messages many Hi", "--max-messages is a number from 0, not 'many'"),
        ("%agent -s demo --max-messages -3 Hi", "--max-messages"),
        ("%agent -s demo --keep-last 3 Hi", "give max_messages"),
        ("%agent -s demo --encrypt Hi", "wb.encrypt"),
        ("%agent -s new --encrypt Hi", "WORKBENCH_KEY"),
        ("%agent -s demo --encript Hi", "did you mean --encrypt?"),
        ("%session compact dmeo", "did you mean 'demo'?"),
        ("%session compact demo --keep-last x", "--keep-last is a number"),
        ("%session compact demo --encrypt", "%session encrypt"),
        ("%session compct demo", "did you mean 'compact' or "),
        ("%session undo-compaction dmeo", "did you mean 'demo'?"),
        ("%session encrypt demo", "WORKBENCH_KEY"),
        ("%session encrypt dmeo", "did you mean 'demo'?"),
        ("%session decrypt demo", "is not encrypted"),
        ("%session rekey demo", "is not encrypted"),
        ("%session new x --encrypt", "WORKBENCH_KEY"),
        ("%session new x --max-tokens 1e3", "--max-tokens is a number"),
        ("%session decrypt demo --dry-run", "--dry-run, which is for %session compact"),
        ("%session encrypt demo --yes", "--yes, which is for %session delete"),
        ("%session compact demo --max-messages 0", "give max_messages"),
        ("%session encrypt demo --key secret", "never stand on the line: set WORKBENCH_KEY"),
        ("%agent -s demo --key=secret Hi", "never stand on the line: set WORKBENCH_KEY"),
    ],
)
def test_a_usage_error_is_one_line_that_names_the_way_out(
    shell: Shell, line: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk(shell, 1)
    before = wb.history("demo")["item"].tolist()
    message = shell.run(line).usage_error
    assert said in message
    assert message.startswith("%")
    assert "\n" not in message
    assert wb.list_sessions()["name"].tolist() == ["demo"]
    assert wb.history("demo")["item"].tolist() == before


def test_a_weak_key_is_refused_and_not_repeated(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_KEY", "password" * 4)
    message = shell.run("%agent -s demo --encrypt Hi").usage_error
    assert "generate_key" in message
    assert "the environment variable WORKBENCH_KEY" in message
    assert "password" * 4 not in message


def test_a_key_on_the_line_is_refused_and_not_repeated(shell: Shell) -> None:
    assert KEY not in shell.run(f"%session encrypt demo {KEY}").usage_error
    assert KEY not in shell.run(f"%session encrypt demo --key {KEY}").usage_error


def test_a_store_whose_password_is_not_known_is_one_line_too(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("WORKBENCH_REDIS_PASSWORD", "REDIS_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    message = shell.run("%agent -s demo --store redis://:@nowhere.invalid Hi").usage_error
    assert "WORKBENCH_REDIS_PASSWORD" in message
    assert "\n" not in message
    assert wb.list_sessions().empty


def test_a_lost_key_locks_the_session_but_it_can_be_deleted(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_KEY", KEY)
    shell.ok("%agent -s demo --encrypt My name is John")
    monkeypatch.setenv("WORKBENCH_KEY", OTHER)
    assert "key" in shell.run("%agent -s demo Hi").usage_error
    assert "key" in shell.run("%session history demo").usage_error
    assert "is not its key" in str(shell.ok("%session info demo").value)
    monkeypatch.delenv("WORKBENCH_KEY")
    assert len(shell.ok("%session history demo").value) == 2
    assert "2 items" in shell.ok("%session clear demo").out
    assert "Deleted" in shell.ok("%session delete demo --yes").out


def test_a_conversation_at_a_service_says_what_stays_there(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "test")
    with conversations_server() as server:
        url = f"openai://?base_url={server.url}"
        shell.ok(f"%agent -s demo -m offline --store {url} My name is John")
        assert "John" in shell.ok("%agent -s demo What's my name?").text
        assert wb.list_sessions()["n_items"].tolist() == [4]
        card = str(shell.ok("%session info demo").value)
        assert "expires" in card
        assert "never" in card
        assert "What the service keeps" in shell.ok("%session clear demo").out
        out = shell.ok("%session delete demo --yes").out
        assert out.startswith("Deleted session 'demo'.")
        assert "What the service keeps" in out
        loop.run(workspace().store(url).close())


def test_a_conversation_in_redis_is_made_by_a_cell(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_KEY", KEY)
    with redis_server() as server:
        store = f"{server.url}/0?ttl=600"
        shell.ok(
            f"%%agent --session demo --store {store} --max-messages 4 --encrypt\nMy name is John"
        )
        for number in range(4):
            shell.ok(f"%agent -s demo My number is {number}")
        assert "John" in shell.ok("%agent -s demo What's my name?").text
        kept = b"".join(server.do("LRANGE", "agents:session:demo:messages", 0, -1))
        assert b"wb1" in kept
        assert b"John" not in kept
        assert len(wb.history("demo", full=True)) > len(wb.history("demo"))
        assert "10 min after the last write" in str(shell.ok("%session info demo").value)
        shell.ok("%session decrypt demo")
        assert b"John" in b"".join(server.do("LRANGE", "agents:session:demo:messages", 0, -1))
        loop.run(workspace().store(store).close())
