"""A server for MongoDB's driver: the few commands that the SDK's `MongoDBSession` sends, in memory.

The driver is the real one and talks to it over a socket, so that what it does with event loops,
batches and types is what it does in an application; only the database behind is small. A command,
a condition or an expression that it doesn't know is an error.

Follows https://github.com/mongodb/specifications/blob/master/source/message/OP_MSG.md
"""

from __future__ import annotations

import copy
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any

import bson

from tests.interop.mongo_words import evaluated, matches, updated

_HEADER = struct.Struct("<iiii")
_REPLY, _QUERY, _MSG = 1, 2004, 2013

Document = dict[str, Any]


class Database:
    """Collections by name, each a list of documents; one command at a time."""

    def __init__(self) -> None:
        self.collections: dict[str, list[Document]] = {}
        self.commands: list[str] = []
        self._lock = threading.Lock()

    def answer(self, command: Document) -> Document:
        """What the server says to a command."""
        name = next(iter(command))
        answer = getattr(self, f"on_{name.lower()}", None)
        if answer is None:
            return {"ok": 0.0, "code": 59, "errmsg": f"no such command: {name}"}
        with self._lock:
            self.commands.append(name)
            found: Document = answer(command)
        return {"ok": 1.0, **found}

    def on_hello(self, _command: Document) -> Document:
        return {
            "helloOk": True,
            "ismaster": True,
            "isWritablePrimary": True,
            "maxBsonObjectSize": 16 << 20,
            "maxMessageSizeBytes": 48_000_000,
            "maxWriteBatchSize": 100_000,
            "minWireVersion": 0,
            "maxWireVersion": 21,
        }

    on_ismaster = on_hello

    def on_createindexes(self, _command: Document) -> Document:
        return {}

    def on_endsessions(self, _command: Document) -> Document:
        return {}

    def on_insert(self, command: Document) -> Document:
        self._all(command["insert"]).extend(command["documents"])
        return {"n": len(command["documents"])}

    def on_find(self, command: Document) -> Document:
        found = self._found(command["find"], command.get("filter", {}), command.get("sort", {}))
        batch = copy.deepcopy(found[: command.get("limit") or None])
        name = f"{command['$db']}.{command['find']}"
        return {"cursor": {"id": bson.Int64(0), "ns": name, "firstBatch": batch}}

    def on_delete(self, command: Document) -> Document:
        documents, count = self._all(command["delete"]), 0
        for each in command["deletes"]:
            gone = self._found(command["delete"], each["q"])[: each["limit"] or None]
            documents[:] = [document for document in documents if document not in gone]
            count += len(gone)
        return {"n": count}

    def on_findandmodify(self, command: Document) -> Document:
        name, query = command["findAndModify"], command["query"]
        found = self._found(name, query, command.get("sort", {}))
        update = command["update"]
        if found:
            document, before = found[0], copy.deepcopy(found[0])
        elif command.get("upsert"):
            document, before = {"_id": bson.ObjectId()}, None
            self._all(name).append(document)
        else:
            return {"value": None}
        if isinstance(update, list):
            for step in update:
                document |= {key: evaluated(to, document) for key, to in step["$set"].items()}
        else:
            updated(document, update, new=before is None)
        return {"value": copy.deepcopy(document) if command.get("new") else before}

    def _all(self, name: str) -> list[Document]:
        return self.collections.setdefault(name, [])

    def _found(self, name: str, query: Document, sort: Document | None = None) -> list[Document]:
        found = [document for document in self._all(name) if matches(document, query)]
        for key, direction in reversed((sort or {}).items()):
            found.sort(key=lambda document: document[key], reverse=direction < 0)
        return found


class _Handler(StreamRequestHandler):
    """One connection."""

    server: _Server

    def handle(self) -> None:
        while len(header := self.rfile.read(_HEADER.size)) == _HEADER.size:
            length, request, _, operation = _HEADER.unpack(header)
            body = self.rfile.read(length - _HEADER.size)
            answer = bson.encode(self.server.database.answer(_command(operation, body)))
            if operation == _QUERY:
                kind, data = _REPLY, struct.pack("<iqii", 8, 0, 0, 1) + answer
            else:
                kind, data = _MSG, struct.pack("<ib", 0, 0) + answer
            self.wfile.write(_HEADER.pack(_HEADER.size + len(data), 0, request, kind) + data)


def _command(operation: int, body: bytes) -> Document:
    """The command of a message, with the documents that travel in sections of their own."""
    if operation == _QUERY:
        start = body.index(b"\0", 4) + 9
        return _document(body[start:])
    assert operation == _MSG, operation
    command: Document = {}
    at = 4
    while at < len(body):
        kind, at = body[at], at + 1
        size = int.from_bytes(body[at : at + 4], "little")
        if kind == 0:
            command = _document(body[at : at + size]) | command
        else:
            name, _, documents = body[at + 4 : at + size].partition(b"\0")
            command[name.decode()] = bson.decode_all(documents)
        at += size
    return command


def _document(data: bytes) -> Document:
    found: Document = bson.decode(data)
    return found


class _Server(ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, database: Database) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.database = database


@contextmanager
def mongo_server() -> Iterator[tuple[str, Database]]:
    """A server of its own: its URI, and what it holds."""
    database = Database()
    with _Server(database) as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        serving.start()
        host, port = server.server_address[:2]
        try:
            yield f"mongodb://{host!s}:{port}/?directConnection=true", database
        finally:
            server.shutdown()
            serving.join()
