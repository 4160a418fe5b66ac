"""Attachments: files, images and addresses as parts of a user message.

The parts are those of the Responses API (``openai.types.responses``): ``input_image`` with a data
URL or an address, ``input_file`` with its name and its bytes, or an address. What a file is, its
first bytes say, not its name. An image part has no place for a name, so a part of text stands
before it, ``[image picture.png]``: the model can be asked for it by name, and the history shows it.
"""

from __future__ import annotations

import math
import mimetypes
import os
import re
import stat
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from workbench.errors import InvalidValue, nearest, shorten
from workbench.items import Item, encode


@dataclass(frozen=True, slots=True)
class Named:
    """Bytes with the name of the file that they come from."""

    name: str
    data: bytes


Attachable = str | os.PathLike[str] | bytes | bytearray | memoryview | Named
"""A path, an address (https://...), or the bytes themselves."""
_BYTES = (bytes, bytearray, memoryview)
_ONE = (str, os.PathLike, Named, *_BYTES)

MB = 1024 * 1024
IMAGE_LIMIT, FILE_LIMIT, ALL_LIMIT = 20 * MB, 32 * MB, 36 * MB
"""Bytes of an image, of a file, and of all that is attached to a message: as base64, a third
longer, they have to fit into one request of 50 MB."""

_IMAGES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}
"""The first bytes of the images that models take; WEBP has its own beginning."""

_OTHER_IMAGES = {b"BM": "BMP", b"II*\0": "TIFF", b"MM\0*": "TIFF", b"\0\0\1\0": "icon"}
_TEXT_TYPES = ("text/", "application/json", "application/xml", "image/svg+xml")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|data:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Content:
    """The bytes of an attachment, its name and its type."""

    name: str
    data: bytes
    media_type: str

    @property
    def is_image(self) -> bool:
        return self.media_type.startswith("image/") and self.media_type != "image/svg+xml"

    def parts(self) -> list[dict[str, Any]]:
        url = f"data:{self.media_type};base64,{b64encode(self.data).decode()}"
        if not self.is_image:
            return [{"type": "input_file", "filename": self.name, "file_data": url}]
        return [_label(self.name), _image(url)]


def with_attachments(
    prompt: str | list[Item], attach: Attachable | Iterable[Attachable]
) -> str | list[Item]:
    """``prompt`` with what is attached to it, as one user message.

    Paths count from the current folder. Raises InvalidValue for what is missing, empty, too large
    (20 MB for an image, 32 MB for a file, 36 MB together), no file, or an image that no model
    takes.
    """
    given = [attach] if isinstance(attach, _ONE) else attach
    if not isinstance(given, Iterable):
        raise _odd(given)
    parts = list(_parts(given))
    if not parts:
        return prompt
    if not isinstance(prompt, str):
        raise InvalidValue("attach= goes with a text: put the parts into the items themselves")
    return [{"role": "user", "content": [{"type": "input_text", "text": prompt}, *parts]}]


def _parts(given: Iterable[Any]) -> Iterator[dict[str, Any]]:
    size = 0
    for number, each in enumerate(given, start=1):
        if isinstance(each, str) and _ADDRESS.match(each):
            yield from _remote(each)
            continue
        found = _found(each, number)
        size += len(found.data)
        if size > ALL_LIMIT:
            raise InvalidValue(
                f"what is attached has more than {_megabytes(ALL_LIMIT)} together, which is what a "
                "message takes"
            )
        yield from found.parts()


def _found(given: Any, number: int) -> _Content:
    if isinstance(given, Named):
        return _content(given.name, given.data)
    if isinstance(given, _BYTES):
        return _content(f"attachment {number}", bytes(given), named=False)
    path = os.fspath(given) if isinstance(given, str | os.PathLike) else given
    if not isinstance(path, str):
        raise _odd(given)
    return _content(Path(path).name, _read(path))


def _odd(given: Any) -> InvalidValue:
    return InvalidValue(
        f"a path, an address or bytes can be attached, or a list of them, not a "
        f"{type(given).__name__}"
    )


def _remote(address: str) -> list[dict[str, Any]]:
    """The parts for an address: whoever answers loads it."""
    if address[:5].lower() == "data:":
        raise InvalidValue("a data: URL can't be attached: give its bytes (base64.b64decode)")
    try:
        parts = urlsplit(address)
    except ValueError as exc:  # a bracket of an IPv6 address that is not closed
        raise InvalidValue(f"{shorten(address)} is no address: {exc}") from None
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
        raise InvalidValue(
            f"{shorten(address)} can't be attached: an address begins with https://, and a file "
            "is given by its path"
        )
    if parts.username or parts.password:
        raise InvalidValue(
            f"the address of {shorten(parts.hostname)} holds a user name or a password, which the "
            "conversation would keep and the model see: attach the file itself"
        )
    name = PurePosixPath(unquote(parts.path)).name
    media_type = mimetypes.guess_type(name)[0] or ""
    if media_type in {*_IMAGES.values(), "image/webp"}:
        return [_label(name), _image(address)]
    return [{"type": "input_file", "file_url": address}]


def _read(text: str) -> bytes:
    if not text:
        raise InvalidValue("the path of a file to attach is empty")
    try:
        path = Path(text).expanduser()
        state = path.stat()
        if stat.S_ISREG(state.st_mode) and state.st_size <= FILE_LIMIT:
            return path.read_bytes()
    except FileNotFoundError:
        raise _missing(text, path) from None
    except (OSError, ValueError, RuntimeError) as exc:  # a NUL in it, a ~user who is not there
        why = getattr(exc, "strerror", None) or exc
        raise InvalidValue(f"{shorten(text)} can't be read: {why}") from exc
    if stat.S_ISDIR(state.st_mode):
        raise InvalidValue(f"{shorten(text)} is a folder: attach the files in it")
    if not stat.S_ISREG(state.st_mode):
        raise InvalidValue(f"{shorten(text)} is no file that can be read whole")
    raise _too_large(text, state.st_size, FILE_LIMIT)


def _missing(text: str, path: Path) -> InvalidValue:
    folder = path.parent
    if not folder.is_dir():
        return InvalidValue(f"there is no file {shorten(text)}: its folder does not exist")
    try:
        known = [each.name for each in folder.iterdir() if each.is_file()]
    except OSError:
        known = []
    return InvalidValue(
        f"there is no file {shorten(text)} in {shorten(str(folder.absolute()), 200)}; "
        + nearest(path.name, known, plural="files")
    )


def _content(name: str, data: bytes, *, named: bool = True) -> _Content:
    """What ``data`` is, by its first bytes; the name is asked where they don't tell."""
    name = _printable(name)
    if not data:
        raise InvalidValue(f"{shorten(name)} is empty: there is nothing to attach")
    media_type = _image_type(data)
    limit = FILE_LIMIT if media_type is None else IMAGE_LIMIT
    if len(data) > limit:
        raise _too_large(name, len(data), limit)
    if media_type is None:
        _refuse_image(name, data)
        media_type = _file_type(name, data)
    if not named:
        name += mimetypes.guess_extension(media_type) or ""
    return _Content(name, data, media_type)


def _image_type(data: bytes) -> str | None:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for begin, kind in _IMAGES.items() if data.startswith(begin)), None)


def _refuse_image(name: str, data: bytes) -> None:
    """Raise InvalidValue for an image that no model takes, and for what is only called one."""
    other = next((kind for begin, kind in _OTHER_IMAGES.items() if data.startswith(begin)), None)
    by_name = (mimetypes.guess_type(name)[0] or "").startswith("image/")
    if by_name and other is not None:
        raise InvalidValue(
            f"{shorten(name)} is a {other} image: models take PNG, JPEG, WEBP and GIF; convert it"
        )
    if by_name and not name.lower().endswith((".svg", ".svgz")):
        raise InvalidValue(
            f"{shorten(name)} has the name of an image, but is none that models take (PNG, JPEG, "
            "WEBP, GIF)"
        )


def _file_type(name: str, data: bytes) -> str:
    guessed = mimetypes.guess_type(name)[0] or ""
    if data.startswith(b"%PDF-"):
        return "application/pdf"
    if _is_text(data):
        return guessed if guessed.startswith(_TEXT_TYPES) else "text/plain"
    return guessed if not guessed.startswith("text/") and guessed else "application/octet-stream"


def _is_text(data: bytes) -> bool:
    if b"\0" in data:
        return False
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _label(name: str) -> dict[str, Any]:
    return {"type": "input_text", "text": f"[image {_printable(name) or 'without a name'}]"}


def _image(url: str) -> dict[str, Any]:
    return {"type": "input_image", "image_url": url, "detail": "auto"}


def _printable(name: str) -> str:
    """A file's name as text that JSON and a line of text can hold."""
    whole = name.encode("utf-8", "replace").decode()
    return "".join(each if each.isprintable() else "?" for each in whole)


def _too_large(name: str, size: int, limit: int) -> InvalidValue:
    return InvalidValue(
        f"{shorten(name)} has {_megabytes(size)}, more than the {_megabytes(limit)} that can be "
        "attached: make it smaller, or give its address (https://...)"
    )


def _megabytes(size: int) -> str:
    return f"{math.ceil(10 * size / MB) / 10:g} MB"


def checked_items(prompt: Sequence[Any]) -> None:
    """Raise InvalidValue unless a prompt that is a list is one of input items, InvalidItem for one
    that JSON can't hold: the SDK would make a list of a set, and not come back from a loop.
    """
    for number, item in enumerate(prompt, start=1):
        if not isinstance(item, dict) or not item:
            raise InvalidValue(
                f"a list as prompt holds input items, which are dicts such as "
                f"{{'role': 'user', 'content': ...}}; number {number} is a {type(item).__name__}"
            )
        encode(item)
