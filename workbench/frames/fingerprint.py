"""Whether a conversation is still what it was: a digest over all that its frame is made of."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

import orjson

from workbench.frames.reading import Read
from workbench.protocols import TurnRecord

_BYTES = 16


class Fingerprint:
    """Takes in a history page by page; `digest` is the same for the same history only.

    The items, their times and turns count, in their order, and what is recorded of the turns. Keys
    and the size of the pages don't.
    """

    def __init__(self) -> None:
        self._hash = blake2b(digest_size=_BYTES)
        self._turn: str | None = None

    def take(self, reads: Sequence[Read], records: Mapping[str, TurnRecord]) -> None:
        """Take in the next page and the records of its turns."""
        for each in reads:
            created = None if each.created_at is None else each.created_at.isoformat()
            about = json.dumps([created, each.turn_id, each.hidden])
            self._add(about, json_text(each.raw))
            if each.turn_id is not None and each.turn_id != self._turn:
                self._turn = each.turn_id
                self._add(_record_text(records.get(each.turn_id)))

    @property
    def digest(self) -> str:
        """The digest of what was taken in so far, in hexadecimal digits."""
        return self._hash.hexdigest()

    def _add(self, *texts: str) -> None:
        for text in texts:
            data = text.encode("utf-8", "surrogatepass")
            self._hash.update(len(data).to_bytes(8, "big"))
            self._hash.update(data)


def _record_text(record: TurnRecord | None) -> str:
    if record is None:
        return ""
    shown = (record.agent, record.model, record.input_tokens, record.output_tokens)
    return json.dumps(shown)


def json_text(item: Any) -> str:
    """An item as JSON text that reads back as the same item, whatever a session gave."""
    try:
        data = orjson.dumps(item)
    except (TypeError, RecursionError):  # what orjson refuses: lone surrogates, long integers
        return json.dumps(item, default=str)
    # orjson writes NaN and infinity as null.
    return json.dumps(item, default=str) if b"null" in data else data.decode()
