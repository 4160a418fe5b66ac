"""Redis: round trips and time of an append, many sessions at once, and a long history.

The server is one of our own, on loopback, and keeps nothing on disk: what is timed is the way there
and back. Round trips are counted by the server itself, as the times that it read from a client.
"""

from __future__ import annotations

import asyncio

from tests.bench.figures import Figure, compared
from tests.bench.plans import all_append, sessions
from tests.bench.redis_sides import place
from tests.bench.sides import Sizes, a_history
from tests.bench.team import Order, Team
from tests.redis_server import RedisServer, redis_server
from workbench.stores import open_store

TTL = 3600
ONE_ASKED = 0.3
MANY_ASKED = 0.12
READ_ASKED = 0.7


def redis(team: Team, sizes: Sizes) -> list[Figure]:
    """Everything that is asked of the Redis sessions."""
    with redis_server() as server:
        figures = [asyncio.run(_round_trips(server, ttl, sizes)) for ttl in (None, TTL)]
        for ttl in (None, TTL):
            times = _appending(team, sizes, server, ttl, 1, sizes.appends)
            name = f"Redis: append of a turn{_with(ttl)}"
            figures.append(compared(name, times, ONE_ASKED, per=sizes.appends))
        for ttl in (None, TTL):
            times = _appending(team, sizes, server, ttl, 16, sizes.each)
            name = f"Redis: 16 sessions at once{_with(ttl)}"
            figures.append(compared(name, times, MANY_ASKED, per=16 * sizes.each))
        return figures + _reading(team, sizes, server)


def _with(ttl: int | None) -> str:
    return "" if ttl is None else ", with a ttl"


async def _round_trips(server: RedisServer, ttl: int | None, sizes: Sizes) -> Figure:
    """How often the server had to read for an append, with one session."""
    found: dict[str, float] = {}
    for name in ("SDK", "ours"):
        async with sessions(f"Redis: {name}", 1, place(server.port, ttl)) as opened:
            await all_append(opened, 2)
            before = _reads(server)
            asking = _reads(server) - before
            before = _reads(server)
            await all_append(opened, sizes.each)
            found[name] = (_reads(server) - before - asking) / sizes.each
    work = f"Redis: round trips an append{_with(ttl)}"
    counts = {name: f"{value:.3g}" for name, value in found.items()}
    return Figure(work, found["ours"], 1.0, unit="", sdk=counts["SDK"], ours=counts["ours"])


def _reads(server: RedisServer) -> int:
    return int(server.do("INFO", "stats")["total_reads_processed"])


def _appending(
    team: Team, sizes: Sizes, server: RedisServer, ttl: int | None, count: int, each: int
) -> dict[str, list[float]]:
    """Seconds in which ``count`` sessions, all at once, append ``each`` turns, for each side."""

    def order(side: str) -> Order:
        server.empty()
        shared = {"count": count, "each": each, "calls": 1, "log": 0}
        return Order(f"Redis: {side}", "appending", {"path": place(server.port, ttl), **shared})

    return team.interleaved({side: order(side) for side in ("SDK", "ours")}, sizes.rounds)


def _reading(team: Team, sizes: Sizes, server: RedisServer) -> list[Figure]:
    """All items of a long history: time, and the longest stall of the event loop."""
    asyncio.run(_write_history(server, sizes))
    name = f"Redis: reading {sizes.history} items"
    figures: list[Figure] = []
    for stall in (False, True):
        arguments = {"path": place(server.port, None), "name": "long", "stall": stall}
        orders = {side: Order(f"Redis: {side}", "reading", arguments) for side in ("SDK", "ours")}
        times = team.interleaved(orders, sizes.rounds)
        title = f"stall while {name}" if stall else name
        figures.append(compared(title, times, None if stall else READ_ASKED))
    return figures


async def _write_history(server: RedisServer, sizes: Sizes) -> None:
    server.empty()
    store = open_store(server.url)
    await store.append("long", a_history(sizes.history))
    await store.close()
