"""The OpenAI Conversations store: items lie at OpenAI, or at any server of the same API.

What it keeps and guarantees is said on the page of `workbench.OpenAISession`. What the API has no
room for (names, keys, times and turns of items, the archive, writes under way) lies in the
workspace's companion file, `workbench.places.companion_file`, in the tables of
`workbench.stores.conversations.layout`; what it refuses, and in which form items come back, is in
`workbench.stores.conversations.items`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from types import EllipsisType
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote, urlencode

from workbench.errors import InvalidStoreURL
from workbench.items import Item
from workbench.loop import settle
from workbench.places import companion_file
from workbench.protocols import (
    PAGE,
    ArchivedItem,
    Edit,
    Key,
    SessionInfo,
    StoredItem,
    TurnRecord,
)
from workbench.stores.conversations import layout, write
from workbench.stores.conversations.about import described, infos, scrubbed
from workbench.stores.conversations.client import Connection
from workbench.stores.conversations.edit import archive, archive_of, edit, restore
from workbench.stores.conversations.importing import put
from workbench.stores.conversations.items import again, omitted, outgoing, trace
from workbench.stores.conversations.paging import read_page
from workbench.stores.conversations.scene import Companion, Scene, is_conversation_id
from workbench.stores.conversations.view import Wanted, look
from workbench.stores.keys import checked_after
from workbench.stores.urls import StoreURL, redacted

if TYPE_CHECKING:
    from openai import AsyncOpenAI

T = TypeVar("T")


class ConversationsStore:
    """Many sessions at one server of the Conversations API, with a companion file beside.

    Raises MissingKey, UnknownSession (a conversation that the server doesn't have), InvalidItem,
    Unsupported, CorruptItem, StoreUnreachable, StoreUnusable, StoreLocked, StoreFull.
    """

    def __init__(
        self,
        *,
        openai_client: AsyncOpenAI | None = None,
        base_url: str | None = None,
        companion: Path | None = None,
        timeout: float = 30.0,
        patience: float = 60.0,
        pace: float = 0.25,
    ) -> None:
        self.connection = Connection(
            openai_client, base_url, timeout=timeout, patience=patience, pace=pace
        )
        self.url = url_for(redacted(base_url) if base_url else None)
        self._local = Companion((companion or companion_file()).absolute())
        self._seen: dict[str, tuple[str | None, int]] = {}

    def __repr__(self) -> str:
        return f"ConversationsStore({self.url!r})"

    async def read(self, session_id: str, limit: int | None = None) -> list[Item]:
        """The newest ``limit`` items of a session, oldest first; all of them for None."""
        view = await self._at(session_id, lambda scene: look(scene, Wanted(limit)))
        return [entry.item for entry in view.entries]

    async def rows(self, session_id: str, limit: int | None = None) -> list[StoredItem]:
        """As `read`, with each item's key, time and turn, as far as they are known here."""
        view = await self._at(session_id, lambda scene: look(scene, Wanted(limit, keyed=True)))
        return [entry.stored() for entry in view.entries]

    async def page(
        self, session_id: str, after: Key | None = None, *, limit: int = PAGE
    ) -> list[StoredItem]:
        """The next ``limit`` items behind the key ``after``, oldest first; from the start: None."""
        last = checked_after(after)
        return await self._at(session_id, lambda scene: read_page(scene, last, limit))

    async def put(
        self,
        session_id: str,
        rows: Sequence[StoredItem | ArchivedItem],
        *,
        newest: Key | EllipsisType | None = ...,
    ) -> list[Key] | None:
        """Append ``rows`` as another session kept them; None when ``newest`` is not the newest.

        What `omits` tells of is left out, and has no key.
        """
        if not rows:
            return []
        keys = await self._change(session_id, lambda scene: put(scene, rows, newest))
        return None if keys is None else [*keys]

    def omits(self, item: Item) -> str | None:
        """Why ``item`` would be left out; None: it is kept. Raises InvalidItem if refused."""
        return omitted(item)

    async def append(
        self, session_id: str, items: Sequence[Item], *, turn_id: str | None = None
    ) -> list[Key]:
        """Append all of ``items`` or none; returns their keys. Reasoning that the API can't keep
        (without an id and without encrypted content) is left out."""
        sent = outgoing(items)
        if not sent:
            return []
        return [*await self._change(session_id, lambda scene: write.append(scene, sent, turn_id))]

    async def pop(self, session_id: str) -> Item | None:
        """Delete the newest item and return it."""
        return await self._change(session_id, write.pop)

    async def clear(self, session_id: str) -> None:
        """Delete all that is kept of a session, here and on the server, item by item.

        When the server can't be reached, the session is empty from then on all the same; what is
        there is deleted when the store is used again.
        """
        await self._change(session_id, write.clear)

    async def archive(self, session_id: str, keys: Sequence[Key], *, reason: str) -> int:
        """Move items to the archive in one step; keys that are not there are passed over."""
        return await self._change(session_id, lambda scene: archive(scene, keys, reason))

    async def archived(self, session_id: str) -> list[ArchivedItem]:
        """What the archive holds of a session, in the order it was archived."""
        scene = self._scene(session_id)
        return await archive_of(scene, (await scene.snapshot()).place)

    async def restore(self, session_id: str, keys: Sequence[Key]) -> int:
        """Move archived items back to their places in one step; unknown keys are passed over."""
        return await self._change(session_id, lambda scene: restore(scene, keys))

    async def edit(self, session_id: str, change: Edit) -> list[Key] | None:
        """Make one atomic change; the keys of what it inserted, or None when it did not apply.

        Raises Unsupported for one that needs a new conversation where the id is a conversation's.
        """
        keys = await self._change(session_id, lambda scene: edit(scene, change))
        return None if keys is None else [*keys]

    def recognises(self, given: Item, found: Item) -> bool:
        """Whether ``found`` is what becomes of ``given`` here; see `conversations_items`."""
        return trace(again([given])[0]) == trace(found)

    async def save_turn(self, session_id: str, record: TurnRecord) -> None:
        """Remember a turn; one with the same id is replaced."""
        await self.save_turns(session_id, [record])

    async def save_turns(self, session_id: str, records: Sequence[TurnRecord]) -> None:
        """Remember all of these turns or none of them; those with the same ids are replaced."""
        if not records:
            return
        base_url = self.connection.base_url
        conversation = session_id if is_conversation_id(session_id) else None
        place = await self._local.do(layout.ensure, base_url, session_id, conversation)
        await self._local.store.save_turns(place.owner, records)

    async def swap_turn(self, session_id: str, before: TurnRecord, after: TurnRecord) -> bool:
        """Put one record in the place of another, if that is what is remembered."""
        place = (await self._scene(session_id).snapshot()).place
        return place is not None and await self._local.store.swap_turn(place.owner, before, after)

    async def turns(self, session_id: str) -> list[TurnRecord]:
        """The turns of a session in the order they started."""
        place = (await self._scene(session_id).snapshot()).place
        return [] if place is None else await self._local.store.turns(place.owner)

    async def list_sessions(self) -> list[SessionInfo]:
        """The sessions that this workspace knows at this server, the last changed first.

        The API lists no conversations. ``n_items`` counts what was written or looked at here; it is
        None for a session that is named by a conversation's id.
        """
        return await self._local.look(infos, [], self.connection.base_url)

    async def describe(self, session_id: str) -> dict[str, str]:
        """Where the conversation lies, how long it stays, and what deleting leaves behind."""
        scene = self._scene(session_id)
        return described(scene, await scene.snapshot())

    async def scrub(self, session_id: str) -> list[str]:
        """Delete on the server what was deleted or rewritten before, overwrite it in the companion
        file; returns, in sentences, what could not be reached."""
        return await self._change(session_id, scrubbed)

    async def close(self) -> None:
        """Close the connections; the store opens them again when it is used again."""
        await self.connection.close()

    def _scene(self, session_id: str) -> Scene:
        return Scene(
            self.connection.api, self._local, self.connection.base_url, session_id, self._seen
        )

    async def _at(self, session_id: str, work: Callable[[Scene], Awaitable[T]]) -> T:
        async def here() -> T:
            return await work(self._scene(session_id))

        return await self.connection.run(here())

    async def _change(self, session_id: str, work: Callable[[Scene], Awaitable[T]]) -> T:
        """Do ``work`` while nobody else changes the conversation; to its end, once it has begun."""

        async def here() -> T:
            scene = self._scene(session_id)

            async def begun() -> T:
                return await work(scene)

            async with (await scene.lock()).held():
                return await settle(begun())

        return await self.connection.run(here())


def open_url(url: StoreURL) -> ConversationsStore:
    """``openai://`` or ``openai://?base_url=...``."""
    url.only("base_url", "timeout")
    if url.netloc or url.path not in ("", "/"):
        raise InvalidStoreURL(
            f"{redacted(url.text)!r} names no server: write openai:// or openai://?base_url=..."
        )
    base_url = url.options.get("base_url")
    if base_url and redacted(base_url) != base_url:
        raise InvalidStoreURL(
            f"{redacted(base_url)!r} holds a secret, and the URL of a store is remembered; set "
            "OPENAI_BASE_URL to it and write openai://"
        )
    return ConversationsStore(base_url=base_url, timeout=url.seconds("timeout", 30.0))


def url_for(base_url: str | None = None) -> str:
    """The store URL of a server; of the one that the environment names for None."""
    return "openai://" + (f"?base_url={quote(base_url, safe='/:*@')}" if base_url else "")


def place_of(url: StoreURL) -> str:
    """The server as it is named, and the companion file beside: another workspace is another."""
    return f"{url.scheme}://?{urlencode(sorted(url.options.items()))} {companion_file().resolve()}"
