"""``python -m tests.bench [names]``: the sessions beside the SDK's own, as a table of ratios.

Times are wall times; a ratio is ours / the SDK's ``SQLiteSession``, of the medians of interleaved
rounds in one run, and in brackets the lowest and the highest ratio of a round. Each side has a
process of its own. Both run with WAL and ``synchronous=FULL``; a run in which they don't stops.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from tests.bench.appends import first, many, one
from tests.bench.browser_chat import chat
from tests.bench.browser_grid import grid
from tests.bench.compaction import compaction
from tests.bench.encryption import encryption
from tests.bench.figures import Figure, table
from tests.bench.frames import frames, frames_1m
from tests.bench.loading import loading
from tests.bench.moving import moving
from tests.bench.paging import paging
from tests.bench.processes import processes
from tests.bench.reads import tail, whole
from tests.bench.redis import redis
from tests.bench.search import search
from tests.bench.sides import SIDES, Sizes, a_turn, close, durability
from tests.bench.team import Team

BENCHMARKS: dict[str, Callable[[Team, Sizes], list[Figure]]] = {
    "append": one,
    "many": many,
    "processes": processes,
    "read": whole,
    "tail": tail,
    "first": first,
    "load": loading,
    "redis": redis,
    "compaction": compaction,
    "encryption": encryption,
    "search": search,
    "moving": moving,
    "paging": paging,
    "frames": frames,
    "frames-1m": frames_1m,
    "chat": chat,
    "grid": grid,
}

TMPFS = Path("/dev/shm")


def main(argv: Sequence[str] | None = None) -> int:
    """Run what is named, all by default; returns 1 when a figure that was asked for is missed."""
    options = parser().parse_args(argv)
    with ExitStack() as stack:
        sizes = Sizes(
            disk=_folder(options.folder, stack),
            memory=_folder(TMPFS, stack) if os.access(TMPFS, os.W_OK) else None,
            rounds=options.rounds,
        )
        sizes = sizes.quick() if options.quick else sizes
        figures = measure(options.names or list(BENCHMARKS), sizes)
    shown = table(figures)
    print(shown)
    if options.markdown:
        options.markdown.write_text(shown + "\n", encoding="utf-8")
    return int(any(figure.reached is False for figure in figures) and not options.quick)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    ours = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    known = ", ".join(BENCHMARKS)
    ours.add_argument("names", nargs="*", type=_known, metavar="NAME", help=f"of {known}; or all")
    ours.add_argument("--rounds", type=int, default=9, help="at least 7 for figures that count")
    ours.add_argument("--quick", action="store_true", help="tiny sizes: does it work at all?")
    ours.add_argument("--markdown", type=Path, metavar="FILE", help="write the table there too")
    ours.add_argument("--folder", type=Path, help="on the disk to measure (default: temporary)")
    return ours


def measure(names: Sequence[str], sizes: Sizes) -> list[Figure]:
    """Run the benchmarks one after the other, telling what is under way on stderr."""
    _tell(f"durability: {asyncio.run(same_durability(sizes))}")
    figures: list[Figure] = []
    with Team() as team:
        for name in names:
            _tell(f"{name} ...")
            figures += BENCHMARKS[name](team, sizes)
    return figures


async def same_durability(sizes: Sizes) -> str:
    """What both sides run with. Raises RuntimeError when it differs: ratios would mean nothing."""
    found: dict[str, str] = {}
    for name in ("SDK", "ours"):
        session = SIDES[name]("durability", sizes.disk / f"durability-{name}.db")
        await session.add_items(a_turn(0))
        found[name] = await durability(session)
        await close(session)
    if len(set(found.values())) > 1:
        raise RuntimeError(f"the sides are not equally durable: {found}")
    return found["ours"]


def _known(name: str) -> str:
    if name not in BENCHMARKS:
        raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(BENCHMARKS)}")
    return name


def _folder(base: Path | None, stack: ExitStack) -> Path:
    return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-", dir=base)))


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
