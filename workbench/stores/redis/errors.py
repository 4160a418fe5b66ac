"""What Redis and redis-py say, in the workbench's errors: what happened, where, and the way out."""

from __future__ import annotations

from workbench.errors import (
    PasswordRequired,
    StoreError,
    StoreFull,
    StoreLocked,
    StoreReadOnly,
    StoreUnreachable,
    StoreUnusable,
)

NOTHING = "Nothing of this was written"

_TRANSLATIONS: tuple[tuple[tuple[str, ...], type[StoreError], str], ...] = (
    (
        ("OutOfMemoryError", "OOM "),
        StoreFull,
        f"has used up its memory. {NOTHING}; raise maxmemory, or give sessions a ttl",
    ),
    (
        ("ReadOnlyError", "READONLY"),
        StoreReadOnly,
        f"is a read-only replica. {NOTHING}; name its master",
    ),
    (
        ("MISCONF",),
        StoreReadOnly,
        f"refuses writes because it can't save to its own disk. {NOTHING}; see the server's log",
    ),
    (
        ("NOREPLICAS",),
        StoreReadOnly,
        f"refuses writes because too few replicas follow it. {NOTHING}; see min-replicas-to-write",
    ),
    (
        ("WRONGTYPE",),
        StoreUnusable,
        f"keeps something else under the keys of this session. {NOTHING}; choose another session "
        "id, or another prefix (redis://HOST?prefix=...)",
    ),
    (
        ("NOAUTH", "Authentication required"),
        PasswordRequired,
        "asks for a password: redis://:PASSWORD@HOST or redis://USER:PASSWORD@HOST",
    ),
    (
        ("WRONGPASS", "invalid password", "invalid username-password", "without any password"),
        PasswordRequired,
        "does not know this user and password",
    ),
    (
        ("NoPermissionError", "NOPERM"),
        StoreUnusable,
        f"does not allow this user to do that. {NOTHING}; sessions need their own keys "
        "(agents:session:*, workbench:*) and EVAL, EVALSHA, LRANGE, HVALS, SCAN",
    ),
    (
        ("ClusterCrossSlotError", "MovedError", "AskError"),
        StoreUnusable,
        "is part of a cluster: write redis+cluster://HOST:PORT",
    ),
    (
        ("cluster support disabled",),
        StoreUnusable,
        "is no cluster: write redis://HOST:PORT",
    ),
    (
        ("DB index", "Invalid Database", "SELECT is not allowed"),
        StoreUnusable,
        "has no database of this number",
    ),
    (
        ("BUSY ",),
        StoreLocked,
        f"is held by a script of another program. {NOTHING}; try again when that has ended",
    ),
    (
        ("UNSURE",),
        StoreUnreachable,
        "lost its reply to a write, and so many writes came in since that it can't be told any "
        "more whether this one was done; look at the newest items before you write it again",
    ),
)


def translated(exc: BaseException, name: str, *, sent: bool = True) -> StoreError:
    """The workbench's error for one of redis-py's; ``name`` is the server as a message shows it.

    ``sent``: a write may have reached the server, and no answer to it came back.
    """
    from redis.exceptions import ResponseError

    said = str(exc)
    told = f"{type(exc).__name__} {said}"  # redis-py leaves the code out where it has a class
    for parts, error, advice in _TRANSLATIONS:
        if any(part in told for part in parts):
            return error(f"{name} {advice}")
    if isinstance(exc, ResponseError) and not is_passing(exc):
        return StoreError(f"{name} refused: {_first_words(said)}")
    if "certificate" in said.lower() or "SSL" in said:
        return StoreUnusable(
            f"{name} can't be trusted over TLS: {_first_words(said)}; name its authority with "
            "rediss://HOST?ssl_ca_certs=FILE"
        )
    known = (
        "It is not known whether what was sent was written: look at the newest items, and try again"
        if sent
        else f"{NOTHING}; see that it runs and that the address is right, and try again"
    )
    return StoreUnreachable(f"{name} can't be reached: {_first_words(said)}. {known}")


def is_passing(exc: BaseException) -> bool:
    """Whether the same may succeed a moment later: a lost connection, a failover, a start."""
    from redis import exceptions

    final = (
        exceptions.AuthenticationError,
        exceptions.AuthorizationError,
    )
    passing = (
        exceptions.ConnectionError,
        exceptions.TimeoutError,
        exceptions.ClusterDownError,
        exceptions.TryAgainError,
        exceptions.AskError,
        OSError,
    )
    if isinstance(exc, passing):
        return not isinstance(exc, final)
    return any(word in f"{type(exc).__name__} {exc}" for word in ("MasterDownError", "BUSY "))


def was_answered(exc: BaseException) -> bool:
    """Whether the server itself said no, so that nothing was done."""
    from redis.exceptions import ResponseError

    return isinstance(exc, ResponseError)


def was_refused(exc: BaseException) -> bool:
    """Whether nothing was sent: nobody listened, or the name is not known."""
    from redis import exceptions

    text = str(exc)
    words = (
        "connecting to",
        "Connection refused",
        "No such file",
        "Name or service",
        "getaddrinfo",
    )
    return isinstance(exc, (exceptions.ConnectionError, exceptions.TimeoutError)) and any(
        word in text for word in words
    )


def _first_words(said: str) -> str:
    # Behind this Redis repeats the words of a command, which may be an item's.
    return " ".join(said.partition(", with args")[0].split())[:200].rstrip(". ")
