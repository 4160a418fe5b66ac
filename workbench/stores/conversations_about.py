"""What there is to say of a conversation besides its items."""

from __future__ import annotations

import sqlite3

from workbench.errors import StoreError
from workbench.protocols import SessionInfo
from workbench.stores.conversations_journal import Snapshot
from workbench.stores.conversations_scene import Scene
from workbench.stores.conversations_tidy import clean
from workbench.stores.sqlite_layout import moment

_SESSIONS = """SELECT name, conversation, created_at, updated_at,
        (SELECT count(*) FROM conversations_items AS i WHERE i.place = p.place)
    FROM conversations_places AS p
    WHERE base_url = ? AND conversation IS NOT NULL
    ORDER BY updated_at DESC, place DESC"""

KEEPS = (
    "clearing deletes each item at the service, then the conversation. What the service keeps "
    "beyond that (logs for watching abuse, backups) is up to its own terms, and so are responses "
    "that were stored by the model calls (ModelSettings(store=False) stores none)"
)


def infos(db: sqlite3.Connection, base_url: str) -> list[SessionInfo]:
    """The sessions known at a server, the last changed first."""
    return [
        SessionInfo(name, moment(created), moment(updated), None if name == conversation else count)
        for name, conversation, created, updated, count in db.execute(_SESSIONS, (base_url,))
    ]


def described(scene: Scene, known: Snapshot) -> dict[str, str]:
    """Lines for ``%session info``."""
    place = known.place
    lines = {
        "server": scene.base_url,
        "conversation": scene.conversation(known) or "none yet; made by the first item",
        "expires": "never: conversations have no expiry, unlike stored responses (30 days); it "
        "stays until it is deleted",
        "deleting": KEEPS,
    }
    if place is not None and not place.as_is:
        lines["deleting"] += (
            ". A conversation that is deleted elsewhere leaves its items at the service: the API "
            "deletes a conversation without them"
        )
    waiting = len(known.hidden) + len(known.left)
    if waiting:
        lines["still to delete there"] = f"{waiting}, at the next use"
    return lines


async def scrubbed(scene: Scene) -> list[str]:
    """Delete what is still to be deleted; in sentences what could not be reached."""
    remaining = [f"at the service: {KEEPS}"]
    try:
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
