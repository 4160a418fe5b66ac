"""What the memory store does beyond the contract of its sessions."""

from __future__ import annotations

from tests.contract_abilities import record
from tests.stores.files import contents, messages
from workbench.protocols import Store
from workbench.stores.memory import MemoryStore
from workbench.stores.sqlite import SQLiteStore


async def listed(store: Store) -> list[tuple[str, int | None]]:
    """What a store lists after the same few steps."""
    await store.append("first", messages("a", "b"))
    await store.append("second", messages("c"))
    await store.append("first", messages("d"))
    await store.read("never written")
    await store.archive("never written either", [1], reason="test")
    await store.save_turn("only a turn", record("t1"))
    (key, *_rest) = [row.key for row in await store.rows("second")]
    await store.archive("second", [key], reason="test")
    await store.append("cleared", messages("e"))
    await store.clear("cleared")
    infos = await store.list_sessions()
    for info in infos:
        assert info.created_at is not None
        assert info.updated_at is not None
        assert info.created_at <= info.updated_at
    return [(info.session_id, info.n_items) for info in infos]


async def test_it_lists_what_a_file_would_list() -> None:
    memory, file = MemoryStore(), SQLiteStore(None)
    assert await listed(memory) == await listed(file) == [("first", 3), ("second", 0)]
    await file.close()


async def test_its_contents_live_as_long_as_the_store() -> None:
    store = MemoryStore()
    await store.append("chat", messages("a"))
    await store.close()
    assert contents(await store.read("chat")) == ["a"]
    assert "chat" not in repr(store)
