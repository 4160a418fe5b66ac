"""What a Redis server does to keep a session, and to get rid of what was deleted."""

from __future__ import annotations

import asyncio
from typing import Any

from workbench.errors import StoreError
from workbench.stores.redis.layout import Keys
from workbench.stores.redis.lines import Way
from workbench.stores.redis.ticket import Request

LOOKS = 0.05
"""Seconds between two looks at a server that writes its files."""
PATIENCE = 120.0
"""Seconds that it may take for that."""


async def described(way: Way, keys: Keys, ttl: float | None) -> dict[str, str]:
    """When the session expires, whether it can be evicted, what a restart leaves of it."""
    left = int(await way.do(Request(("PTTL", keys.session), int, keys.session)))
    told = {"expires": _expiry(left, ttl)}
    try:
        memory = await _info(way, keys, "memory")
        persistence = await _info(way, keys, "persistence")
        save = await _setting(way, keys, "save")
    except StoreError:
        return told  # this user may not ask
    policy = memory.get("maxmemory_policy", "noeviction")
    if memory.get("maxmemory", "0") != "0" and policy != "noeviction":
        told["eviction"] = f"{policy}: a server that runs out of memory may delete this session"
    if persistence.get("aof_enabled") == "1":
        told["kept"] = "in an append-only file on the server's disk"
    elif save:
        told["kept"] = f"in snapshots on the server's disk (save {save})"
    elif save == "":
        told["kept"] = "in the server's memory only: a restart loses it"
    return told


def _expiry(left: int, ttl: float | None) -> str:
    """``left``: milliseconds, -1 for never, -2 where nothing is kept yet."""
    if ttl is not None:
        told = f"{duration(ttl)} after the last write"
        return f"{told}, in {duration(left / 1000)} from now" if left >= 0 else told
    return f"in {duration(left / 1000)}, as another program has set it" if left >= 0 else "never"


def duration(seconds: float) -> str:
    """A time in the largest unit of which there are two at least, rounded."""
    for name, size in (("days", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{round(seconds / size)} {name}"
    return f"{seconds:.3g} s"


async def scrubbed(way: Way, keys: Keys) -> list[str]:
    """Have the server that keeps a session write its files anew; what that could not reach."""
    try:
        before = await _info(way, keys, "persistence")
        replicas = (await _info(way, keys, "replication")).get("connected_slaves", "0")
    except StoreError as exc:
        return [f"Whether the server keeps files could not be asked: {exc}."]
    left: list[str] = []
    if before.get("aof_enabled") == "1":
        left += await _again(way, keys, ("BGREWRITEAOF",), "aof_rewrite", "append-only file")
    if await _has_snapshots(way, keys, before):
        left += await _again(way, keys, ("BGSAVE",), "rdb_bgsave", "snapshot")
    if replicas != "0":
        left.append(
            f"The server has {replicas} replica(s), which keep files of their own: have those "
            "written anew too (BGREWRITEAOF, BGSAVE)."
        )
    return left


async def _has_snapshots(way: Way, keys: Keys, persistence: dict[str, str]) -> bool:
    """Whether there may be a snapshot: one was saved or loaded, or is saved now and then.

    A server that keeps nothing on its disk is not made to.
    """
    try:
        if await _setting(way, keys, "save"):
            return True
        uptime = int((await _info(way, keys, "server")).get("uptime_in_seconds", "0"))
        now = int((await way.do(Request(("TIME",), list, keys.session)))[0])
    except StoreError:
        return True
    saved = int(persistence.get("rdb_last_save_time", "0"))
    loaded = int(persistence.get("rdb_last_load_keys_loaded", "0"))
    return loaded > 0 or persistence.get("rdb_saves", "0") != "0" or saved > now - uptime + 1


async def _again(way: Way, keys: Keys, command: tuple[str], name: str, what: str) -> list[str]:
    """Have a file written from now on, and wait for it; what went wrong, in sentences."""
    deadline = asyncio.get_running_loop().time() + PATIENCE
    try:
        await _idle(way, keys, name, deadline)  # one that is under way began before the deletion
        await way.do(Request(command, str, keys.session))
        told = await _idle(way, keys, name, deadline)
    except (StoreError, TimeoutError) as exc:
        return [f"The server's {what} may still hold what was deleted ({command[0]}: {exc})."]
    status = told.get(
        "aof_last_bgrewrite_status" if name == "aof_rewrite" else "rdb_last_bgsave_status"
    )
    if status != "ok":
        return [f"The server could not write its {what} anew; see its log for the reason."]
    return []


async def _idle(way: Way, keys: Keys, name: str, deadline: float) -> dict[str, str]:
    while True:
        told = await _info(way, keys, "persistence")
        busy = ("aof_rewrite_in_progress", "aof_rewrite_scheduled", "rdb_bgsave_in_progress")
        if not any(told.get(each, "0") == "1" for each in busy):
            return told
        if asyncio.get_running_loop().time() > deadline:
            raise TimeoutError(f"not done within {PATIENCE:g} s")
        await asyncio.sleep(LOOKS)


async def _info(way: Way, keys: Keys, section: str) -> dict[str, str]:
    return await way.do(Request(("INFO", section), _parsed, keys.session))


def _parsed(reply: Any) -> dict[str, str]:
    """What INFO told; a client that was lent to us has parsed it already."""
    if isinstance(reply, dict):
        return {str(name): str(value) for name, value in reply.items()}
    text = reply.decode() if isinstance(reply, bytes) else str(reply)
    lines = (line.partition(":") for line in text.splitlines() if ":" in line)
    return {name: value for name, _colon, value in lines}


async def _setting(way: Way, keys: Keys, name: str) -> str | None:
    """A setting of the server; None where it does not tell."""
    reply = await way.do(Request(("CONFIG", "GET", name), list_or_dict, keys.session))
    return reply.get(name)


def list_or_dict(reply: Any) -> dict[str, str]:
    """What CONFIG GET told, as a client of ours or one that was lent to us has it."""
    if isinstance(reply, dict):
        return {_text(name): _text(value) for name, value in reply.items()}
    words = [_text(each) for each in reply]
    return dict(zip(words[::2], words[1::2], strict=True))


def _text(word: Any) -> str:
    return word.decode() if isinstance(word, bytes) else str(word)
