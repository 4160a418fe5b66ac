"""How a turn's record becomes JSON text and back: the same in every store."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from datetime import datetime

import orjson

from workbench.items import decode
from workbench.protocols import TurnRecord

_KNOWN = {field.name for field in fields(TurnRecord)}


def turn_to_json(record: TurnRecord) -> str:
    """The record as JSON; times in ISO 8601."""
    try:
        return orjson.dumps(record).decode()
    except orjson.JSONEncodeError:  # half a character in an error or a name, which JSON can escape
        return json.dumps(asdict(record), default=datetime.isoformat)


def turn_from_json(data: str | bytes) -> TurnRecord:
    """The record of a stored text; fields that a later version added are left out."""
    values = decode(data)
    if not values.keys() <= _KNOWN:
        values = {name: value for name, value in values.items() if name in _KNOWN}
    values["started_at"] = datetime.fromisoformat(values["started_at"])
    return TurnRecord(**values)
