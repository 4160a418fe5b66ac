"""A Redis Cluster as one place: each command goes to the master that keeps its key.

Which master that is, any node tells (``CLUSTER SLOTS``); asked again whenever a node redirects or
is gone. Follows https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from workbench.stores.redis.place import Place
from workbench.stores.redis.wire import Command, NotSent, Wire

Node = tuple[str, int]


class Cluster:
    """The connections to the masters; used from one thread.

    ``known``: the nodes that this process has heard of, shared by its lines, so that a new one
    finds its way when the node that the URL names is gone.
    """

    def __init__(self, place: Place, known: dict[Node, None]) -> None:
        self.place, self._known = place, known
        self._wires: dict[Node, Wire] = {}
        self._slots: list[tuple[int, int, Node]] = []
        known[(place.host, place.port)] = None
        self._stale = True

    def exchange(self, commands: Sequence[Command], routes: Sequence[bytes | None]) -> list[Any]:
        """The reply to each command, or the exception in its place; redirections are followed."""
        replies: list[Any] = [None] * len(commands)
        failure = self._look_around() if self._stale else None
        if failure is not None:
            return [failure] * len(commands)
        self._round(range(len(commands)), commands, routes, replies)
        moved = [i for i, reply in enumerate(replies) if _is(reply, "MovedError")]
        if moved and self._look_around() is None:
            self._round(moved, commands, routes, replies)
        for index, reply in enumerate(replies):
            if _is(reply, "AskError"):
                replies[index] = self._asking(commands[index], (reply.host, reply.port))
            elif isinstance(reply, BaseException) and not _is(reply, "NoScriptError"):
                self._stale = True
        return replies

    def close(self) -> None:
        """Close every connection; the next exchange opens them again."""
        for wire in self._wires.values():
            wire.close()
        self._wires.clear()
        self._stale = True

    def _round(
        self,
        indices: Iterable[int],
        commands: Sequence[Command],
        routes: Sequence[bytes | None],
        replies: list[Any],
    ) -> None:
        """Send to all nodes what is theirs, and only then read: they work at the same time."""
        shares: dict[Node, list[int]] = {}
        for index in indices:
            node = self._node_of(routes[index])
            if node is None:
                replies[index] = _nobody()
            else:
                shares.setdefault(node, []).append(index)
        failures = {
            node: self._wire(node).send([commands[index] for index in share])
            for node, share in shares.items()
        }
        for node, share in shares.items():
            failure = failures[node]
            found = [failure] * len(share) if failure else self._wire(node).receive(len(share))
            for index, reply in zip(share, found, strict=True):
                replies[index] = reply

    def _node_of(self, route: bytes | None) -> Node | None:
        from redis.crc import key_slot

        if route is None or route.startswith(NODE):
            return _named(route) if route else next(iter(self._masters()), None)
        slot = key_slot(route)
        return next((node for begin, end, node in self._slots if begin <= slot <= end), None)

    def _masters(self) -> list[Node]:
        return list(dict.fromkeys(node for _begin, _end, node in self._slots))

    def _wire(self, node: Node) -> Wire:
        if node not in self._wires:
            self._wires[node] = Wire(self.place, *node)
        return self._wires[node]

    def _asking(self, command: Command, node: Node) -> Any:
        """A slot on its way: this one command is answered by where it goes."""
        return self._wire(node).exchange([("ASKING",), command], [None, None])[1]

    def _look_around(self) -> Exception | None:
        """Ask the nodes, one after the other, who keeps what; the last failure when none tells."""
        failure: Exception | None = None
        for node in [*self._masters(), *self._known]:
            (told,) = self._wire(node).exchange([("CLUSTER", "SLOTS")], [None])
            if isinstance(told, Exception):
                failure = _not_sent(told)
            elif told:
                self._slots = sorted(_ranges(told, node[0]))
                self._known.update(dict.fromkeys(_all_nodes(told, node[0])))
                self._stale = False
                return None
            else:
                failure = _nobody()
        return failure


NODE = b"\0node "
"""Begins a route that names a node instead of a key."""


def routes_to_masters(told: list[Any], asked: str) -> list[bytes]:
    """A route to each master, of what CLUSTER SLOTS told."""
    masters = dict.fromkeys(node for _begin, _end, node in _ranges(told, asked))
    return [NODE + f"{host}:{port}".encode() for host, port in masters]


def _named(route: bytes) -> Node:
    host, _colon, port = route[len(NODE) :].decode().rpartition(":")
    return host, int(port)


def _ranges(told: list[Any], asked: str) -> Iterable[tuple[int, int, Node]]:
    for begin, end, master, *_replicas in told:
        yield int(begin), int(end), _address(master, asked)


def _all_nodes(told: list[Any], asked: str) -> Iterable[Node]:
    for _begin, _end, *nodes in told:
        yield from (_address(node, asked) for node in nodes)


def _address(node: list[Any], asked: str) -> Node:
    # A node that does not know its own name is at the address where it was asked.
    host = (node[0] or b"").decode()
    return (host if host not in ("", "?") else asked), int(node[1])


def _is(reply: Any, name: str) -> bool:
    return type(reply).__name__ == name


def _nobody() -> Exception:
    from redis.exceptions import ClusterDownError

    return _not_sent(ClusterDownError("CLUSTERDOWN nobody serves this part of the keys"))


def _not_sent(cause: Exception) -> NotSent:
    if isinstance(cause, NotSent):
        return cause
    failure = NotSent(str(cause))
    failure.__cause__ = cause
    return failure
