"""Encrypting and decrypting items of 300 bytes, beside the SDK's EncryptedSession: time and size.

Both sides turn items into what the store is given and back, in one process: the SDK's ``_wrap`` and
``_unwrap`` (Fernet), our `Cipher.seal` and `KeyRing.open_all`, JSON included on both sides. The raw
form, bytes without base64 and JSON, is measured to show what the SDK's layout costs.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from tests.bench.figures import Figure, compared
from tests.bench.sides import Sizes
from tests.bench.team import Team
from workbench.items import Item, decode, encode, user_message
from workbench.sessions.encryption.envelope import Cipher
from workbench.sessions.encryption.key_ring import KeyRing
from workbench.sessions.encryption.numbering import STEP

KEY = "your-32-byte-encryption-key-here"
SIZE = 300
"""Bytes of an item as JSON."""

Seal: TypeAlias = Callable[[Sequence[Item]], list[Any]]
Unseal: TypeAlias = Callable[[Sequence[Any]], list[Item]]


def an_item() -> Item:
    """A user's message that takes SIZE bytes."""
    return user_message("x" * (SIZE - len(encode(user_message("")))))


def encryption(_team: Team, sizes: Sizes) -> list[Figure]:
    """Times of sealing and opening, and the sizes of what is stored."""
    items = [an_item()] * max(10, sizes.history // 20)
    sides = {"SDK": sdk_side(), "ours": our_side(), "raw": raw_side()}
    rounds = [
        {name: once(name, *side, items) for name, side in sides.items()}
        for _ in range(1 + sizes.rounds)  # the first one warms up
    ]
    figures: list[Figure] = []
    for part, work in enumerate(("encrypting", "decrypting")):
        label = f"{work} an item of {SIZE} bytes"
        times = {name: [each[name][part] for each in rounds[1:]] for name in sides}
        figures.append(compared(label, times, 0.3, per=len(items)))
        raw = times | {"ours": times["raw"]}
        figures.append(compared(f"{label}, as bytes", raw, per=len(items)))
    return figures + sizes_of({name: seal([an_item()])[0] for name, (seal, _open) in sides.items()})


def once(name: str, seal: Seal, unseal: Unseal, items: Sequence[Item]) -> tuple[float, float]:
    """Seconds for sealing all items, and for opening them. Raises RuntimeError when they differ."""
    begun = time.perf_counter()
    stored = seal(items)
    sealed = time.perf_counter()
    found = unseal(stored)
    ended = time.perf_counter()
    if found != items:
        raise RuntimeError(f"{name} does not give back what it was given")
    return sealed - begun, ended - sealed


def sizes_of(stored: dict[str, Any]) -> list[Figure]:
    """Stored bytes of one item, as a share of the plain one."""
    theirs, ours, raw = len(encode(stored["SDK"])), len(encode(stored["ours"])), len(stored["raw"])
    told = f"{theirs} bytes"
    return [
        Figure("stored size", ours / SIZE, 1.5, sdk=told, ours=f"{ours} bytes"),
        Figure("stored size, as bytes", raw / SIZE, sdk=told, ours=f"{raw} bytes"),
    ]


def sdk_side() -> tuple[Seal, Unseal]:
    """The SDK's session over none: only its envelopes are asked for."""
    from agents.extensions.memory import EncryptedSession

    session: Any = EncryptedSession("demo", None, KEY)  # type: ignore[arg-type]
    return (
        lambda items: [session._wrap(item) for item in items],
        lambda sealed: [session._unwrap(item) for item in sealed],
    )


def our_side() -> tuple[Seal, Unseal]:
    """Envelopes in ascending order, read as a session reads them."""
    ring = KeyRing("demo", KEY)
    cipher = Cipher(KEY.encode(), "demo")

    def seal(items: Sequence[Item]) -> list[Any]:
        return [cipher.seal(encode(item).encode(), STEP * n) for n, item in enumerate(items, 1)]

    async def unseal(sealed: Sequence[Any]) -> list[Any]:
        texts, _numbers = await ring.open_all(sealed, plain=False)
        return [decode(text) for text in texts if text is not None]

    return seal, lambda sealed: asyncio.run(unseal(sealed))


def raw_side() -> tuple[Seal, Unseal]:
    """The same cipher with nothing around its bytes."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    cipher = AESGCM(KEY.encode())

    def seal(item: Item) -> bytes:
        nonce = os.urandom(12)
        return b"kid1" + nonce + cipher.encrypt(nonce, encode(item).encode()[1:-1], b"demo")

    def unseal(data: bytes) -> Item:
        return decode(b"{" + cipher.decrypt(data[4:16], data[16:], b"demo") + b"}")

    return lambda items: [seal(item) for item in items], lambda sealed: [*map(unseal, sealed)]
