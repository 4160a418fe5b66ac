"""Files of JSON lines as they are found: an exported conversation, plain items, or chats."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from workbench.errors import CorruptFile, InvalidValue, NotFound, StoreUnusable, shorten
from workbench.items import kind
from workbench.protocols import StoredItem
from workbench.verbs.files import jsonl
from workbench.verbs.files.chat import is_message, items_of
from workbench.verbs.files.jsonl import Part, fields_of
from workbench.verbs.files.source import Heading

_BOM = b"\xef\xbb\xbf"


@contextmanager
def opened_file(path: Path) -> Iterator[BinaryIO]:
    """The bytes of a file. Raises NotFound, StoreUnusable."""
    name = shorten(str(path))
    try:
        file = path.open("rb")
    except FileNotFoundError:
        raise NotFound(f"there is no file {name}") from None
    except OSError as exc:
        raise StoreUnusable(f"{name} can't be read: {exc.strerror or exc}") from exc
    with file:
        try:
            yield file
        except OSError as exc:
            raise StoreUnusable(f"{name} can't be read: {exc.strerror or exc}") from exc


def read_lines(path: Path, *, line: int | None, report: Callable[[int], object]) -> Iterator[Part]:
    """The parts of a file of JSON lines, whichever of the three it is.

    ``line`` chooses a conversation of a file of chats; ``report`` is told the bytes read so far.
    Raises CorruptFile, InvalidValue, NotFound.
    """
    name = shorten(path.name)
    with opened_file(path) as file:
        lines = _told(file, report)
        first = next(lines, b"")
        if not first.strip():
            raise CorruptFile(f"{name} is empty: there is no conversation in it")
        fields = fields_of(first.removeprefix(_BOM), name, 1)
        every = _again(first, lines)
        if "messages" in fields:
            yield from _chat(every, name, line)
        elif line is not None:
            raise InvalidValue(f"{name} holds one conversation: leave line= out")
        elif "workbench" in fields:
            yield from jsonl.read(every, name)
        else:
            yield from _plain(every, name)


def _told(file: BinaryIO, report: Callable[[int], object]) -> Iterator[bytes]:
    done = 0
    for number, line in enumerate(file):
        done += len(line)
        if not number % 500:
            report(done)
        yield line


def _again(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _plain(lines: Iterator[bytes], name: str) -> Iterator[Part]:
    """Lines that are items themselves, or messages of a chat."""
    yield Heading(session_id="")
    for number, line in enumerate(lines, start=1):
        if line.strip():
            fields = fields_of(line.removeprefix(_BOM) if number == 1 else line, name, number)
            for item in _items(fields, name, number):
                yield StoredItem(number, item)


def _items(fields: dict[str, Any], name: str, number: int) -> list[dict[str, Any]]:
    if is_message(fields):
        return _messages(fields, name, number)
    if kind(fields) == "unknown":
        raise CorruptFile(
            f"line {number} of {name} is no item: it has neither a type nor a role", line=number
        )
    return [fields]


def _chat(lines: Iterator[bytes], name: str, wanted: int | None) -> Iterator[Part]:
    """The conversation on line ``wanted`` of a file that has one on each."""
    found: list[list[dict[str, Any]]] = []
    count = 0
    for number, line in enumerate(lines, start=1):
        if line.strip():
            items = _conversation(line.removeprefix(_BOM), name, number)
            count += 1
            found += [items] if wanted in (number, None) and len(found) == 0 else []
    if not found or (wanted is None and count > 1):
        raise InvalidValue(
            f"{name} holds {count} conversations, one on each line: say which with line="
        )
    yield Heading(session_id="")
    yield from (StoredItem(number, item) for number, item in enumerate(found[0]))


def _conversation(line: bytes, name: str, number: int) -> list[dict[str, Any]]:
    messages = fields_of(line, name, number).get("messages")
    if not isinstance(messages, list):
        raise CorruptFile(f"line {number} of {name} has no list of messages", line=number)
    return [item for message in messages for item in _messages(message, name, number)]


def _messages(message: Any, name: str, number: int) -> list[dict[str, Any]]:
    try:
        if not isinstance(message, dict):
            raise ValueError("a message is an object")
        return items_of(message)
    except ValueError as exc:
        raise CorruptFile(f"line {number} of {name} can't be read: {exc}", line=number) from None
