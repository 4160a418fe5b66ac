"""Many conversations as one Dask DataFrame: ``wb.to_dask``.

What travels from here to a worker is where a conversation is and which part of it is wanted. The
worker opens the store itself; no item, no password and no key goes through the client, the graph or
the dashboard. A worker looks passwords and keys up as everybody does: in its environment
(``WORKBENCH_REDIS_PASSWORD``, ``WORKBENCH_KEY``) or its keyring.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from workbench import loop
from workbench.errors import InvalidValue, MissingExtra, Unsupported
from workbench.frames.columns import build_frame
from workbench.frames.parquet import TABLE_COLUMNS
from workbench.stores.sqlite import file_of
from workbench.stores.urls import StoreURL, redacted
from workbench.verbs.fleet import Member, chosen, fleet, lengths, opened
from workbench.verbs.stream import SIZE, Stream

if TYPE_CHECKING:
    import pandas as pd

PAGES = 10
"""Pages of `SIZE` items that are one partition."""

PARTITIONS = 1_000
"""Above so many sessions, short ones share a partition: each one costs Dask a millisecond."""


@dataclass(frozen=True, slots=True)
class Part:
    """One partition: some sessions, or the pages ``start`` to ``stop`` of a long one."""

    members: tuple[Member, ...]
    start: int = 0
    stop: int | None = None


def to_dask(
    store: str | Iterable[str] | None,
    *,
    sessions: str | Iterable[str] | None = None,
    decrypt: bool = False,
) -> Any:
    """The sessions of a store as a lazy Dask DataFrame with the columns of ``wb.history``.

    ``store`` is a store's URL, a list of them, or None for the named sessions of the workspace;
    ``sessions`` are the ids (names) that are wanted, None for all. Which sessions there are is
    asked now; their items are read by the workers, from the store, when something is computed.
    ``item`` is JSON text, so that rows can be shuffled. A session is a partition; one of more than
    100,000 items is several, and of very many sessions short ones share one.

    Works with threads, processes and ``dask.distributed``. Every worker has to reach the store: a
    SQLite file by its absolute path, a server by its address; passwords and keys are looked up
    there (``WORKBENCH_REDIS_PASSWORD``, ``WORKBENCH_KEY``). Encrypted items come as they are
    stored; with ``decrypt`` as plain text, which workers that run short of memory may put on disk.

    Raises MissingExtra without Dask, Unsupported for a store in memory, NotFound for a store
    without sessions, UnknownSession, StoreError; while computing, what ``wb.iter_history`` does.

    >>> turn = wb.ask("demo", "My name is John", store="sqlite:///chats.db")
    >>> fleet = wb.to_dask("sqlite:///chats.db")
    >>> fleet.groupby("role").size().compute().to_dict()
    {'assistant': 1, 'user': 1}
    """
    dask, frames = _dask()
    members = [each for url in _urls(store) for each in loop.run(fleet(url))]
    members = chosen(members, sessions)
    for url in {each.store for each in members}:
        _check_shared(url)
    # The columns are Arrow's already; what Dask would make text of, of itself, is none.
    with dask.config.set({"dataframe.convert-string": False}):
        return frames.from_map(
            read_part,
            parts(members, loop.run(lengths(members))),
            decrypt=decrypt,
            meta=build_frame(TABLE_COLUMNS, []),
            label="conversations",
        )


def parts(members: Sequence[Member], items: Sequence[int | None]) -> list[Part]:
    """The partitions of sessions of which the lengths are known or not."""
    most = PAGES * SIZE
    share = -(-len(members) // PARTITIONS)
    found: list[Part] = []
    for _store, group in groupby(zip(members, items, strict=True), key=lambda each: each[0].store):
        short: list[tuple[Member, int]] = []
        for member, count in group:
            if count is not None and count > most:
                found += _split(member, count)
                continue
            if len(short) == share or sum(n for _, n in short) + (count or 0) > most:
                found += _shared(short)
                short = []
            short.append((member, count or 0))
        found += _shared(short)
    return found


def read_part(part: Part, *, decrypt: bool, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """The frame of a partition, read in the process that calls this; only some columns if asked."""
    import pandas as pd

    names = [each.name for each in TABLE_COLUMNS] if columns is None else list(columns)
    # Of no column at all the length is still wanted.
    kept = [each for each in TABLE_COLUMNS if each.name in (names or ["session_id"])]
    frames: list[pd.DataFrame] = []
    for member in part.members:
        with Stream(loop.run(opened(member, decrypt=decrypt)), size=SIZE) as stream:
            stream.survey()
            frames += stream.frames(kept, start=part.start, stop=part.stop)
    return pd.concat(frames, ignore_index=True)[names]


def _split(member: Member, count: int) -> list[Part]:
    """The last one has no end: it takes what has been appended by the time it is read."""
    starts = range(0, -(-count // SIZE), PAGES)
    return [
        Part((member,), start, None if start == starts[-1] else start + PAGES) for start in starts
    ]


def _shared(short: Sequence[tuple[Member, int]]) -> list[Part]:
    return [Part(tuple(member for member, _count in short))] if short else []


def _urls(store: str | Iterable[str] | None) -> list[str | None]:
    if store is None or isinstance(store, str):
        return [store]
    if not isinstance(store, Iterable):
        raise InvalidValue(
            f"store is a store's URL or a list of them, not a {type(store).__name__}"
        )
    urls: list[str | None] = list(store)
    if not urls:
        raise InvalidValue("store is an empty list: give one store's URL at least")
    return [url for at, url in enumerate(urls) if url not in urls[:at]]


def _check_shared(url: str) -> None:
    parsed = StoreURL.parse(url)
    if parsed.scheme == "memory" or (parsed.scheme == "sqlite" and file_of(parsed) is None):
        raise Unsupported(
            f"{redacted(url)} is in this process alone, where no worker can read it; wb.copy its "
            "sessions to a file or a server, or use wb.iter_history"
        )


def _dask() -> tuple[Any, Any]:
    try:
        import dask
        import dask.dataframe as frames
    except ImportError:
        raise MissingExtra(
            "wb.to_dask needs Dask: pip install 'conversation-workbench[dask]'"
        ) from None
    return dask, frames
