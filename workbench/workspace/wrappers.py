"""What stands around a named session, as it is remembered: compaction and encryption.

Kept as a JSON object in the workspace: only what is set, and what a newer version may have put
there stays. A key is never among it, only that there is one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

from workbench.errors import InvalidValue

Encryption = Literal["migrating", "yes"]
"""``migrating`` while a conversion is under way, or was cut off: plain items are let through."""

_COUNTS = ("max_messages", "max_tokens", "keep_last")
_DEFAULT = ("", "default")
"""``summary_model`` that takes back the remembered one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrappers:
    """The wrappers of one session. Counts of messages and tokens; None: not set.

    There is compaction where ``max_messages`` or ``max_tokens`` is set.
    """

    max_messages: int | None = None
    max_tokens: int | None = None
    keep_last: int | None = None
    summary_model: str | None = None
    encryption: Encryption | None = None

    @property
    def compacts(self) -> bool:
        """Whether a compaction stands around the session."""
        return self.max_messages is not None or self.max_tokens is not None

    def lines(self) -> list[tuple[str, str]]:
        """What ``%session info`` says of them: a label and its value each."""
        return [
            *([("compaction", self._compaction())] if self.compacts else []),
            *([("encryption", _ENCRYPTION[self.encryption])] if self.encryption else []),
        ]

    @property
    def limits(self) -> str:
        """Above what it is compacted: ``above 20 messages or above 8000 tokens``."""
        limits = [
            f"above {count} {unit}{'' if count == 1 else 's'}"
            for count, unit in ((self.max_messages, "message"), (self.max_tokens, "token"))
            if count is not None
        ]
        return " or ".join(limits)

    def _compaction(self) -> str:
        kept = [] if self.keep_last is None else [f"keeps the last {self.keep_last}"]
        model = [] if self.summary_model is None else [f"summaries by {self.summary_model}"]
        return ", ".join([self.limits, *kept, *model])


_ENCRYPTION: dict[str, str] = {
    "yes": "AES-256-GCM",
    "migrating": "AES-256-GCM, a conversion was not finished: run encrypt (or decrypt) again",
}


def wanted(
    *,
    max_messages: int | None = None,
    max_tokens: int | None = None,
    keep_last: int | None = None,
    summary_model: Any = None,
    encrypt: bool | None = None,
) -> dict[str, Any]:
    """What a call asks for, as changes of the remembered JSON object.

    None leaves a setting as it is; 0 (for ``summary_model`` "" or "default") takes it back, and
    is None in the result. Raises InvalidValue for what can't be one.
    """
    given = {"max_messages": max_messages, "max_tokens": max_tokens, "keep_last": keep_last}
    changes = {name: _count(name, given[name]) for name in _COUNTS if given[name] is not None}
    if summary_model is not None:
        if not isinstance(summary_model, str):
            kind = type(summary_model).__name__
            raise InvalidValue(f"summary_model is remembered by its name, so not a {kind}")
        changes["summary_model"] = None if summary_model in _DEFAULT else summary_model
    if encrypt is not None:
        if not isinstance(encrypt, bool):  # never shown: it may be a key
            raise InvalidValue("encrypt is True, False or None; a key is given as key=")
        changes["encryption"] = "yes" if encrypt else None
    return changes


def whole(before: Wrappers, changes: Mapping[str, Any]) -> dict[str, Any]:
    """``changes``, and what goes with them: with its limits a compaction loses its other settings.

    Raises InvalidValue for settings that don't go together.
    """
    after = replace(before, **changes)
    if before.compacts and not after.compacts:
        changes = {"keep_last": None, "summary_model": None, **changes}
    _check(replace(before, **changes))
    return dict(changes)


def _count(name: str, value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise InvalidValue(f"{name} is a number from 1 up, or 0 for none, not {value!r}")
    return value or None


def merged(text: str | None, changes: Mapping[str, Any]) -> str | None:
    """The remembered JSON text with ``changes`` in it; None when nothing is set any more."""
    values = {**(json.loads(text) if text else {}), **changes}
    kept = {name: value for name, value in values.items() if value is not None}
    return json.dumps(kept, sort_keys=True) if kept else None


def wrappers_of(text: str | None) -> Wrappers:
    """The wrappers of a remembered JSON text. Raises ValueError or TypeError when damaged."""
    values = json.loads(text) if text else {}
    if not isinstance(values, dict) or values.get("encryption") not in (None, *_ENCRYPTION):
        raise ValueError("not the wrappers of a session")
    known = {field.name for field in fields(Wrappers)}
    return Wrappers(**{name: value for name, value in values.items() if name in known})


def _check(wrappers: Wrappers) -> None:
    if wrappers.compacts:
        from workbench.sessions.memory import MemorySession

        compacted(MemorySession("check"), wrappers)
    elif wrappers.keep_last is not None or wrappers.summary_model is not None:
        raise InvalidValue(
            "keep_last and summary_model are about compaction: give max_messages (or max_tokens) "
            "with them"
        )


def compacted(base: Any, wrappers: Wrappers, *, summary_model: Any = None) -> Any:
    """``base`` with its compaction around it, where there is one.

    ``summary_model`` is an object to be used before the remembered name.
    """
    if not wrappers.compacts:
        return base
    from workbench.sessions.compaction import CompactionSession

    model = summary_model or wrappers.summary_model
    options: dict[str, Any] = {} if model is None else {"summary_model": model}
    return CompactionSession(
        base,
        max_messages=wrappers.max_messages,
        max_tokens=wrappers.max_tokens,
        keep_last=wrappers.keep_last,
        **options,
    )


def encrypted(base: Any, wrappers: Wrappers, key: Any) -> Any:
    """``base`` with its encryption around it, where there is one."""
    if wrappers.encryption is None:
        return base
    from workbench.sessions.encryption import EncryptedSession

    return EncryptedSession(base, key, allow_plain=wrappers.encryption == "migrating")
