"""Store URLs: ``scheme://place?option=value``. Parsed here, and shown without secrets."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from workbench.errors import InvalidStoreURL, nearest

_FLAGS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


@dataclass(frozen=True, slots=True)
class StoreURL:
    """A store URL in its parts; ``options`` are those behind the question mark."""

    scheme: str
    netloc: str = field(repr=False)
    path: str = field(repr=False)  # behind a bare / in a password stands the rest of it
    options: dict[str, str] = field(repr=False)
    text: str = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> StoreURL:
        """The parts of ``text``. Raises InvalidStoreURL when there is no scheme."""
        try:
            parts = urlsplit(text)
        except ValueError as exc:
            raise InvalidStoreURL(f"{redacted(text)!r} is not a store URL: {exc}") from None
        if not parts.scheme or "://" not in text:
            raise InvalidStoreURL(f"{redacted(text)!r} is not a store URL; {_meant(text)}")
        options = dict(parse_qsl(parts.query, keep_blank_values=True))
        return cls(parts.scheme.lower(), parts.netloc, unquote(parts.path), options, text)

    def only(self, *known: str) -> None:
        """Refuse options that the scheme doesn't have."""
        for name in self.options:
            if name not in known:
                raise InvalidStoreURL(
                    f"{self.scheme}:// has no option {name!r}; "
                    + nearest(name, known, plural="options")
                )

    def seconds(self, name: str, default: float) -> float:
        """An option that is a number of seconds."""
        value = self.options.get(name)
        try:
            number = default if value is None else float(value)
        except ValueError:
            number = -1.0
        if not 0 <= number < float("inf"):
            raise InvalidStoreURL(f"{name} is a number of seconds, not {value!r}")
        return number

    def flag(self, name: str, *, default: bool = False) -> bool:
        """An option that is on (1) or off (0)."""
        value = self.options.get(name, str(int(default))).lower()
        if value not in _FLAGS:
            raise InvalidStoreURL(f"{name} is 1 or 0, not {value!r}")
        return _FLAGS[value]


def _meant(text: str) -> str:
    """The way out for what lacks its ``://``, or all that should stand before it."""
    if "://" in text:
        return "it has no scheme: a file is written sqlite:///FILE"
    if "@" in text:
        return "it begins with its scheme and ://"  # what stands before the @ may be a password
    scheme, colon, rest = text.partition(":")
    if rest.partition("/")[0].isdecimal():
        return f"did you mean redis://{text}?"
    if colon and scheme.isalpha() and len(scheme) > 1:  # one letter is a drive of Windows
        return f"did you mean {_with_slashes(scheme.lower(), rest)}?"
    return f"a file is written sqlite:///{text}"


def _with_slashes(scheme: str, rest: str) -> str:
    return f"{scheme}://" + (f"/{rest}" if scheme == "sqlite" else rest.lstrip("/"))


def redacted(url: str) -> str:
    """``url`` as it may be shown: without a password, and without what looks like a token."""
    head, mark, query = url.partition("?")
    scheme, slashes, rest = head.partition("://")
    if not slashes and "@" in head:
        return f"***@{head.rpartition('@')[2]}"  # the :// may be what is missing
    authority, slash, path = rest.partition("/")
    user, at, host = authority.rpartition("@")
    if not at and _is_cut_off(authority, path):
        tail = redacted(f"{scheme}://{url.rpartition('@')[2]}") if "@" in url else ""
        return f"{scheme}://{authority.partition(':')[0]}:***" + tail.replace(f"{scheme}://", "@")
    if at:
        authority = f"{user.partition(':')[0]}:***@{host}" if ":" in user else f"{user}@{host}"
    shown = scheme + slashes + authority + slash + path
    if not mark:
        return shown
    kept = [
        f"{quote(name)}={'***' if _is_secret(name) else _shown(value)}"
        for name, value in parse_qsl(query, keep_blank_values=True)
    ]
    return f"{shown}?{'&'.join(kept)}"


def _is_cut_off(authority: str, path: str) -> bool:
    """Whether a password with a bare ``/``, ``?`` or ``#`` in it seems to end the address."""
    _host, colon, port = authority.rpartition(":")
    if not colon or port.endswith("]"):
        return False
    return "@" in path or (port != "" and not port.isdecimal())


def _shown(value: str) -> str:
    """An option's value; it may be an address with a password of its own."""
    return quote(redacted(value) if "://" in value else value, safe="/:@*")


def _is_secret(name: str) -> bool:
    lowered = name.lower()
    return any(word in lowered for word in ("password", "secret", "token", "key", "auth"))
