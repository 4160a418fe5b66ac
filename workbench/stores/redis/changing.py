"""A change of a conversation as change.lua is asked for it."""

from __future__ import annotations

from typing import Any

from workbench.items import encode
from workbench.protocols import Edit
from workbench.stores.redis.layout import token

Word = bytes | str | int


def change_words(change: Edit, *, strict: bool) -> tuple[Word, ...]:
    """What change.lua is asked. ``strict``: all that is named has to be there.

    Raises InvalidItem.
    """
    texts = [encode(item) for item in change.insert]
    rewritten = [encode(item) for item in change.rewrite.values()]
    newest = "*" if change.newest is ... else _or_nothing(change.newest)
    archived = (change.relabel, change.restore)
    given = [encode(item) for item in change.given.values()]
    parts = (change.archive, change.delete, change.rewrite, *archived, texts, given)
    return (
        int(strict),
        token(change.reason),
        token(change.turn_id),
        _or_nothing(change.before),
        newest,
        *map(len, parts),
        *map(int, change.archive),
        *map(int, change.delete),
        *map(int, change.rewrite),
        *rewritten,
        *map(int, change.relabel),
        *map(token, change.relabel.values()),
        *map(int, change.restore),
        *texts,
        *map(int, change.given),
        *given,
    )


def _or_nothing(key: Any) -> Word:
    return "" if key is None else int(key)
