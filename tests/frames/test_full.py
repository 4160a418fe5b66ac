from __future__ import annotations

import asyncio
import re
from typing import Any

import pandas as pd
import pytest

from tests.frames.conversations import Handed, record
from workbench.errors import Unsupported
from workbench.frames import FULL_COLUMNS, HISTORY_COLUMNS, history_frame, turns_frame
from workbench.items import user_message
from workbench.protocols import COMPACTION, ArchivedItem, Edit, StoredItem
from workbench.sessions import MemorySession


def answer(text: str) -> dict[str, Any]:
    return {"role": "assistant", "content": text}


async def compacted() -> MemorySession:
    """Three turns, the first of which a summary stands for."""
    session = MemorySession("demo")
    keys = []
    for number in range(3):
        items = [user_message(f"u{number}"), answer(f"a{number}")]
        keys += await session.append(items, turn_id=f"t{number}")
        await session.save_turn(record(f"t{number}", number))
    label = f"{COMPACTION}c1"
    change = Edit(
        reason=label, archive=keys[:3], insert=[answer("sum")], before=keys[3], turn_id=label
    )
    assert await session.edit(change)
    return session


def full(session: Any, **more: Any) -> pd.DataFrame:
    return asyncio.run(history_frame(session, full=True, **more))


def test_what_was_archived_stands_in_its_place_and_says_why() -> None:
    frame = full(asyncio.run(compacted()))
    assert frame["content"].tolist() == ["u0", "a0", "u1", "sum", "a1", "u2", "a2"]
    assert frame["archived"].tolist() == ["compacted"] * 3 + [pd.NA] * 4
    assert frame["order"].tolist() == [pd.NA] * 3 + [1, 2, 3, 4]
    assert frame["turn"].tolist() == [pd.NA, pd.NA, 1, 1, 1, 2, 2]
    assert frame["input_tokens"].sum() == 30, "each turn's tokens are counted once"


def test_columns_and_dtypes_are_fixed_also_when_there_is_nothing() -> None:
    for session in (MemorySession("empty"), asyncio.run(compacted())):
        frame = full(session)
        assert list(frame.columns) == [each.name for each in FULL_COLUMNS]
        assert [str(each) for each in frame.dtypes] == [each.dtype for each in FULL_COLUMNS]
        plain = asyncio.run(history_frame(session))
        assert list(plain.columns) == [each.name for each in HISTORY_COLUMNS]
        assert type(plain) is pd.DataFrame


def test_the_limit_counts_what_is_shown() -> None:
    assert full(asyncio.run(compacted()), limit=5)["content"].tolist() == [
        *("u1", "sum", "a1", "u2", "a2")
    ]
    assert full(asyncio.run(compacted()), limit=0).empty


def test_every_reason_is_said_in_a_word_or_two() -> None:
    async def filled() -> MemorySession:
        session = MemorySession("demo")
        for reason in ("cleared", "failed turn", "replaced: the cell was run again", "my: own"):
            (key,) = await session.append([user_message("x")])
            await session.archive([key], reason=reason)
        return session

    frame = full(asyncio.run(filled()))
    assert frame["archived"].tolist() == ["cleared", "failed turn", "replaced", "my: own"]


def html_of(frame: pd.DataFrame) -> str:
    return str(frame._repr_html_())  # type: ignore[operator]  # not in pandas' stubs


def greyed(html: str) -> list[bool]:
    body = html.split("<tbody>")[1].split("</tbody>")[0]
    return ["gray" in row for row in re.findall(r"<tr[^>]*>", body)]


def test_archived_rows_are_grey_in_html_and_marked_first_in_text() -> None:
    frame = full(asyncio.run(compacted()))
    html = html_of(frame)
    assert greyed(html) == [True] * 3 + [False] * 4
    lines = repr(frame).splitlines()
    assert lines[0].split()[0] == "archived"
    assert [line.split()[1] == "compacted" for line in lines[1:8]] == [True] * 3 + [False] * 4
    rest = frame[frame["archived"].isna()]
    assert greyed(html_of(rest)) == [False] * 4
    assert "gray" not in html_of(frame.drop(columns="archived"))
    assert repr(frame["content"]) == repr(pd.DataFrame(frame)["content"])


@pytest.mark.parametrize(("length", "archived"), [(200, 30), (200, 198), (61, 31), (60, 3)])
def test_a_long_frame_greys_the_rows_that_it_shows(length: int, archived: int) -> None:
    async def filled() -> MemorySession:
        session = MemorySession("demo")
        keys = await session.append([user_message(str(n)) for n in range(length)])
        await session.archive(keys[:archived], reason="cleared")
        return session

    frame = full(asyncio.run(filled()))
    html = html_of(frame)
    with pd.option_context("display.max_columns", None):
        shown = re.findall(r"<th>(\d+|\.\.\.)</th>", html)
    assert greyed(html) == [label != "..." and int(label) < archived for label in shown]


def test_it_is_a_frame_like_any_other() -> None:
    frame = full(asyncio.run(compacted()))
    assert isinstance(frame, pd.DataFrame)
    counted = frame.groupby("archived", dropna=False)["n_chars"].sum()
    assert counted.tolist() == [6, 9]
    assert frame.head(2)["archived"].tolist() == ["compacted"] * 2
    assert len(pd.concat([frame, frame])) == 14


def test_hostile_text_in_a_greyed_row_stays_text() -> None:
    async def filled() -> MemorySession:
        session = MemorySession("demo")
        keys = await session.append([user_message("</tr><tr><script>alert(1)</script></tbody>")])
        await session.archive(keys, reason="</td><script>")
        return session

    html = html_of(full(asyncio.run(filled())))
    assert "<script>" not in html
    assert greyed(html) == [True]


def test_a_session_without_an_archive_says_so() -> None:
    with pytest.raises(Unsupported, match="keeps no archive"):
        full(Handed(user_message("x")))


class Moving(MemorySession):
    """An item is archived between the look at the archive and the look at the history."""

    looks = 0

    async def archived(self) -> list[ArchivedItem]:
        found = await super().archived()
        Moving.looks += 1
        if Moving.looks == 1:
            await self.archive([(await self.rows())[0].key], reason="cleared")
        return found


def test_what_moves_meanwhile_is_shown_once() -> None:
    async def filled() -> MemorySession:
        session = Moving("demo")
        await session.append([user_message("one"), user_message("two")])
        return session

    frame = full(asyncio.run(filled()))
    assert frame["content"].tolist() == ["one", "two"]
    assert frame["archived"].tolist() == ["cleared", pd.NA]


class Lettered(MemorySession):
    """A store whose keys in the archive are of another kind."""

    async def rows(self, limit: int | None = None) -> list[StoredItem]:
        return [StoredItem(f"k{row.key}", row.item) for row in await super().rows(limit)]


def test_keys_that_can_not_be_compared_put_the_archive_first() -> None:
    async def filled() -> MemorySession:
        session = Lettered("demo")
        keys = await session.append([user_message("one"), user_message("two")])
        await session.archive(keys[1:], reason="cleared")
        return session

    assert full(asyncio.run(filled()))["content"].tolist() == ["two", "one"]


def test_turns_that_a_summary_stands_for_keep_their_rows_and_numbers() -> None:
    frame = asyncio.run(turns_frame(asyncio.run(compacted())))
    assert frame["turn"].tolist() == [pd.NA, 1, 2]
    assert frame["user"].tolist() == ["u0", "u1", "u2"]
    assert frame["reply"].tolist() == ["a0", "a1", "a2"]
    assert frame["n_items"].tolist() == [2, 2, 2]
    assert frame["status"].tolist() == ["done"] * 3
