"""What there is to say of a conversation besides its items."""

from __future__ import annotations

import sqlite3

from workbench.errors import StoreError
from workbench.protocols import SessionInfo
from workbench.stores.conversations.journal import Snapshot
from workbench.stores.conversations.scene import Scene, is_conversation_id
from workbench.stores.conversations.tidy import clean, tidy
from workbench.stores.sqlite.layout import moment

_SESSIONS = """SELECT name, conversation, created_at, updated_at,
        (SELECT count(*) FROM conversations_items AS i WHERE i.place = p.place)
    FROM conversations_places AS p
    WHERE base_url = ? AND conversation IS NOT NULL
    ORDER BY updated_at DESC, place DESC"""

KEEPS = (
    "What the service keeps (logs, backups) is up to its terms; responses that model calls stored "
    "stay there (ModelSettings(store=False) stores none)"
)


_DELETES_ALL = (
    "each item is removed at the service first: the API deletes a conversation without them. "
    f"{KEEPS}"
)
_DELETES_ITEMS = (
    f"each item is removed at the service; the conversation stays there, empty. {KEEPS}"
)


def infos(db: sqlite3.Connection, base_url: str) -> list[SessionInfo]:
    """The sessions known at a server, the last changed first."""
    return [
        SessionInfo(name, moment(created), moment(updated), None if name == conversation else count)
        for name, conversation, created, updated, count in db.execute(_SESSIONS, (base_url,))
    ]


def described(scene: Scene, known: Snapshot) -> dict[str, str]:
    """Lines for ``%session info``."""
    lines = {
        "server": scene.base_url,
        "conversation": scene.conversation(known) or "none yet; made by the first item",
        "expires": "never: conversations have no expiry, unlike stored responses (30 days); it "
        "stays until it is deleted",
        "deleting": _DELETES_ITEMS if is_conversation_id(scene.session_id) else _DELETES_ALL,
    }
    waiting = len(known.hidden) + len(known.left)
    if waiting:
        lines["still to delete there"] = f"{waiting}, at the next use"
    return lines


async def scrubbed(scene: Scene) -> list[str]:
    """Delete what is still to be deleted; in sentences what could not be reached."""
    remaining = [KEEPS]
    try:
        await tidy(scene)
        await clean(scene)
    except StoreError as exc:
        remaining.append(
            f"{scene.base_url} could not be reached to delete what was deleted here; that is done "
            f"at the next use ({type(exc).__name__})"
        )
    own = getattr(scene.local.store, "scrub", None)
    place = (await scene.snapshot()).place
    if own is not None and place is not None:
        remaining += await own(place.owner)
    return remaining
