"""Columns of texts, and the rows that they stand for: the same for every store that keeps texts."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import orjson

from workbench.errors import InvalidItem
from workbench.items import decode
from workbench.protocols import StoredItem, Texts

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def checked(given: Texts) -> Texts:
    """``given`` if each text is what `decode` takes at once. Raises InvalidItem with the place."""
    with suppress(orjson.JSONDecodeError):
        if set(map(type, map(orjson.loads, given.texts))) <= {dict}:
            return given
    place = next(place for place, text in enumerate(given.texts, 1) if not _is_item(text))
    raise InvalidItem(f"text {place} is no plain JSON object; nothing was written")


def _is_item(text: bytes) -> bool:
    try:
        return type(orjson.loads(text)) is dict
    except orjson.JSONDecodeError:
        return False


def rows_of(given: Texts) -> list[StoredItem]:
    """The rows that the columns hold. Raises ValueError for a text that is no item."""
    return [
        StoredItem(key, decode(text), moment(created), turn_id)
        for key, text, created, turn_id in zip(
            given.keys, given.texts, given.created_at, given.turn_ids, strict=True
        )
    ]


def moment(microseconds: int | None) -> datetime | None:
    """The time so long after 1970, in UTC."""
    return None if microseconds is None else EPOCH + timedelta(microseconds=microseconds)


def microseconds(moment: datetime | None) -> int | None:
    """So long after 1970."""
    if moment is None:
        return None
    since = moment - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
