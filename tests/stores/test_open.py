"""Stores by URL: one object for one place, clear words about a wrong URL."""

from __future__ import annotations

import os
import sqlite3
from functools import partial
from pathlib import Path

import pytest

from tests.stores.files import contents, messages
from workbench import stores
from workbench.errors import InvalidStoreURL, InvalidValue
from workbench.protocols import Store
from workbench.sessions import MemorySession, SQLiteSession
from workbench.stores import close_all, open_store, register_scheme
from workbench.stores.memory import MemoryStore
from workbench.stores.sqlite import SQLiteStore, url_of
from workbench.stores.urls import StoreURL, redacted


def setting(pragma: str, db: sqlite3.Connection) -> object:
    """What the connection is set to."""
    return db.execute(f"PRAGMA {pragma}").fetchone()[0]


NAMES = ["plain.db", "two words.db", "50%.db", "what?.db", "#1.db", "käyttäjä 🙂.db", "a&b=c+d.db"]


@pytest.mark.parametrize("name", NAMES)
async def test_a_file_of_any_name_has_a_url_that_finds_it_again(tmp_path: Path, name: str) -> None:
    session = SQLiteSession("chat", tmp_path / name)
    await session.add_items(messages("a"))
    for url in (url_of(tmp_path / name), session.store.url):
        store = open_store(url)
        assert isinstance(store, SQLiteStore)
        assert store.path == tmp_path / name
        assert contents(await store.read("chat")) == ["a"]
        await store.close()
    await session.close()


def test_one_place_is_one_store_however_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link.db").symlink_to("app.db")
    store = open_store("sqlite:///app.db")
    assert isinstance(store, Store)
    for url in ("sqlite:///./app.db", f"sqlite:///{tmp_path}/app.db", "sqlite:///link.db"):
        assert open_store(url) is store
    assert SQLiteSession("a", "app.db").store is store
    assert SQLiteSession("b", tmp_path / "app.db").store is store
    assert open_store("sqlite:///other.db") is not store


def test_memory_has_names_and_private_ones() -> None:
    assert open_store("memory://one") is open_store("memory://one")
    assert open_store("memory://one") is not open_store("memory://two")
    assert MemorySession("a").store is not MemorySession("a").store
    assert SQLiteSession("a", ":memory:").store is not SQLiteSession("a", ":memory:").store
    assert open_store("sqlite:///:memory:") is open_store("sqlite:///:memory:")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqllite:///a.db", "did you mean 'sqlite'"),
        ("app.db", "sqlite:///app.db"),
        ("", "not a store URL"),
        ("://a.db", "no scheme"),
        ("sqlite://app.db", "sqlite:///relative.db"),
        ("sqlite:///", "names no file"),
        ("sqlite://", "names no file"),
        ("sqlite:///a.db?timeoutt=3", "did you mean 'timeout'"),
        ("sqlite:///a.db?timeout=soon", "a number of seconds"),
        ("sqlite:///a.db?timeout=-1", "a number of seconds"),
        ("sqlite:///a.db?timeout=nan", "a number of seconds"),
        ("sqlite:///a.db?pause_gc=maybe", "1 or 0"),
        ("memory://?size=3", "no option 'size'"),
        ("http://[bad", "not a store URL"),
        ("localhost:6379", "did you mean redis://localhost:6379?"),
        ("sqlite:app.db", "did you mean sqlite:///app.db?"),
        ("sqlite:/tmp/app.db", "did you mean sqlite:////tmp/app.db?"),
        ("memory:", "did you mean memory://?"),
        ("redis:host:6379", "did you mean redis://host:6379?"),
        ("C:\\data\\app.db", "a file is written sqlite:///C:"),
        ("sqlite:///a%00b.db", "can't be the name of a file"),
    ],
)
def test_a_wrong_url_is_told_what_is_wrong(url: str, said: str) -> None:
    with pytest.raises(InvalidStoreURL) as caught:
        open_store(url)
    assert said in str(caught.value)


def test_an_unknown_scheme_is_told_the_known_ones() -> None:
    with pytest.raises(InvalidStoreURL, match="no store has the scheme ftp://") as caught:
        open_store("ftp://a")
    known = ", ".join(repr(scheme) for scheme in sorted(stores.SCHEMES))
    said = str(caught.value).partition("known schemes: ")[2].removesuffix(", ...")
    assert said.startswith("'memory', 'openai', 'redis', ")
    assert known.startswith(said)


def test_a_wrong_url_is_told_without_its_password() -> None:
    with pytest.raises(InvalidStoreURL, match="names no file") as caught:
        open_store("sqlite://me:secret-word@host")
    assert "secret-word" not in str(caught.value)
    for url in ("redis:me:secret-word@host", "me:secret-word@host/0"):
        with pytest.raises(InvalidStoreURL, match="not a store URL") as caught:
            open_store(url)
        assert "secret-word" not in str(caught.value)


def test_an_unknown_durability_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidValue, match="FULL, NORMAL, EXTRA"):
        open_store(f"sqlite:///{tmp_path}/a.db?synchronous=off")


async def test_options_reach_the_store(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/a.db?timeout=0.5&synchronous=extra&private=1")
    assert isinstance(store, SQLiteStore)
    assert (store.file.place.timeout, store.file.place.private) == (0.5, True)
    assert await store.file.write(partial(setting, "synchronous")) == 3
    await store.close()


async def test_the_default_is_wal_with_full_durability(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "a.db")
    for pragma, value in (("synchronous", 2), ("journal_mode", "wal")):
        assert await store.file.write(partial(setting, pragma)) == value
    await store.close()


def test_a_new_scheme_needs_no_edit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "SCHEMES", dict(stores.SCHEMES))
    opened: list[StoreURL] = []

    def open_url(url: StoreURL) -> Store:
        opened.append(url)
        return MemoryStore(url.text)

    register_scheme("shelf", open_url)
    assert open_store("shelf://oak/2?colour=dark") is open_store("shelf://oak/2?colour=dark")
    (url,) = opened
    assert (url.netloc, url.path, url.options) == ("oak", "/2", {"colour": "dark"})


async def test_closing_all_stores_lets_them_be_used_again(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/a.db")
    await store.append("chat", messages("a"))
    assert (tmp_path / "a.db-wal").exists()
    await close_all()
    assert not (tmp_path / "a.db-wal").exists()
    await store.append("chat", messages("b"))
    assert contents(await store.read("chat")) == ["a", "b"]
    await store.close()


async def test_stores_leave_no_descriptor_behind(tmp_path: Path) -> None:
    async def use() -> None:
        store = SQLiteStore(tmp_path / "a.db")
        await store.append("chat", messages("a"))
        await store.read("chat")
        await store.close()

    await use()
    before = len(os.listdir("/dev/fd"))
    for _ in range(10):
        await use()
    assert len(os.listdir("/dev/fd")) == before


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://:secret@host:6379/0", "redis://:***@host:6379/0"),
        ("redis://user:secret@host", "redis://user:***@host"),
        ("redis://user@host?ttl=5", "redis://user@host?ttl=5"),
        ("redis://:sec/secret@host:1/0", "redis://:***@host:1/0"),
        ("redis://me:1/secret@host", "redis://me:***@host"),
        ("redis://:sec?secret@host", "redis://:***@host"),
        ("redis://:sec#secret@host?password=secret", "redis://:***@host?password=***"),
        ("redis://:secret", "redis://:***"),
        ("redis://[::1]:6379/0", "redis://[::1]:6379/0"),
        ("openai://?api_key=secret&base_url=http://x/v1", "base_url=http://x/v1"),
        ("openai://?base_url=http://me:secret@x/v1", "base_url=http://me:***@x/v1"),
        ("rediss://h?password=secret&SSL_KeyFile=secret", "rediss://h?password=***"),
        ("sqlite:///a/b.db?timeout=3", "sqlite:///a/b.db?timeout=3"),
        ("secret", "secret"),
    ],
)
def test_a_shown_url_holds_no_secret(url: str, shown: str) -> None:
    assert shown in redacted(url)
    assert "://" not in url or "secret" not in redacted(url)
    if "://" in url:
        assert "secret" not in repr(StoreURL.parse(url))
