"""A family of conversations as a tree: in plain text, Markdown and HTML."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

from workbench.render.lines import cell
from workbench.render.safe_html import disarmed
from workbench.render.text import one_line


@dataclass(frozen=True, slots=True)
class Node:
    """A conversation of a family. It was forked behind ``turn`` of the one above (None: at its end)
    and began with ``begun_with`` items then (None: it was forked from nothing); it has ``items``
    now, None where that is not known. ``store`` says where one is kept that has no name here.
    """

    name: str
    turn: int | None
    begun_with: int | None
    items: int | None
    used_at: datetime | None
    deleted: bool = False
    asked: bool = False
    store: str | None = None
    forks: tuple[Node, ...] = ()

    @property
    def title(self) -> str:
        """The name, on one line."""
        return one_line(self.name, 80) + (f" in {one_line(self.store, 80)}" if self.store else "")

    @property
    def about(self) -> str:
        """What there is to say of it, in a few words; empty for nothing."""
        return ", ".join(_parts(self))


def fork_point(turn: int | None) -> str:
    """Where something was forked, in words that go on from "forked"; None is at the end."""
    if turn is None:
        return "at its end"
    return f"behind turn {turn}" if turn else "before its first turn"


def _parts(node: Node) -> Iterator[str]:
    if node.begun_with is not None:
        yield f"forked {fork_point(node.turn)}"
    if node.deleted:
        yield "deleted"
    if node.items is not None:
        yield f"{node.items:,} item{'' if node.items == 1 else 's'}"
    if node.used_at is not None:
        yield f"last used {node.used_at:%Y-%m-%d %H:%M} UTC"


@dataclass(frozen=True, slots=True, repr=False)
class Family:
    """All that comes of one conversation, itself at the root; the asked one has a mark."""

    root: Node

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        return "\n".join(_drawn(self.root))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """Plain text, Markdown and HTML."""
        return {
            "text/plain": str(self),
            "text/markdown": "\n".join(_listed(self.root)),
            "text/html": disarmed(f"<ul>{''.join(_html(self.root))}</ul>"),
        }


# A chain of forks may be longer than Python lets functions call themselves.


def _drawn(root: Node) -> Iterator[str]:
    waiting = [(root, "", "")]
    while waiting:
        node, first, rest = waiting.pop()
        about = f"  ({node.about})" if node.about else ""
        yield f"{first}{node.title}{about}{'  <--' if node.asked else ''}"
        for number, fork in enumerate(reversed(node.forks)):
            branch, below = ("├── ", "│   ") if number else ("└── ", "    ")
            waiting.append((fork, rest + branch, rest + below))


def _listed(root: Node) -> Iterator[str]:
    waiting = [(root, 0)]
    while waiting:
        node, depth = waiting.pop()
        title = f"**{cell(node.title)}**" if node.asked else cell(node.title)
        title = f"~~{title}~~" if node.deleted else title
        about = f" ({cell(node.about)})" if node.about else ""
        yield f"{'    ' * depth}- {title}{about}"
        waiting += [(fork, depth + 1) for fork in reversed(node.forks)]


def _html(root: Node) -> Iterator[str]:
    waiting: list[Node | str] = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            yield node
            continue
        title = f'<bdi dir="auto">{escape(node.title)}</bdi>'
        title = f"<s>{title}</s>" if node.deleted else title
        title = f"<strong>{title}</strong>" if node.asked else title
        about = f" <small>{escape(node.about)}</small>" if node.about else ""
        yield f"<li>{title}{about}"
        waiting.append("</li>")
        if node.forks:
            waiting += ["</ul>", *reversed(node.forks), "<ul>"]
