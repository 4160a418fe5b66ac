"""A store's URL as it is remembered: without its password, and with a mark that there is one.

``redis://:secret@host/0`` is remembered as ``redis://:@host/0``. The empty password stands for one
that has to be looked up, also where somebody writes it so: in a notebook no password is needed.
"""

from __future__ import annotations

from pathlib import PurePath
from urllib.parse import quote, unquote

from workbench.errors import InvalidStoreURL
from workbench.stores.urls import redacted


def checked_url(url: object) -> str:
    """``url`` if it is text. Raises InvalidStoreURL, which says how a file is written."""
    if isinstance(url, str):
        return url
    way = f": a file is written sqlite:///{url}" if isinstance(url, PurePath) else ""
    raise InvalidStoreURL(f"a store is given as a URL, not as a {type(url).__name__}{way}")


def without_password(url: str) -> tuple[str, str | None]:
    """The URL with the mark in place of its password, and the password (None: it had none).

    Raises InvalidStoreURL for a secret among the options, which could not be remembered.
    """
    if "=***" in redacted(url):
        raise InvalidStoreURL(
            f"{redacted(url)} holds a secret among its options, and a secret is never remembered; "
            "write a password as scheme://:password@host, or set it in the environment"
        )
    head, at, rest = _split(url)
    user, colon, password = head.rpartition("//")[2].partition(":")
    if not at or not password:
        return url, None
    scheme = url.partition("://")[0]
    return f"{scheme}://{user}{colon}@{rest}", unquote(password)


def needs_password(url: str) -> bool:
    """Whether the URL has the mark: a password that has to be looked up."""
    head, at, _rest = _split(url)
    return bool(at) and head.endswith(":")


def with_password(url: str, password: str) -> str:
    """The URL with ``password`` where the mark is."""
    head, _at, rest = _split(url)
    return f"{head}{quote(password, safe='')}@{rest}"


def same_place(url: str) -> str:
    """The URL without user and password, to tell whether two of them mean one place."""
    _head, at, rest = _split(url)
    return f"{url.partition('://')[0]}://{rest}" if at else url


def host_of(url: str) -> str:
    """The URL as a message shows it: scheme, host and port."""
    return same_place(url).partition("?")[0]


def server_of(url: str) -> str:
    """The URL without its options: one password counts for all of them."""
    return url.partition("?")[0]


def family(url: str) -> str:
    """What servers of this scheme are called: ``redis`` for redis, rediss and redis+cluster."""
    scheme = url.partition("://")[0].partition("+")[0].lower()
    return "redis" if scheme == "rediss" else scheme


def _split(url: str) -> tuple[str, str, str]:
    """What stands before the ``@`` of the authority (scheme included), the ``@``, the rest."""
    scheme, slashes, rest = url.partition("://")
    ends = [place for mark in "/?#" if (place := rest.find(mark)) >= 0]
    end = min(ends, default=len(rest))
    user, at, host = rest[:end].rpartition("@")
    return (f"{scheme}{slashes}{user}", at, host + rest[end:]) if at else (url, "", "")
