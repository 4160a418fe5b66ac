"""What a copy from a file to Redis can't do without: the same bytes read, sent and read back.

Nothing is checked, labelled or resumable here, and one step waits for the one before.
"""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

PAGE = 1_000
_PAGE = """SELECT id, message_data FROM agent_messages
    WHERE session_id = ? AND id > ? ORDER BY id LIMIT ?"""


def bare_copy(path: Path, session_id: str, url: str) -> float:
    """Seconds for all items of a session, from the file to a list in Redis and back."""
    from redis import Redis

    last, back = -1, 0
    with Redis.from_url(url) as client:
        begun = time.perf_counter()
        db = sqlite3.connect(path)
        while found := db.execute(_PAGE, (session_id, last, PAGE)).fetchall():
            client.rpush("bare", *[text for _key, text in found])
            back += len(client.lrange("bare", back, -1))
            last = found[-1][0]
        db.close()
        seconds = time.perf_counter() - begun
        if back != client.llen("bare"):
            raise RuntimeError("the list in Redis is not what was put there")
        client.delete("bare")
    return seconds
