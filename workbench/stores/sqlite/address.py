"""The URL of a SQLite file: which file it names, and how one is written."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from urllib.parse import quote, urlencode

from workbench.errors import InvalidStoreURL
from workbench.stores.urls import StoreURL, redacted


def file_of(url: StoreURL, *, below: Path | None = None) -> Path | None:
    """The file that a SQLite URL names, absolute; None for memory and for other schemes."""
    if url.scheme != "sqlite" or url.path in ("/:memory:", "", "/"):
        return None
    if "\0" in url.path:
        raise InvalidStoreURL(f"{redacted(url.text)!r} can't be the name of a file: it has a %00")
    return (below or Path.cwd()) / Path(url.path[1:]).expanduser()


def place_of(url: StoreURL) -> str:
    """The file itself, by whatever relative path or link it was named."""
    path = file_of(url)
    if path is None:
        return url.text
    options = "&".join(f"{name}={value}" for name, value in sorted(url.options.items()))
    return f"sqlite://{path.resolve()}?{options}"


def url_of(path: str | Path, **options: str) -> str:
    """The store URL of a file."""
    query = urlencode(options)
    return f"sqlite:///{quote(str(path))}" + (f"?{query}" if query else "")


def shown(path: Path) -> str:
    """The path as URLs show it: relative where it lies below the current folder."""
    with suppress(ValueError, OSError):
        path = path.relative_to(Path.cwd())
    return path.as_posix().translate(_MARKS)


_MARKS = {ord(mark): quote(mark, safe="") for mark in "%?#\t\r\n"}
"""What would not be part of the path in a URL; all else stays readable."""
