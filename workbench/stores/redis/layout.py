"""How a session lies in Redis: the SDK's three keys as they are, and ours beside them.

The SDK's ``RedisSession``: the hash ``{prefix}:{id}`` (session_id, created_at, updated_at in
seconds), the list ``{prefix}:{id}:messages`` of JSON texts, the string ``{prefix}:{id}:counter``.
Ours begin with ``workbench:``, so no id can make one of the SDK's keys out of them. In a cluster
the SDK's part is put in braces, which makes it the hash tag of all of a session's keys.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote

from workbench.errors import InvalidValue, shorten

_BESIDE = ("rows", "writes", "turns", "archive", "shelf")
_TAKEN = (":messages", ":counter")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PLAIN = re.compile("[A-Za-z0-9_.~-]*")
"""What stays as it is in a URL, as most ids of turns do: quoting takes ten times as long."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one session, in the order in which the script takes them."""

    all: tuple[bytes, ...]

    @property
    def session(self) -> bytes:
        return self.all[0]

    @property
    def messages(self) -> bytes:
        return self.all[1]

    @property
    def turns(self) -> bytes:
        return self.all[5]

    @property
    def archive(self) -> bytes:
        return self.all[6]

    @property
    def shelf(self) -> bytes:
        return self.all[7]


@lru_cache(maxsize=4096)
def keys_of(session_id: str, prefix: str, *, is_cluster: bool) -> Keys:
    """The keys of a session. Raises InvalidValue for an id whose keys are another session's."""
    if session_id.endswith(_TAKEN):
        raise InvalidValue(
            f"a session in Redis can't be called {shorten(session_id)}: its keys would be those of "
            f"session {shorten(session_id.rpartition(':')[0])}; choose a name that does not end in "
            + " or ".join(_TAKEN)
        )
    base = f"{prefix}:{session_id}"
    if is_cluster:
        base = f"{{{base}}}"
    theirs = (base, f"{base}:messages", f"{base}:counter")
    ours = [f"workbench:{kind}:{base}" for kind in _BESIDE]
    return Keys(tuple([key.encode() for key in (*theirs, *ours)]))


def pattern_of(prefix: str, *, is_cluster: bool) -> bytes:
    """What SCAN looks for: the hashes of all sessions, and whatever else begins like them."""
    escaped = "".join(f"\\{mark}" if mark in "\\*?[]^-" else mark for mark in prefix)
    return (f"{{{escaped}:*" if is_cluster else f"{escaped}:*").encode()


_PARTS = {
    "append": ("append", "store"),
    "branch": ("store", "branch"),
    "carry": ("store", "carry"),
    "change": ("store", "change"),
    "page": ("store", "page"),
    "put": ("store", "change", "put"),
}
"""The files that do what main.lua and store.lua don't."""


@cache
def script(op: str) -> tuple[bytes, bytes]:
    """The Lua source that does ``op``, and its SHA-1, by which a server knows it."""
    parts = (*_PARTS.get(op, ("store",)), "main")
    paths = (Path(__file__).with_name(f"{part}.lua") for part in parts)
    source = "\n".join(path.read_text(encoding="utf-8") for path in paths).encode()
    return source, hashlib.sha1(source).hexdigest().encode()  # noqa: S324 - Redis's own name for it


def digest(text: bytes) -> str:
    """What ties a label to its message: the first 16 digits of its SHA-1."""
    return hashlib.sha1(text).hexdigest()[:16]  # noqa: S324 - what Lua has in Redis


@lru_cache(maxsize=1024)
def token(text: str | None) -> str:
    """A turn id or a reason without blanks, as labels hold it; ``-`` for None."""
    if text is None:
        return "-"
    return "=" + (text if _PLAIN.fullmatch(text) else quote(text, safe=""))


@lru_cache(maxsize=1024)
def from_token(text: str) -> str | None:
    """The text of a `token`."""
    if text == "-":
        return None
    return unquote(text[1:]) if "%" in text else text[1:]


class Label(NamedTuple):
    """What is known of one message: see store.lua. A tuple: there is one for each item read."""

    key: int
    created_at: datetime | None
    digest: str
    turn_id: str | None
    archived_at: datetime | None = None
    reason: str = ""

    @classmethod
    def parse(cls, raw: bytes) -> Label:
        """The parts of a stored label."""
        key, created, digest, turn, *shelved = raw.decode().split(" ")
        label = cls(int(key), moment(int(created)), digest, from_token(turn))
        if not shelved:
            return label
        archived, reason = shelved
        when = moment(int(archived))
        return label._replace(archived_at=when, reason=from_token(reason) or "")


def moment(microseconds: int) -> datetime | None:
    """The time so long after 1970, in UTC; None for 0."""
    return _EPOCH + timedelta(microseconds=microseconds) if microseconds else None


def microseconds(moment: datetime | None) -> int:
    """So long after 1970; 0 for None, and for a time before that, which labels can't hold."""
    if moment is None:
        return 0
    since = moment - _EPOCH
    return max(0, (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds)
