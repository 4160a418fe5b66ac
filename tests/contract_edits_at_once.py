"""The part of the contract of `Edits` that is about much at once: items, tasks, threads."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from tests.letters import kept, letters, live
from workbench.protocols import Edit
from workbench.testing.data import Make, message, texts


class EditsAtOnceContract:
    """A part of EditsContract, whose fixture `make` it uses."""

    async def test_readers_see_an_edit_whole_or_not_at_all(self, make: Make) -> None:
        session, reader = make(), make()
        keys = await session.append([message(number) for number in range(200)])
        seen: set[tuple[int, str]] = set()

        async def look() -> None:
            found = texts(await reader.get_items())
            seen.add((len(found), found[0]))

        change = Edit(archive=keys[:150], insert=letters("S"), before=keys[150])
        editing = asyncio.ensure_future(session.edit(change))
        while not editing.done():
            await look()
            await asyncio.sleep(0)
        await look()
        assert len(await editing) == 1
        assert seen <= {(200, "0"), (51, "S")}
        assert (51, "S") in seen

    async def test_of_two_edits_of_the_same_items_one_happens(self, make: Make) -> None:
        first, second = make(), make()
        keys = await first.append(letters("abcdef"), turn_id="t1")
        changes = [
            Edit(archive=keys[:4], reason=name, insert=letters(name), before=keys[4])
            for name in "XY"
        ]
        done = await asyncio.gather(first.edit(changes[0]), second.edit(changes[1]))
        assert sorted(each is None for each in done) == [False, True]
        assert await live(first) in ("Xef", "Yef")
        assert await kept(first) == "abcd"

    async def test_appends_in_the_middle_of_edits_are_kept(self, make: Make) -> None:
        session, other = make(), make()
        await session.append(letters("ab"), turn_id="t1")

        async def appends() -> None:
            for number in range(15):
                await other.append([message(f"n{number}")], turn_id=f"t{number}")

        async def edits() -> int:
            done = 0
            while done < 8:
                first = (await session.rows())[0].key
                change = Edit(archive=[first], insert=letters("S"), before=None)
                done += await session.edit(change) is not None
            return done

        await asyncio.gather(appends(), edits())
        rows = await session.rows()
        stays = [*rows, *await session.archived()]
        found = sorted(t for t in texts([r.item for r in stays]) if t.startswith("n"))
        assert found == sorted(f"n{number}" for number in range(15))
        assert len(stays) == 2 + 15 + 8
        for row in stays:
            if row.item["content"].startswith("n"):
                assert row.turn_id == "t" + row.item["content"][1:]

    def test_threads_that_edit_at_once_lose_nothing(self, make: Make) -> None:
        asyncio.run(make("shared").append(letters("0"), turn_id="t0"))

        async def put_in_front(name: str) -> None:
            session = make("shared")
            for number in range(4):
                done = None
                while done is None:
                    first = (await session.rows())[0].key
                    new = [message(f"{name}{number}")]
                    done = await session.edit(Edit(insert=new, before=first, turn_id=name))

        with ThreadPoolExecutor(3) as pool:
            list(pool.map(lambda name: asyncio.run(put_in_front(name)), "abc"))

        rows = asyncio.run(make("shared").rows())
        found = texts([row.item for row in rows])
        assert found[-1] == "0"
        assert sorted(found) == sorted(["0", *(f"{n}{i}" for n in "abc" for i in range(4))])
        for name in "abc":  # the newest was put in front of the older ones
            own = [text for text in found if text.startswith(name)]
            assert own == [f"{name}{number}" for number in reversed(range(4))]
        assert [row.turn_id for row in rows] == ["t0" if text == "0" else text[0] for text in found]

    async def test_a_cancelled_edit_is_whole_or_not_there(self, make: Make) -> None:
        session = make()
        keys = list(await session.append([message(f"k{number}") for number in range(30)]))
        for number in range(15):
            first, newest = keys[0], keys[-1]
            change = Edit(archive=[first], insert=[message(f"s{number}")], newest=newest)
            task = asyncio.create_task(session.edit(change))
            await asyncio.sleep(number * 0.0002)
            task.cancel()
            await asyncio.wait({task})
            rows = await session.rows()
            moved = rows[0].key != first
            assert (rows[-1].item == message(f"s{number}")) == moved
            keys = [row.key for row in rows]
        total = len(keys) + len(await session.archived())
        added = sum(row.item["content"].startswith("s") for row in await session.rows())
        assert total == 30 + added

    async def test_a_large_edit_is_one_edit(self, make: Make) -> None:
        session = make()
        keys = await session.append([message(number) for number in range(2_500)], turn_id="t1")
        rewrite = {key: message(f"new {place}") for place, key in enumerate(keys)}
        assert await session.edit(Edit(rewrite=rewrite, newest=keys[-1])) == []
        assert texts(await session.get_items()) == [f"new {place}" for place in range(2_500)]
        change = Edit(archive=keys[:1_000], insert=letters("S"), before=keys[1_000])
        await session.edit(change)
        assert len(await session.get_items()) == 1_501
        back = [each.key for each in await session.archived()]
        assert await session.edit(Edit(restore=back)) == []
        assert len(await session.get_items()) == 2_501
        assert len(set(texts(await session.get_items()))) == 2_501
