"""What the index holds of one item, and what it is asked for it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b

from workbench.items import Item, decode, is_encrypted, role
from workbench.protocols import Query
from workbench.stores.scanning import searched_text
from workbench.words import words

MOST_SESSIONS = 64
"""Sessions that are asked for by their marks; more than these are told apart afterwards."""

Entry = tuple[str, str]
"""The marks and the words of an item."""


def entry(session_id: str, data: bytes) -> Entry | None:
    """What the index holds of an item; None for an encrypted one. Raises ValueError."""
    item = item_of(data)
    if is_encrypted(item):
        return None
    return f"{_mark('s', session_id)} {_mark('r', role(item) or '')}", _joined(item)


def item_of(data: bytes) -> Item:
    """The item of a stored text. Raises ValueError, also for what is nested too deeply."""
    try:
        return decode(data)
    except RecursionError as exc:
        raise ValueError("JSON nested too deeply") from exc


def _joined(item: Item) -> str:
    return " ".join(words(searched_text(item)))


@lru_cache(maxsize=4096)
def _mark(kind: str, name: str) -> str:
    return kind + blake2b(name.encode(errors="surrogatepass"), digest_size=8).hexdigest()


def match(query: Query) -> str:
    """A query in FTS5's language (https://www.sqlite.org/fts5.html#full_text_query_syntax).

    Words hold letters, digits and characters beyond ASCII only, so that none ends a string.
    """
    parts = list(map(match_of, query.phrases))
    if query.role is not None:
        parts.append(f'marks : "{_mark("r", query.role)}"')
    if query.sessions is not None and len(query.sessions) <= MOST_SESSIONS:
        sessions = " OR ".join(f'"{_mark("s", each)}"' for each in query.sessions)
        parts.append(f"marks : ({sessions})")
    return " AND ".join(parts)


def match_of(phrase: Sequence[str]) -> str:
    """One phrase in FTS5's language."""
    text = " ".join(phrase)
    return f'words : "{text.removesuffix("*")}"' + (" *" if text.endswith("*") else "")


def probe(found: Entry) -> str | None:
    """A query that finds the item of an entry, quickly: by one word, as a long one is rarer than
    most; None for one without words.
    """
    some = max(found[1].split(" ", 4)[:4], key=len)
    return f'words : "{some}"' if some else None
