from __future__ import annotations

import getpass
import io
import re
import sys
from pathlib import Path
from typing import Any

import pytest

import workbench as wb
from tests.redis_server import redis_server
from tests.stores.files import sql
from workbench import loop
from workbench.errors import InvalidValue, PasswordRequired, StoreUnreachable, StoreUnusable
from workbench.items import user_message
from workbench.sessions.compaction import CompactionSession
from workbench.stores import register_scheme
from workbench.stores.memory import MemoryStore
from workbench.stores.urls import StoreURL
from workbench.verbs.card import session_card
from workbench.verbs.opening import unlock
from workbench.workspace import Workspace, workspace

KEY = "4Xk-PFnDqT0yQx3uGQ0mcl2-xD0TTjC0Hq0xZzrKq8s="


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Somebody at a terminal, and what is to be typed; prompts take the first of it."""
    answers: list[str] = []
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(getpass, "getpass", lambda _prompt: answers.pop(0))
    return answers


@pytest.fixture
def guarded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A kind of store that wants a password: ``guarded://``; the URLs that it was opened with."""
    from workbench.stores import SCHEMES

    monkeypatch.setattr("workbench.stores.SCHEMES", dict(SCHEMES))
    opened: list[str] = []

    def opener(url: StoreURL) -> MemoryStore:
        opened.append(url.text)
        if ":s3cret@" not in url.text:
            raise StoreUnusable("the password is wrong")
        return MemoryStore("guarded://host")

    register_scheme("guarded", opener)
    return opened


def test_settings_are_remembered_and_change_when_they_are_named_again() -> None:
    first = wb.session("demo", max_messages=20, keep_last=4)
    assert isinstance(first, CompactionSession)
    again = wb.session("demo", max_messages=40)
    assert isinstance(again, CompactionSession)
    assert (again.policy.max_messages, again.policy.keep_last) == (40, 4)
    assert not isinstance(wb.session("demo", max_messages=0), CompactionSession)
    assert not isinstance(wb.session("demo"), CompactionSession)


def test_a_key_in_the_wrong_place_is_refused_and_not_shown() -> None:
    with pytest.raises(InvalidValue, match="given as key=") as caught:
        wb.session("demo", encrypt=KEY)  # type: ignore[arg-type]
    assert KEY not in str(caught.value)
    with pytest.raises(InvalidValue, match="encrypt=False"):
        wb.session("demo", encrypt=False, key=KEY)
    with pytest.raises(InvalidValue, match="give max_messages"):
        wb.session("demo", summary_model=len)
    assert wb.list_sessions().empty


def test_a_store_that_is_no_url_says_how_it_is_written(tmp_path: Path) -> None:
    path: Any = tmp_path / "app.db"
    for call in (
        lambda: wb.session("demo", store=path),
        lambda: wb.history("demo", store=path),
        lambda: wb.ask("demo", "Hi", store=path),
    ):
        with pytest.raises(InvalidValue, match=r"a file is written sqlite:///.*app\.db"):
            call()
    with pytest.raises(InvalidValue, match="not as a int"):
        wb.list_sessions(5)  # type: ignore[arg-type]
    assert wb.list_sessions().empty


def test_a_key_is_asked_for_once_where_somebody_is(typed: list[str]) -> None:
    typed += [KEY, KEY]
    wb.session("demo", encrypt=True)
    wb.ask("demo", "My name is John")
    assert wb.history("demo")["content"].iloc[0] == "My name is John"
    workspace().secrets.forget("demo")
    assert wb.history("demo")["type"].iloc[0] == "encrypted", "looking asks for nothing"
    typed += [KEY]
    assert "John" in wb.ask("demo", "What's my name?").text
    assert typed == []


def test_a_password_is_never_written_and_looked_up_again(
    guarded: list[str], typed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "guarded://:s3cret@host/1"
    session = wb.session("demo", store=url)
    loop.run(session.add_items([user_message("hi")]))
    (kept,) = sql(workspace().file, "SELECT store FROM workbench_names")
    assert kept == ("guarded://:@host/1",)
    assert b"s3cret" not in workspace().file.read_bytes()
    later = Workspace(workspace().folder)
    entry = loop.run(later.get("demo"))
    with pytest.raises(PasswordRequired, match="WORKBENCH_GUARDED_PASSWORD"):
        later.session(entry)
    monkeypatch.setenv("GUARDED_PASSWORD", "s3cret")
    assert loop.run(later.session(entry).get_items()) == [user_message("hi")]
    assert set(guarded) == {url}


def test_a_wrong_password_does_not_take_the_place_of_the_right_one(guarded: list[str]) -> None:
    wb.session("demo", store="guarded://:s3cret@host/5")
    with pytest.raises(StoreUnusable, match="the password is wrong"):
        wb.session("other", store="guarded://:0ther@host/5")
    with pytest.raises(InvalidValue, match="is kept in"):
        wb.session("demo", store="guarded://:0ther@host/5?ttl=5")
    assert wb.history("demo").empty
    with pytest.raises(StoreUnusable, match="the password is wrong"):
        wb.session("third", store="guarded://:0ther@host/6")
    with pytest.raises(PasswordRequired):
        wb.session("third", store="guarded://:@host/6")


def test_a_password_is_asked_for_where_it_is_not_known(
    guarded: list[str], typed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    typed += ["s3cret"]
    wb.session("demo", store="guarded://:@host/2")
    assert guarded == ["guarded://:s3cret@host/2"]
    monkeypatch.setattr(workspace().secrets, "_passwords", {})
    typed += ["s3cret"]
    unlock(loop.run(workspace().get("demo")))
    assert typed == []
    assert wb.history("demo").empty


def test_the_same_place_with_and_without_its_password_is_one(guarded: list[str]) -> None:
    wb.session("demo", store="guarded://:s3cret@host/3")
    wb.session("demo", store="guarded://:@host/3")
    wb.session("demo", store="guarded://host/3")
    with pytest.raises(InvalidValue, match=r"kept in guarded:.*host/3") as caught:
        wb.session("demo", store="guarded://:0ther@elsewhere/3")
    assert "s3cret" not in str(caught.value)
    assert "0ther" not in str(caught.value)


def test_a_store_whose_password_is_not_known_does_not_hide_the_others(
    guarded: list[str], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    wb.ask("good", "Hi")
    wb.session("bad", store="guarded://:s3cret@host/4")
    monkeypatch.setattr(workspace().secrets, "_passwords", {})
    frame = wb.list_sessions().set_index("name")
    assert frame.loc["good", "n_items"] == 2
    assert frame["n_items"].isna().to_dict() == {"bad": True, "good": False}
    assert ["WORKBENCH_GUARDED_PASSWORD" in line for line in caplog.messages] == [True]


def test_an_application_s_encrypted_session_is_not_taken_for_a_plain_one(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path}/app.db"
    app = wb.EncryptedSession(wb.SQLiteSession("app-1", tmp_path / "app.db"), KEY)
    loop.run(app.add_items([user_message("secret")]))
    loop.run(app.close())
    wb.session("app-1", store=store, key=KEY)
    assert wb.history("app-1")["content"].tolist() == ["secret"]


def test_a_session_of_a_real_server_with_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    with redis_server(requirepass="s3cret-word") as server:
        bare = f"redis://:@{server.host}:{server.port}"
        url = bare.replace(":@", ":s3cret-word@")
        wb.session("demo", store=f"{url}?ttl=3600", max_messages=4)
        for number in range(4):
            wb.ask("demo", f"My number is {number}")
        assert b"s3cret-word" not in workspace().file.read_bytes()
        card = str(loop.run(session_card("demo")))
        assert "compaction  above 4 messages" in card
        assert re.search(r"expires +60 min after the last write", card)
        monkeypatch.setattr(workspace().secrets, "_passwords", {})
        with pytest.raises(PasswordRequired, match="WORKBENCH_REDIS_PASSWORD"):
            wb.ask("demo", "Hi")
        monkeypatch.setenv("WORKBENCH_REDIS_PASSWORD", "s3cret-word")
        assert "3" in wb.ask("demo", "What's my number?").text
        assert wb.list_sessions(bare)["session_id"].tolist() == ["demo"]
        assert len(wb.history("demo", store=bare)) == len(wb.history("demo"))
        loop.run(workspace().store(f"{bare}?ttl=3600").close())
        loop.run(workspace().store_at(bare).close())


def test_a_server_that_is_down_does_not_hide_the_others(caplog: pytest.LogCaptureFixture) -> None:
    with redis_server() as server:
        wb.ask("far", "Hi", store=f"{server.url}?timeout=1")
    wb.ask("near", "Hi")
    frame = wb.list_sessions().set_index("name")
    assert frame["n_items"].isna().to_dict() == {"far": True, "near": False}
    assert len(caplog.messages) == 1
    with pytest.raises(StoreUnreachable):
        wb.history("far")
    loop.run(workspace().store(f"{server.url}?timeout=1").close())
