"""What people note about a named session: a title, tags, metadata.

Kept as a JSON object in the workspace: only what is set, and what a newer version may have put
there stays. It lies beside the name, not in the store, so an encrypted session has it in the open.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from workbench.errors import InvalidValue, shorten

TITLE = 200
TAG = 64
KEY = 64
"""Characters that a title, a tag and a key of the metadata may have."""

TAGS = 100
"""Tags that a session may have."""

WHOLE = 65_536
"""Bytes that title, tags and metadata of a session may have together, as JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What is noted about a session. ``tags`` stand in the order in which they were added; the
    values of ``metadata`` are plain JSON.
    """

    title: str | None = None
    tags: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __bool__(self) -> bool:
        """Whether anything is noted."""
        return bool(self.title or self.tags or self.metadata)

    def lines(self) -> list[tuple[str, str]]:
        """What there is to show of it: a label and its value each."""
        return [
            *([("title", self.title)] if self.title else []),
            *([("tags", ", ".join(self.tags))] if self.tags else []),
            *((f"metadata {key}", shown(value)) for key, value in self.metadata.items()),
        ]

    def __str__(self) -> str:
        return self._repr_mimebundle_()["text/plain"]

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """Plain text, Markdown and HTML."""
        from workbench.render.lines import labelled

        return labelled(self.lines() or [("title, tags, metadata", "none")])


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A change of what is noted: made of what is there when it is written, so that two kernels lose
    nothing. ``title`` None leaves it, "" takes it away; so does None for a key of ``metadata``.
    """

    title: str | None = None
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict, hash=False)


def noted(
    tags: Iterable[str] = (),
    *,
    title: str | None = None,
    remove: Iterable[str] = (),
    metadata: Mapping[str, Any] | None = None,
) -> Noted:
    """What a call asks for, as a change. Raises InvalidValue for what can't be noted."""
    add, gone = checked_tags(tags), checked_tags(remove)
    if both := set(add) & set(gone):
        raise InvalidValue(f"tag {shorten(min(both))} is to be added and removed: which of them?")
    return Noted(
        title=None if title is None else checked_title(title),
        add=add,
        remove=gone,
        metadata=checked_metadata(metadata),
    )


def all_of(about: About) -> Noted:
    """The change that notes everything of ``about``: for a copy of a session."""
    return Noted(title=about.title, add=about.tags, metadata=about.metadata)


def checked_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """``tags`` (one, or several) as they are kept, each once. Raises InvalidValue."""
    if not isinstance(tags, Iterable):
        raise InvalidValue(f"a tag is text, not a {type(tags).__name__}")
    given = (tags,) if isinstance(tags, str) else tuple(tags)
    return tuple(dict.fromkeys(map(_tag, given)))


def checked_title(title: Any) -> str:
    """``title`` as it is kept. Raises InvalidValue."""
    return _line(title, "title", TITLE)


def _tag(tag: Any) -> str:
    kept = _line(tag, "tag", TAG)
    if not kept:
        raise InvalidValue("a tag is a word or a few words, not empty text")
    if "," in kept:  # in wb.list_sessions they stand in one column
        raise InvalidValue(f"a tag has no comma in it: give {shorten(kept)} as several tags")
    return kept


def _line(text: Any, what: str, width: int) -> str:
    """``text`` on one line, in the composed form (NFC), so that what looks the same is the same."""
    if not isinstance(text, str):
        raise InvalidValue(f"a {what} is text, not a {type(text).__name__}")
    line = unicodedata.normalize("NFC", " ".join(text.split()))
    if any(unicodedata.category(each) in ("Cc", "Cs") for each in line):
        raise InvalidValue(f"a {what} has no control characters and no halves of characters in it")
    if len(line) > width:
        raise InvalidValue(f"a {what} has {width} characters at most, not {len(line)}")
    return line


def checked_metadata(metadata: Mapping[str, Any] | None) -> dict[str, Any]:
    """``metadata`` if it is plain JSON. Raises InvalidValue."""
    if metadata is None:
        return {}
    if not isinstance(metadata, Mapping):
        raise InvalidValue(f"metadata is a dict, not a {type(metadata).__name__}")
    return {_key(key): _checked(key, value) for key, value in metadata.items()}


def pair(text: str) -> tuple[str, Any]:
    """``key=value`` of the metadata, as it is typed: a value that is JSON counts as that, and none
    at all is None. Raises InvalidValue.
    """
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise InvalidValue(f"--meta is KEY=VALUE, not {shorten(text)}")
    try:
        return key, json.loads(value) if value else None
    except ValueError:
        return key, value


def _key(key: Any) -> str:
    kept = _line(key, "key of the metadata", KEY)
    if not kept:
        raise InvalidValue("a key of the metadata is text that is not empty")
    return kept


def _checked(key: str, value: Any) -> Any:
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False)
        text.encode()
        same = json.loads(text) == value
    except (TypeError, ValueError, RecursionError):
        same = False
    if not same:
        raise InvalidValue(
            f"metadata {shorten(key)}: JSON can't hold this {type(value).__name__} as it is; give "
            "text, a number, True or False, or lists and dicts of these"
        )
    return value


def changed(text: str | None, change: Noted) -> str | None:
    """The remembered JSON text with ``change`` in it; None when nothing is noted any more.

    Raises InvalidValue when that would be too much.
    """
    values: dict[str, Any] = json.loads(text) if text else {}
    before = about_of(text)
    tags = [tag for tag in dict.fromkeys([*before.tags, *change.add]) if tag not in change.remove]
    metadata = {**before.metadata, **change.metadata}
    ours = {
        "title": before.title if change.title is None else change.title,
        "tags": tags,
        "metadata": {key: value for key, value in metadata.items() if value is not None},
    }
    kept = {name: value for name, value in {**values, **ours}.items() if value or name not in ours}
    return _fitting(json.dumps(kept, ensure_ascii=False), len(tags)) if kept else None


def _fitting(text: str, n_tags: int) -> str:
    if n_tags > TAGS:
        raise InvalidValue(f"a session has {TAGS} tags at most, not {n_tags}; nothing was changed")
    if (size := len(text.encode())) > WHOLE:
        raise InvalidValue(
            f"title, tags and metadata of a session are {WHOLE} bytes at most, not {size}; nothing "
            "was changed: keep long things in a file, and its name here"
        )
    return text


def about_of(text: str | None) -> About:
    """What is noted in a remembered JSON text. Raises ValueError when it is damaged."""
    values = json.loads(text) if text else {}
    if not isinstance(values, dict):
        raise ValueError("not what is noted about a session")
    title, tags = values.get("title"), values.get("tags", [])
    metadata = values.get("metadata", {})
    well = isinstance(title, str | None) and isinstance(tags, list) and isinstance(metadata, dict)
    if not well or not all(isinstance(tag, str) for tag in tags):
        raise ValueError("not what is noted about a session")
    return About(title=title, tags=tuple(tags), metadata=metadata)


def shown(value: Any) -> str:
    """A value of the metadata as text: itself, or as JSON where it is no text."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
