from __future__ import annotations

import signal
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from agents.extensions.memory import EncryptedSession as SDKEncrypted
from agents.memory import SQLiteSession as SDKSession

import workbench as wb
from tests.script import start
from workbench import loop
from workbench.errors import (
    CorruptItem,
    EncryptionError,
    InvalidValue,
    KeyRequired,
    StoreFull,
    UnknownSession,
    WrongKey,
)
from workbench.items import is_encrypted, user_message
from workbench.sessions import MemorySession
from workbench.sessions.stored import StoredSession
from workbench.stores import close_all
from workbench.verbs.card import session_card
from workbench.verbs.manage import clear_session
from workbench.workspace import workspace

KEY = "4Xk-PFnDqT0yQx3uGQ0mcl2-xD0TTjC0Hq0xZzrKq8s="
OTHER = "n7mB1f0PUbPb0Q5oHq3uUEBqkW1d0S9L7sJvYx2tR4c="
SECRET = "The-word-is-mellon"


@pytest.fixture
def talked() -> list[Any]:
    """A plain session with an archive; the items of its history."""
    wb.ask("demo", f"My name is John. {SECRET}")
    wb.ask("demo", "I prefer tea")
    wb.compact("demo", keep_last=2)
    return wb.history("demo")["item"].tolist()


def stored() -> list[Any]:
    """What the store holds, archive included."""
    base = workspace().base(loop.run(workspace().get("demo")))
    live = [each.item for each in loop.run(base.rows())]
    return live + [each.item for each in loop.run(base.archived())]


def said(text: str) -> list[Any]:
    return [user_message(text)]


def encryption() -> str | None:
    return loop.run(workspace().get("demo")).wrappers.encryption


def found_in(folder: Path, text: str) -> bool:
    return any(text.encode() in path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_a_plain_session_becomes_an_encrypted_one_and_back(
    talked: list[Any], workbench_home: Path
) -> None:
    assert found_in(workbench_home, SECRET)
    done = wb.encrypt("demo", KEY)
    assert (done.items, done.archived) == (3, 2)
    assert all(map(is_encrypted, stored()))
    assert not found_in(workbench_home, SECRET)
    assert wb.history("demo")["item"].tolist() == talked
    assert "John" in wb.ask("demo", "What's my name?").text
    assert wb.undo_compaction("demo") == 2
    assert wb.decrypt("demo").key_id is None
    assert not any(map(is_encrypted, stored()))
    assert encryption() is None
    assert "John" in wb.ask("demo", "What's my name?").text


def test_what_was_done_shows_itself_with_the_id_of_the_key_and_no_key(talked: list[Any]) -> None:
    done = wb.encrypt("demo", KEY)
    assert f"encryption  AES-256-GCM, key {done.key_id}" in str(done)
    assert f"{done.items}, and {done.archived} in its archive" in str(done)
    again = wb.encrypt("demo", KEY)
    assert "; 0 of them rewritten" in str(again)
    plain = wb.decrypt("demo", KEY)._repr_mimebundle_()
    assert set(plain) == {"text/plain", "text/markdown", "text/html"}
    assert "none: plain text" in plain["text/html"]
    assert KEY not in f"{done}{done!r}{plain}"


def test_another_key_takes_its_place(talked: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_KEY", KEY)
    first = wb.encrypt("demo")
    monkeypatch.setenv("WORKBENCH_NEW_KEY", OTHER)
    second = wb.rekey("demo")
    assert second.key_id != first.key_id
    assert wb.history("demo")["item"].tolist() == talked
    workspace().secrets.forget("demo")
    with pytest.raises(WrongKey):
        wb.history("demo")
    monkeypatch.setenv("WORKBENCH_KEY", OTHER)
    assert wb.history("demo")["item"].tolist() == talked


def test_without_the_key_one_sees_sizes_and_the_id_of_the_key(talked: list[Any]) -> None:
    key_id = wb.encrypt("demo", KEY).key_id
    workspace().secrets.forget("demo")
    frame = wb.history("demo", full=True)
    assert set(frame["type"]) == {"encrypted"}
    assert frame["content"].str.fullmatch(rf"\[encrypted: \d+ bytes, key {key_id}\]").all()
    assert frame["archived"].notna().sum() == 2
    assert SECRET not in frame.to_string()
    assert len(wb.turns("demo")) == 2
    assert wb.list_sessions()["n_items"].tolist() == [3]
    card = str(loop.run(session_card("demo")))
    assert f"AES-256-GCM, key {key_id} (its key is not known here)" in card
    for call in (
        lambda: wb.ask("demo", "Hi"),
        lambda: wb.session("demo"),
        lambda: wb.compact("demo"),
        lambda: wb.decrypt("demo"),
    ):
        with pytest.raises(KeyRequired, match="WORKBENCH_KEY"):
            call()
    assert encryption() == "yes"


def test_a_wrong_key_says_so_and_is_not_kept(talked: list[Any]) -> None:
    wb.encrypt("demo", KEY)
    before = stored()
    workspace().secrets.forget("demo")
    with pytest.raises(WrongKey):
        wb.session("demo", key=OTHER)
    with pytest.raises(WrongKey):
        wb.decrypt("demo", OTHER)
    with pytest.raises(WrongKey):
        wb.rekey("demo", wb.generate_key(), key=OTHER)
    assert stored() == before
    wb.session("demo", key=KEY)
    assert wb.history("demo")["item"].tolist() == talked


def test_what_was_refused_leaves_no_conversion_half_done(talked: list[Any]) -> None:
    with pytest.raises(InvalidValue, match="Passphrase is no key of the SDK"):
        wb.encrypt("demo", wb.Passphrase("four words and some more"), from_sdk=True)
    assert encryption() is None
    wb.encrypt("demo", KEY)
    for key, error in ((OTHER, WrongKey), ("short", InvalidValue)):
        with pytest.raises(error):
            wb.decrypt("demo", key)
        assert encryption() == "yes"
    loop.run(workspace().base(loop.run(workspace().get("demo"))).add_items(said("plain")))
    with pytest.raises(WrongKey):
        wb.decrypt("demo", OTHER)
    with pytest.raises(EncryptionError, match="is not encrypted"):
        wb.history("demo")


def test_a_full_disk_leaves_a_conversation_that_can_be_read_on(
    talked: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(_session: StoredSession) -> list[str]:
        raise StoreFull("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(StoredSession, "scrub", full)
        with pytest.raises(StoreFull):
            wb.encrypt("demo", KEY)
    assert encryption() == "migrating"
    assert wb.history("demo")["item"].tolist() == talked
    assert wb.encrypt("demo").key_id is not None
    assert encryption() == "yes"


def test_the_card_tells_of_plain_items_and_of_the_key_of_the_archive(talked: list[Any]) -> None:
    key_id = wb.encrypt("demo", KEY).key_id
    base = workspace().base(loop.run(workspace().get("demo")))
    loop.run(base.add_items(said("plain")))
    card = str(loop.run(session_card("demo")))
    assert "holds items that are not" in card
    assert "not its key" not in card
    loop.run(clear_session("demo"))
    wb.encrypt("demo")
    assert f"AES-256-GCM, key {key_id}" in str(loop.run(session_card("demo")))


def test_a_damaged_item_leaves_no_conversion_half_done(talked: list[Any]) -> None:
    loop.run(close_all())
    with sqlite3.connect(workspace().file) as file:
        file.execute("UPDATE agent_messages SET message_data = 'not JSON'")
    file.close()
    with pytest.raises(CorruptItem):
        wb.encrypt("demo", KEY)
    assert encryption() is None


def test_a_weak_key_is_refused_before_anything_happens(talked: list[Any]) -> None:
    for key in ("password" * 4, "short", b"x" * 32):
        with pytest.raises(InvalidValue, match="generate_key"):
            wb.encrypt("demo", key)
        with pytest.raises(InvalidValue, match="generate_key"):
            wb.session("new", encrypt=True, key=key)
    assert encryption() is None
    assert wb.list_sessions()["name"].tolist() == ["demo"]


def test_a_session_is_encrypted_from_its_first_item_on(workbench_home: Path) -> None:
    session = wb.session("demo", max_messages=4, encrypt=True, key=KEY)
    assert "EncryptedSession" in repr(session)
    wb.ask("demo", f"My name is John. {SECRET}")
    for number in range(4):
        wb.ask("demo", f"My number is {number}")
    assert "John" in wb.ask("demo", "What's my name?").text
    loop.run(close_all())
    assert not found_in(workbench_home, SECRET)
    assert not found_in(workbench_home, KEY)


def test_giving_a_key_for_a_new_session_is_asking_for_encryption() -> None:
    wb.session("demo", key=KEY)
    wb.ask("demo", SECRET)
    assert all(map(is_encrypted, stored()))
    wb.ask("plain", "Hi")
    with pytest.raises(InvalidValue, match=r"wb\.encrypt"):
        wb.session("plain", key=KEY)


def test_where_nobody_can_be_asked_no_session_is_made() -> None:
    with pytest.raises(KeyRequired, match="WORKBENCH_KEY"):
        wb.session("demo", encrypt=True)
    assert wb.list_sessions().empty


def test_what_is_not_encrypted_is_not_decrypted(talked: list[Any]) -> None:
    for call in (wb.decrypt, wb.rekey):
        with pytest.raises(InvalidValue, match=r"'demo' is not encrypted; wb\.encrypt"):
            call("demo", KEY)
        with pytest.raises(UnknownSession, match="did you mean 'demo'"):
            call("dmeo", KEY)


def test_what_a_late_writer_encrypted_is_made_plain_too(
    talked: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    wb.encrypt("demo", KEY)
    late = wb.EncryptedSession(
        workspace().base(loop.run(workspace().get("demo"))), KEY, allow_plain=True
    )
    scrub = StoredSession.scrub

    async def scrub_meanwhile(session: StoredSession) -> list[str]:
        monkeypatch.setattr(StoredSession, "scrub", scrub)
        await late.add_items(said("said while it was converted"))
        return await scrub(session)

    monkeypatch.setattr(StoredSession, "scrub", scrub_meanwhile)
    assert wb.decrypt("demo").items == 4
    assert not any(map(is_encrypted, stored()))
    loop.run(late.add_items(said("said by a turn that took its time")))
    assert wb.decrypt("demo", KEY).changed == 1
    assert not any(map(is_encrypted, stored()))
    assert wb.history("demo")["content"].tolist()[-1] == "said by a turn that took its time"


def test_a_session_object_is_converted() -> None:
    session = MemorySession("demo")
    loop.run(session.add_items([user_message(SECRET)]))
    wb.encrypt(session, KEY)
    assert is_encrypted(loop.run(session.get_items())[0])
    sealed = wb.EncryptedSession(session, KEY)
    assert wb.history(sealed)["content"].tolist() == [SECRET]
    wb.rekey(sealed, OTHER)
    wb.decrypt(wb.CompactionSession(wb.EncryptedSession(session, OTHER)))
    assert loop.run(session.get_items()) == [user_message(SECRET)]
    with pytest.raises(KeyRequired):
        wb.encrypt(session)


def test_an_id_in_a_store_is_converted_and_read_with_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = SDKSession("app-1", tmp_path / "app.db")
    loop.run(own.add_items(said(SECRET)))
    own.close()
    store = f"sqlite:///{tmp_path}/app.db"
    wb.encrypt("app-1", KEY, store=store)
    assert wb.history("app-1", store=store)["type"].tolist() == ["encrypted"]
    monkeypatch.setenv("WORKBENCH_KEY", KEY)
    assert wb.history("app-1", store=store)["content"].tolist() == [SECRET]
    wb.session("app-1", store=store)
    assert wb.history("app-1")["content"].tolist() == [SECRET]
    loop.run(close_all())
    assert not found_in(tmp_path, SECRET)


def test_what_the_sdk_encrypted_is_taken_over(tmp_path: Path) -> None:
    inner = SDKSession("app-1", tmp_path / "app.db")
    sdk = SDKEncrypted("app-1", inner, encryption_key="the words of the application", ttl=1)
    loop.run(sdk.add_items(said(SECRET)))
    inner.close()
    store = f"sqlite:///{tmp_path}/app.db"
    with pytest.raises(EncryptionError, match="from_sdk"):
        wb.session("app-1", store=store, key=KEY)
    wb.encrypt("app-1", KEY, from_sdk="the words of the application")
    assert wb.history("app-1")["content"].tolist() == [SECRET]


KILLED = """
import os, signal, sys
import workbench as wb
from workbench.sessions.stored import StoredSession
from workbench.workspace import Workspace

def killed_at(owner, name, *, after):
    whole = getattr(owner, name)
    async def stopping(self, *given, **named):
        if after:
            await whole(self, *given, **named)
        os.kill(os.getpid(), signal.SIGKILL)
    setattr(owner, name, stopping)

where, verb, *keys = sys.argv[1:]
owner, name, after = {
    "first": (Workspace, "wrap", True),
    "change": (StoredSession, "edit", False),
    "changed": (StoredSession, "edit", True),
    "scrub": (StoredSession, "scrub", False),
    "scrubbed": (StoredSession, "scrub", True),
}[where]
killed_at(owner, name, after=after)
getattr(wb, verb)("demo", *keys)
"""


def killed(where: str, verb: str, *keys: str, home: Path, **env: str) -> None:
    env = {"WORKBENCH_HOME": str(home), **env}
    script = start(KILLED, where, verb, *keys, folder=home.parent, env=env)
    assert script.wait(60) == -signal.SIGKILL
    script.communicate()


@pytest.mark.parametrize("where", ["first", "change", "changed", "scrub", "scrubbed"])
def test_encrypting_that_was_killed_is_finished_by_doing_it_again(
    where: str, talked: list[Any], workbench_home: Path
) -> None:
    loop.run(close_all())
    killed(where, "encrypt", KEY, home=workbench_home)
    assert encryption() == "migrating"
    wb.session("demo", key=KEY)
    assert wb.history("demo")["item"].tolist() == talked
    assert "not finished" in str(loop.run(session_card("demo")))
    wb.ask("demo", "What's my name?")
    wb.encrypt("demo")
    assert encryption() == "yes"
    assert all(map(is_encrypted, stored()))
    assert wb.history("demo")["item"].tolist()[:3] == talked
    assert not found_in(workbench_home, SECRET)


@pytest.mark.parametrize("where", ["first", "change", "changed", "scrub"])
def test_decrypting_that_was_killed_is_finished_by_doing_it_again(
    where: str, talked: list[Any], workbench_home: Path
) -> None:
    wb.encrypt("demo", KEY)
    loop.run(close_all())
    killed(where, "decrypt", KEY, home=workbench_home)
    assert encryption() == "migrating"
    assert wb.history("demo")["item"].tolist() == talked
    wb.decrypt("demo")
    assert encryption() is None
    assert wb.history("demo")["item"].tolist() == talked
    assert not any(map(is_encrypted, stored()))


@pytest.mark.parametrize("where", ["change", "changed", "scrub"])
def test_rekeying_that_was_killed_is_finished_by_doing_it_again(
    where: str, talked: list[Any], workbench_home: Path
) -> None:
    wb.encrypt("demo", KEY)
    loop.run(close_all())
    killed(where, "rekey", OTHER, home=workbench_home, WORKBENCH_KEY=KEY)
    done = wb.rekey("demo", OTHER, key=KEY)
    assert wb.history("demo")["item"].tolist() == talked
    workspace().secrets.forget("demo")
    wb.session("demo", key=OTHER)
    assert (done.items, done.archived) == (3, 2)
    assert wb.history("demo")["item"].tolist() == talked


def test_a_session_that_lost_its_mark_takes_no_plain_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """As who can write to the workspace's file may take it away."""
    monkeypatch.setenv("WORKBENCH_KEY", KEY)
    wb.session("secret", encrypt=True)
    wb.ask("secret", "My name is John")
    loop.run(workspace().wrap("secret", encryption=None))
    with pytest.raises(KeyRequired, match="holds encrypted items"):
        wb.ask("secret", "My sister's name is Jane")
    kept = loop.run(workspace().base(loop.run(workspace().get("secret"))).get_items())
    assert len(kept) == 2
    assert all(map(is_encrypted, kept))
    wb.session("secret", encrypt=True)
    assert wb.ask("secret", "What's my name?").text == "Your name is John."


def test_a_weak_key_in_the_environment_stops_no_search_of_the_others(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("WORKBENCH_KEY", KEY)
    wb.session("secret", encrypt=True)
    wb.ask("secret", "I prefer coffee", stream=False)
    wb.ask("open", "I prefer tea", stream=False)
    monkeypatch.setenv("WORKBENCH_KEY", "password" * 4)
    assert set(wb.search("prefer")["session"]) == {"open"}
    assert "the environment variable WORKBENCH_KEY can't be used" in caplog.text
