"""One suite that every session passes: each store and each wrapper supplies `make_session`.

How to derive from it, `workbench.testing` says.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from agents.memory import Session, SessionSettings

from workbench.errors import InvalidItem, InvalidValue, StoreClosed
from workbench.testing.concurrency import ConcurrencyContract
from workbench.testing.data import ITEMS, NAMES, Make, message, same, texts
from workbench.testing.loops import on_loops_of_their_own


@on_loops_of_their_own
class SessionContract(ConcurrencyContract):
    """What the SDK's protocol asks for, and what the workbench promises beyond it."""

    names: ClassVar[dict[str, str]] = NAMES

    @pytest.fixture
    def place(self) -> Any:
        """Where the sessions of one test are kept."""
        raise NotImplementedError

    def make_session(self, place: Any, session_id: str, **settings: Any) -> Any:
        """A session of ``place``; ``settings`` may hold ``session_settings``."""
        raise NotImplementedError

    @pytest.fixture
    def make(self, place: Any) -> Iterator[Make]:
        """`make_session` for this test's place; closes what it made."""
        made: list[Any] = []

        def make(session_id: str = "demo", **settings: Any) -> Any:
            made.append(self.make_session(place, session_id, **settings))
            return made[-1]

        async def close() -> None:
            for session in made:
                await session.close()

        yield make
        asyncio.run(close())

    # The protocol

    def test_the_sdk_takes_it_for_a_session(self, make: Make) -> None:
        session = make("conversation_123")
        assert isinstance(session, Session)
        assert session.session_id == "conversation_123"

    async def test_a_new_session_is_empty(self, make: Make) -> None:
        assert await make().get_items() == []
        assert await make().get_items(limit=3) == []
        assert await make().pop_item() is None

    async def test_items_come_back_in_order(self, make: Make) -> None:
        session = make()
        await session.add_items([message("a"), message("b")])
        await session.add_items([message("c")])
        assert texts(await session.get_items()) == ["a", "b", "c"]

    @pytest.mark.parametrize("name", ITEMS)
    async def test_an_item_comes_back_as_it_was(self, make: Make, name: str) -> None:
        session, kept = make(), self.kept(ITEMS[name])
        given = [message("before"), ITEMS[name], message("after")]
        if kept is None:
            with pytest.raises(InvalidItem):
                await session.add_items(given)
            assert await session.get_items() == []
            return
        await session.add_items(given)
        _before, found, _after = await session.get_items()
        assert same(found, kept)
        assert same((await session.get_items(limit=2))[0], kept)

    async def test_what_the_caller_changes_later_is_not_stored(self, make: Make) -> None:
        session, item = make(), {"role": "user", "content": [{"text": "a"}]}
        before = copy.deepcopy(item)
        await session.add_items([item])
        item["content"][0]["text"] = "changed"  # type: ignore[index]
        (await session.get_items())[0]["content"].append("changed")
        assert await session.get_items() == [before]

    async def test_every_write_is_seen_by_the_next_read(self, make: Make) -> None:
        session = make()
        for number in range(20):
            await session.add_items([message(number)])
            assert texts(await session.get_items(limit=1)) == [str(number)]
            assert len(await session.get_items()) == number + 1

    # Limits

    @pytest.mark.parametrize(
        ("limit", "expected"),
        [(None, "abcde"), (0, ""), (1, "e"), (3, "cde"), (5, "abcde"), (99, "abcde")],
    )
    async def test_a_limit_takes_the_newest(
        self, make: Make, limit: int | None, expected: str
    ) -> None:
        session = make()
        await session.add_items([message(letter) for letter in "abcde"])
        assert texts(await session.get_items(limit)) == list(expected)
        assert texts(await session.get_items(limit=limit)) == list(expected)

    async def test_a_limit_may_be_any_size(self, make: Make) -> None:
        session = make()
        await session.add_items([message("a")])
        assert len(await session.get_items(10**30)) == 1

    @pytest.mark.parametrize("limit", [-1, -100, True, False, 1.0, "1"])
    async def test_a_limit_that_is_no_count_is_refused(self, make: Make, limit: Any) -> None:
        session = make()
        await session.add_items([message("a")])
        with pytest.raises(InvalidValue, match="limit is None"):
            await session.get_items(limit)

    @pytest.mark.parametrize("settings", [SessionSettings(limit=2), {"limit": 2}])
    async def test_the_settings_limit_counts_where_a_call_gives_none(
        self, make: Make, settings: Any
    ) -> None:
        session = make(session_settings=settings)
        await session.add_items([message(letter) for letter in "abcd"])
        assert texts(await session.get_items()) == ["c", "d"]
        assert texts(await session.get_items(3)) == ["b", "c", "d"]
        assert await session.get_items(0) == []

    # All or nothing

    @pytest.mark.parametrize(
        "bad",
        [
            {"x": {1, 2}},
            {"x": float("nan")},
            {"x": [{"y": b"bytes"}]},
            {"x": 2**64},
            {"x": 10**5000},
            {1: "x"},
            "text",
            None,
            ["list"],
        ],
        ids=["set", "nan", "bytes", "65 bits", "5000 digits", "key", "text", "None", "list"],
    )
    async def test_a_bad_item_keeps_its_whole_batch_out(self, make: Make, bad: Any) -> None:
        session = make()
        await session.add_items([message("a")])
        with pytest.raises(InvalidItem):
            await session.add_items([message("b"), bad, message("c")])
        assert texts(await session.get_items()) == ["a"]
        await session.add_items([message("d")])
        assert texts(await session.get_items()) == ["a", "d"]

    async def test_adding_nothing_changes_nothing(self, make: Make) -> None:
        session = make()
        await session.add_items([])
        assert await session.get_items() == []
        await session.add_items([message("a")])
        await session.add_items([])
        assert texts(await session.get_items()) == ["a"]

    async def test_a_large_batch_is_one_batch(self, make: Make) -> None:
        session = make()
        await session.add_items([message(number) for number in range(3_000)])
        assert texts(await session.get_items()) == [str(number) for number in range(3_000)]

    # Taking away

    async def test_pop_takes_the_newest(self, make: Make) -> None:
        session = make()
        await session.add_items([message("a"), message("b")])
        assert await session.pop_item() == message("b")
        assert texts(await session.get_items()) == ["a"]
        assert await session.pop_item() == message("a")
        assert await session.pop_item() is None
        await session.add_items([message("c")])
        assert texts(await session.get_items()) == ["c"]

    async def test_clearing_one_session_leaves_the_others(self, make: Make) -> None:
        session, other = make("one"), make("two")
        await session.add_items([message("a")])
        await other.add_items([message("b")])
        await session.clear_session()
        await session.clear_session()
        assert await session.get_items() == []
        assert texts(await other.get_items()) == ["b"]
        await session.add_items([message("c")])
        assert texts(await session.get_items()) == ["c"]

    # Several handles, names

    async def test_two_handles_see_one_conversation(self, make: Make) -> None:
        first, second = make("same"), make("same")
        await first.add_items([message("a")])
        await second.add_items([message("b")])
        assert texts(await first.get_items()) == ["a", "b"]
        assert await first.pop_item() == message("b")
        assert texts(await second.get_items()) == ["a"]

    async def test_odd_names_are_names_like_any_other(self, make: Make) -> None:
        sessions = {key: make(name) for key, name in self.names.items()}
        for key, session in sessions.items():
            await session.add_items([message(key)])
        for key, session in sessions.items():
            assert texts(await session.get_items()) == [key]
            await session.clear_session()
        for session in sessions.values():
            assert await session.get_items() == []

    @pytest.mark.parametrize("name", ["", None, 7, b"bytes", "\ud800"], ids=repr)
    def test_what_can_be_no_name_is_refused(self, make: Make, name: Any) -> None:
        with pytest.raises(InvalidValue, match="session id"):
            make(name)

    # Closing

    async def test_a_closed_session_says_so(self, make: Make) -> None:
        session = make("demo")
        await session.add_items([message("a")])
        await session.close()
        await session.close()
        for call in (session.get_items, session.pop_item, session.clear_session):
            with pytest.raises(StoreClosed, match="demo"):
                await call()
        with pytest.raises(StoreClosed, match="make a new one"):
            await session.add_items([message("b")])

    async def test_closing_one_handle_leaves_the_conversation(self, make: Make) -> None:
        other = make()
        async with make() as session:
            await session.add_items([message("a")])
        assert texts(await other.get_items()) == ["a"]
        assert texts(await make().get_items()) == ["a"]

    def test_what_is_shown_of_a_session_holds_no_item(self, make: Make) -> None:
        session = make("demo")
        asyncio.run(session.add_items([message("private words")]))
        assert "demo" in repr(session)
        assert "private" not in repr(session)
