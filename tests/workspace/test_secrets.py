from __future__ import annotations

import getpass
import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

from tests.script import finish, start
from workbench.errors import KeyRequired, PasswordRequired
from workbench.sessions.encryption.passphrase import Passphrase
from workbench.workspace import Workspace
from workbench.workspace.secrets import Secrets, asked, no_key

KEY = "4Xk-PFnDqT0yQx3uGQ0mcl2-xD0TTjC0Hq0xZzrKq8s="
OTHER = "n7mB1f0PUbPb0Q5oHq3uUEBqkW1d0S9L7sJvYx2tR4c="
URL = "redis://:@host:6379/0"


class Ring(KeyringBackend):
    """A keyring in memory."""

    priority = 1.0
    kept: ClassVar[dict[tuple[str, str], str]] = {}
    locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if Ring.locked:
            raise KeyringLocked("the keyring is locked")
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ring]:
    before = keyring.get_keyring()
    monkeypatch.setattr(Ring, "kept", {})
    made = Ring()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "WORKBENCH_KEY",
        "WORKBENCH_NEW_KEY",
        "WORKBENCH_REDIS_PASSWORD",
        "REDIS_PASSWORD",
    ):
        monkeypatch.delenv(name, raising=False)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def typing(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Somebody at a terminal who types these lines; gives the prompts that were shown."""

    def types(*lines: str) -> list[str]:
        prompts: list[str] = []
        answers = iter(lines)

        def answer(prompt: str) -> str:
            prompts.append(prompt)
            return next(answers)

        monkeypatch.setattr(sys, "stdin", Terminal())
        monkeypatch.setattr(getpass, "getpass", answer)
        return prompts

    return types


def test_keys_are_looked_for_in_the_order_that_is_documented(
    ring: Ring, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = Secrets()
    assert secrets.key("demo") is None
    ring.set_password("workbench", "demo", OTHER)
    assert secrets.key("demo") == OTHER
    assert secrets.key("other") is None
    monkeypatch.setenv("WORKBENCH_KEY", KEY)
    assert secrets.key("demo") == KEY
    secrets.keep("demo", b"passed")
    assert secrets.key("demo") == b"passed"
    assert secrets.key("other") == KEY
    secrets.forget("demo")
    assert secrets.key("demo") == KEY


def test_a_passphrase_is_unlocked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_KEY", "passphrase:four words of my own")
    secrets = Secrets()
    found = secrets.key("demo")
    assert isinstance(found, Passphrase)
    assert secrets.key("other") is found
    assert isinstance(secrets.read(["passphrase:four words of my own", KEY])[0], Passphrase)


def test_a_locked_keyring_is_no_key(ring: Ring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Ring, "locked", True)
    assert Secrets().key("demo") is None


def test_where_there_is_no_keyring_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert Secrets().key("demo") is None
    said = str(no_key("demo"))
    assert "WORKBENCH_KEY" in said
    assert "key= to wb.session" in said
    assert "conversation-workbench[keyring]" in said


def test_somebody_who_can_be_asked_is_asked(typing: Callable[..., list[str]]) -> None:
    prompts = typing(KEY)
    assert Secrets().ask_key("demo") == KEY
    assert prompts == ["Key of session 'demo' (or passphrase:WORDS): "]


def test_a_new_key_is_typed_twice(typing: Callable[..., list[str]]) -> None:
    typing(KEY, KEY)
    assert Secrets().ask_key("demo", new=True) == KEY
    typing(KEY, OTHER)
    with pytest.raises(KeyRequired, match="not the same") as caught:
        Secrets().ask_key("demo", new=True)
    assert KEY not in str(caught.value)
    typing("")
    with pytest.raises(KeyRequired, match="no key for it is known"):
        Secrets().ask_key("demo")


def test_the_key_to_change_to_comes_from_its_own_variable(
    monkeypatch: pytest.MonkeyPatch, typing: Callable[..., list[str]]
) -> None:
    monkeypatch.setenv("WORKBENCH_KEY", KEY)
    monkeypatch.setenv("WORKBENCH_NEW_KEY", OTHER)
    assert Secrets().new_key("demo") == OTHER
    monkeypatch.delenv("WORKBENCH_NEW_KEY")
    typing(OTHER, OTHER)
    assert Secrets().new_key("demo") == OTHER
    typing("")
    with pytest.raises(KeyRequired, match="WORKBENCH_NEW_KEY"):
        Secrets().new_key("demo")


def test_what_is_piped_in_is_not_taken_for_an_answer(tmp_path: Path) -> None:
    source = "from workbench.workspace.secrets import asked\nprint(asked('Key: '))"
    script = start(source, folder=tmp_path)
    assert finish(script).strip() == "None"


@pytest.mark.parametrize("error", [EOFError, OSError, NotImplementedError])
def test_a_front_end_without_input_is_nobody_to_ask(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_prompt: str) -> str:
        raise error

    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(getpass, "getpass", refuse)
    assert asked("Key: ") is None


def test_the_line_break_of_a_file_is_no_part_of_a_key() -> None:
    secrets = Secrets()
    assert secrets.read(f"{'k' * 44}\r\n") == "k" * 44
    words = "passphrase:some words of mine"
    assert secrets.read(f"{words}\n") is secrets.read(words)


def test_a_password_is_looked_up_where_the_url_has_its_mark(
    ring: Ring, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = Secrets()
    with pytest.raises(
        PasswordRequired, match=r"redis://host:6379/0 wants.*WORKBENCH_REDIS_PASSWORD"
    ):
        secrets.password(URL)
    ring.set_password("workbench", URL, "of the keyring")
    assert secrets.password(URL) == "of the keyring"
    monkeypatch.setenv("REDIS_PASSWORD", "of everybody")
    assert secrets.password(URL) == "of everybody"
    monkeypatch.setenv("WORKBENCH_REDIS_PASSWORD", "ours")
    assert secrets.password(URL) == "ours"
    secrets.keep_password(f"{URL}?ttl=5", "of the URL")
    assert secrets.password(URL) == "of the URL"


def test_a_password_is_asked_for_once(typing: Callable[..., list[str]]) -> None:
    prompts = typing("typed")
    secrets = Secrets()
    secrets.ask_password(URL)
    secrets.ask_password(URL)
    assert secrets.password(URL) == "typed"
    assert prompts == ["Password of redis://host:6379/0: "]


async def test_no_secret_is_shown_or_written(tmp_path: Path) -> None:
    place = Workspace(tmp_path)
    place.secrets.keep("demo", KEY)
    await place.open("demo", store="memory://plain")
    assert place.remembered("redis://:s3cret@host:6379/0") == URL
    assert place.secrets.password(URL) == "s3cret"
    shown: list[Any] = [place, place.secrets, await place.get("demo")]
    assert not any(secret in repr(each) for each in shown for secret in (KEY, "s3cret"))
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"demo" in written
    assert KEY.encode() not in written
    assert b"s3cret" not in written
