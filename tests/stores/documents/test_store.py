"""The store of the tutorial "your own store", and what a `DocumentStore` promises beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.contract_abilities import AbilitiesContract
from tests.contract_branching import BranchingContract
from tests.contract_edits import EditsContract
from tests.contract_paging import PagingContract
from tests.contract_runner import RunnerContract
from tests.notebooks.running import NOTEBOOKS, cell, read
from workbench.sessions import StoredSession
from workbench.stores import SCHEMES, open_store
from workbench.stores.documents import DocumentStore
from workbench.stores.urls import StoreURL
from workbench.testing import SessionContract
from workbench.testing.data import message, texts

SOURCE = cell(read(NOTEBOOKS / "12-your-own-store.ipynb"), "store").source


@pytest.fixture
def store_class(monkeypatch: pytest.MonkeyPatch) -> type[Any]:
    """The class of the notebook's cell, with its URL scheme until the end of the test."""
    monkeypatch.setitem(SCHEMES, "folder", "nowhere")
    names: dict[str, Any] = {}
    exec(SOURCE, names)
    found: type[Any] = names["FolderStore"]
    return found


@pytest.fixture
def place(store_class: type[Any], tmp_path: Path) -> DocumentStore:
    """An empty store, as its URL opens it."""
    store = open_store(f"folder://{tmp_path / 'chats'}")
    assert isinstance(store, DocumentStore)
    return store


class TestTheTutorialsStore(
    SessionContract, AbilitiesContract, EditsContract, PagingContract, RunnerContract
):
    @pytest.fixture
    def place(self, place: DocumentStore) -> DocumentStore:
        return place

    def make_session(self, place: DocumentStore, session_id: str, **settings: Any) -> StoredSession:
        return StoredSession(place, session_id, **settings)


class TestItsBranches(BranchingContract):
    @pytest.fixture
    def store(self, place: DocumentStore) -> DocumentStore:
        return place

    @pytest.fixture
    def again(self, store_class: type[Any], store: DocumentStore) -> DocumentStore:
        again: DocumentStore = store_class(StoreURL.parse(store.url))
        return again


def test_it_is_one_cell_of_at_most_sixty_lines() -> None:
    assert len(SOURCE.splitlines()) <= 60


async def test_a_save_that_fails_leaves_the_conversation_as_it_was(
    place: DocumentStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    (key,) = await place.append("demo", [message("a")])

    def full(self: Path, target: Path) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        with pytest.raises(OSError, match="no space left"):
            await place.append("demo", [message("b")])
        with pytest.raises(OSError, match="no space left"):
            await place.archive("demo", [key], reason="test")
    assert texts(await place.read("demo")) == ["a"]
    await place.append("demo", [message("c")])
    assert texts(await place.read("demo")) == ["a", "c"]


async def test_another_programs_items_come_behind_those_that_are_there(
    place: DocumentStore, store_class: type[Any]
) -> None:
    here, there = place, store_class(StoreURL.parse(place.url))
    for number in range(6):
        await (here, there)[number % 2].append("demo", [message(number)])
    rows = await here.rows("demo")
    assert texts([row.item for row in rows]) == list("012345")
    keys = [row.key for row in rows]
    assert keys == sorted(set(keys))


async def test_keys_of_what_was_popped_are_not_used_again(place: DocumentStore) -> None:
    (first,) = await place.append("demo", [message("a")])
    await place.pop("demo")
    (second,) = await place.append("demo", [message("b")])
    assert second != first


async def test_looking_writes_nothing(place: DocumentStore, tmp_path: Path) -> None:
    for look in (place.read, place.rows, place.turns, place.archived):
        assert await look("demo") == []
    assert await place.list_sessions() == []
    assert await place.pop("demo") is None
    assert await place.restore("demo", [1]) == 0
    assert not (tmp_path / "chats").exists()
