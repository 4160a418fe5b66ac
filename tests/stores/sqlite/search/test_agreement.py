"""Asking the index and looking at every item find the same, whatever was written and typed."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.stores.sqlite.search.files import asked, scanned
from workbench.protocols import Edit, Found
from workbench.stores.sqlite import SQLiteStore
from workbench.words import phrases_of

WORDS = (
    *("dark", "Dark", "mode", "model", "dárk", "DARK-mode", "get_weather", "don't", "深色", "模式"),
    *(
        "深",
        "ภาษา",
        "ﬁne",
        "fine",
        "AND",
        "NEAR",
        "x*",
        "🦊",
        "\x00",
        "\ud800",
        '"',
        "**",
        "a" * 70,
    ),
)
TEXT = st.lists(st.sampled_from(WORDS), max_size=10).map(" ".join)
ITEM = st.one_of(
    st.builds(lambda text: {"role": "user", "content": text}, TEXT),
    st.builds(
        lambda text: {"role": "assistant", "content": [{"type": "output_text", "text": text}]}, TEXT
    ),
    st.builds(
        lambda text: {"type": "function_call", "name": "mode", "arguments": text, "call_id": "c"},
        TEXT,
    ),
    st.builds(lambda text: {"type": "function_call_output", "call_id": "c", "output": text}, TEXT),
    st.builds(lambda text: {"type": "reasoning", "summary": [{"text": text}]}, TEXT),
    st.builds(lambda text: {"wb1": text}, st.just("AAAA")),
)
SESSION = st.sampled_from(["s", "t", "u's \"", "深"])
CHANGE = st.one_of(
    st.tuples(st.just("append"), SESSION, st.lists(ITEM, min_size=1, max_size=5)),
    st.tuples(st.sampled_from(["pop", "archive", "hide", "restore", "clear", "search"]), SESSION),
    st.tuples(st.just("rewrite"), SESSION, ITEM),
    st.tuples(st.just("insert"), SESSION, ITEM),
)
PART = st.sampled_from(WORDS)
TYPED = st.one_of(
    st.lists(PART, min_size=1, max_size=3).map(" ".join),
    st.lists(PART, min_size=1, max_size=3).map(lambda parts: f'"{" ".join(parts)}"'),
    PART.map(lambda part: part[:3] + "*"),
).filter(lambda typed: bool(phrases_of(typed)))
MORE = st.fixed_dictionaries(
    {},
    optional={
        "role": st.sampled_from(["user", "assistant", "tool"]),
        "sessions": st.lists(SESSION, min_size=1, max_size=2, unique=True),
    },
)


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(st.lists(CHANGE, min_size=1, max_size=12), st.lists(st.tuples(TYPED, MORE), min_size=1))
def test_the_index_and_a_scan_find_the_same(
    changes: list[Any], queries: list[tuple[str, dict[str, Any]]]
) -> None:
    async def compare(path: Path) -> None:
        store = SQLiteStore(path)
        try:
            for change in changes:
                await _do(store, *change)
            for typed, more in queries:
                query = asked(typed, limit=1_000, **more)
                assert _keys(await store.search(query)) == _keys(await scanned(store, query))
        finally:
            await store.close()

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(compare(Path(folder) / "a.db"))


def _keys(found: Found) -> tuple[list[Any], set[str]]:
    """Which items were found, and which sessions could not be looked into."""
    return sorted(hit.row.key for hit in found.hits), set(found.damaged)


async def _do(store: SQLiteStore, what: str, session: str, given: Any = None) -> None:
    rows = await store.rows(session)
    if what == "append":
        await store.append(session, given)
    elif what == "pop":
        await store.pop(session)
    elif what in ("archive", "hide"):
        reason = "hidden" if what == "hide" else "old"
        await store.archive(session, [row.key for row in rows[::2]], reason=reason)
    elif what == "restore":
        await store.restore(session, [each.key for each in (await store.archived(session))[:3]])
    elif what == "clear":
        await store.clear(session)
    elif what == "search":
        await store.search(asked("dark"))
    elif rows and what == "rewrite":
        await store.edit(session, Edit(rewrite={rows[0].key: given}))
    elif rows:
        await store.edit(session, Edit(insert=[given], before=rows[-1].key))


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.lists(ITEM, min_size=1, max_size=20), TYPED, st.integers(1, 6))
def test_both_put_them_in_the_same_order(items: list[Any], typed: str, limit: int) -> None:
    async def compare(path: Path) -> None:
        store = SQLiteStore(path)
        try:
            await store.append("s", items)
            query = asked(typed, limit=limit)
            ours, theirs = await store.search(query), await scanned(store, query)
            assert [hit.row.key for hit in ours.hits] == [hit.row.key for hit in theirs.hits]
            assert ours.corpus is None or ours.corpus == theirs.corpus
        finally:
            await store.close()

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(compare(Path(folder) / "a.db"))
