from __future__ import annotations

import pytest

from workbench import loop
from workbench.errors import InvalidStoreURL, StoreReadOnly
from workbench.items import user_message
from workbench.stores import open_store
from workbench.stores.read_only import ReadOnlyStore, read_only_url, without_option
from workbench.stores.urls import StoreURL


def test_the_option_is_added_once_and_taken_off_again() -> None:
    assert read_only_url("sqlite:///a.db") == "sqlite:///a.db?read_only=1"
    assert read_only_url("redis://h?ttl=3") == "redis://h?ttl=3&read_only=1"
    assert read_only_url("redis://h?read_only=0") == "redis://h?read_only=0"
    url = StoreURL.parse("memory://x?a=1&read_only=1&b=2")
    assert without_option(url) == "memory://x?a=1&b=2"


def test_both_views_of_a_store_are_one_store() -> None:
    store = open_store("memory://shared")
    view = open_store("memory://shared?read_only=1")
    assert isinstance(view, ReadOnlyStore)
    assert open_store("memory://shared?read_only=0") is store
    loop.run(store.append("demo", [user_message("x")]))
    assert loop.run(view.read("demo")) == [user_message("x")]
    assert view.url == store.url
    with pytest.raises(StoreReadOnly, match="write=True"):
        loop.run(view.append("demo", [user_message("x")]))
    with pytest.raises(AttributeError):
        _ = view.nonsense
    with pytest.raises(InvalidStoreURL, match="read_only is 1 or 0"):
        open_store("memory://shared?read_only=maybe")


def test_files_and_servers_have_a_way_of_their_own() -> None:
    for url in ("sqlite:///x.db", "redis://localhost:1"):
        one, other = open_store(url), open_store(f"{url}?read_only=1")
        assert one is not other
        assert type(one) is type(other)
        assert one.url == other.url
