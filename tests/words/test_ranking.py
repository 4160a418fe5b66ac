"""Which texts come first."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.words import Ranking, phrases_of, ranking, score, words


def ranked(texts: list[str], typed: str, limit: int | None = None) -> list[str]:
    found: Ranking[str] = Ranking(phrases_of(typed), limit=limit)
    for text in texts:
        found.add(words(text), text)
    return [text for text, _score in found.best()]


def test_rare_words_often_and_in_a_short_text_come_first() -> None:
    filler = [f"nothing {number}" for number in range(50)]
    assert ranked([*filler, "tea " + "and so on " * 20, "tea", "tea tea"], "tea") == [
        "tea tea",
        "tea",
        "tea " + "and so on " * 20,
    ]
    mixed = ["common rare", "common common common rare", "rare rare common", *["common"] * 20]
    assert ranked(mixed, "common rare")[0] == "rare rare common"


def test_of_equal_ones_the_later_comes_first_and_no_more_than_wanted() -> None:
    assert ranked(["a 1", "a 2", "a 3", "b", "b", "b", "b", "b"], "a", limit=2) == ["a 3", "a 2"]


def test_what_only_counts_among_all_is_not_told() -> None:
    found: Ranking[str] = Ranking(phrases_of("a"))
    assert found.add(["a"], None)
    assert not found.add(["b"], "b")
    assert found.best() == []
    assert (found.texts, found.length, found.having) == (2, 2, [1])


def test_nothing_looked_at_is_nothing_found() -> None:
    assert ranked([], "a") == []


def test_of_very_many_the_best_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranking, "KEPT", 10)
    texts = [f"x {'y ' * (number % 37)}" for number in range(2_000)] + ["no"] * 3_000
    whole = ranked(texts, "x")
    assert ranked(texts, "x", limit=5) == whole[:5]


def test_among_few_texts_a_word_that_all_have_still_counts() -> None:
    both = score([1], 3, texts=1, total=3, having=[1])
    assert both > 0.1
    assert score([2], 3, texts=1, total=3, having=[1]) > both


WORD = st.sampled_from(["a", "b", "c", "d"])


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    st.lists(st.lists(WORD, max_size=8), min_size=1, max_size=15),
    st.lists(st.lists(WORD, min_size=1, max_size=2), min_size=1, max_size=2),
)
def test_scores_are_those_of_sqlite(texts: list[list[str]], phrases: list[list[str]]) -> None:
    found: Ranking[int] = Ranking(phrases)
    match = " AND ".join(f'"{" ".join(phrase)}"' for phrase in phrases)
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("CREATE VIRTUAL TABLE t USING fts5 (w, content = '', tokenize = 'ascii')")
        for number, text in enumerate(texts):
            found.add(text, number)
            db.execute("INSERT INTO t (rowid, w) VALUES (?, ?)", (number, " ".join(text)))
        query = "SELECT rowid, -bm25(t) FROM t WHERE t MATCH ?"
        theirs = dict(db.execute(query, (match,)).fetchall())
    assert dict(found.best()) == pytest.approx(theirs)
