"""Nothing that somebody types or writes raises an error of SQL, or means anything but words."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.stores.files import messages
from tests.stores.sqlite.search.files import asked, found
from workbench.stores.sqlite import SQLiteStore
from workbench.words import phrases_of

HOSTILE = (
    *('"', '""', '"""', "'", "' OR 1=1 --", '"; DROP TABLE agent_messages; --', "a'b", 'a"b'),
    *("a AND b", "a OR", "NOT", "NOT a", "a NOT b", "AND", "NEAR(a b, 3)", "NEAR(", "a NEAR/2 b"),
    *("words:a", "marks:a", "nothing:a", "{words marks}:a", "-words:a", "-a", "+a", "^a"),
    *("(", ")", "(a", "a)", "((((a))))", "a*", "*", "**", "*a", "a * b", '"a"*', '"a" *', "a**"),
    *("a\x00b", "\x00", "\ud800", "a\udfff", "\u202eab\u202c", "\ufeff", "a\n\r\tb", "\u2028a"),
    *("שָׁלוֹם עולם", "عَرَبِيّ", "🦊", "👩\u200d👩\u200d👧 a", "ﷺ", "é" * 1_000, "\u0301a"),
    *("a;b", "a,b", "a.b.c", "%", "_", "a%", "?", "?1", ":a", "@a", "$a", "\\", "\\'", "`a`"),
    *("[a]", "/* a */", "-- a", "x'00'", "NULL", "rank", "rowid", "workbench_words"),
    *("深" * 500, "a " * 199, "a" * 100_000, '"' + "a " * 100),
)


@pytest.mark.parametrize("typed", HOSTILE, ids=range(len(HOSTILE)))
async def test_what_is_typed_is_words(store: SQLiteStore, typed: str) -> None:
    await store.append("s", [*messages("a b c", "other"), {"role": "user", "content": typed}])
    if phrases_of(typed):
        texts = await found(store, typed)
        assert typed in texts, "a text has its own words"
    assert await found(store, "other") == ["other"]


@pytest.mark.parametrize("session", HOSTILE[:60], ids=range(60))
async def test_a_session_may_have_any_name(store: SQLiteStore, session: str) -> None:
    if "\ud800" in session or "\udfff" in session:
        return
    await store.append(session, messages("tea"))
    await store.append("another", messages("tea"))
    await found(store, "tea")
    hits = (await store.search(asked("tea", sessions=[session]))).hits
    assert [hit.session_id for hit in hits] == [session]


async def test_many_words_are_one_query(store: SQLiteStore) -> None:
    text = " ".join(f"w{number}" for number in range(200))
    await store.append("s", messages(text))
    assert await found(store, text) == [text]
    assert await found(store, f'"{text}"') == [text]
    assert await found(store, f'"{text}" w200') == []
    assert await found(store, " ".join(f"w{number}*" for number in range(100))) == [text]


def test_any_text_can_be_looked_for(path: Path) -> None:
    store = SQLiteStore(path)
    asyncio.run(store.append("s", messages("a b c")))

    @settings(max_examples=200, deadline=None, derandomize=True)
    @given(st.text(st.characters(), min_size=1, max_size=40))
    def look(typed: str) -> None:
        if phrases_of(typed):
            asyncio.run(found(store, typed))

    look()
    asyncio.run(store.close())
