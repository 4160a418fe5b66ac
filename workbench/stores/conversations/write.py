"""What writes to one conversation: append, pop, clear. The caller holds its lock."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.items import Item
from workbench.stores.conversations import journal, layout
from workbench.stores.conversations.errors import Gone
from workbench.stores.conversations.layout import Place
from workbench.stores.conversations.listing import everything
from workbench.stores.conversations.scene import Scene, is_conversation_id
from workbench.stores.conversations.send import add
from workbench.stores.conversations.tidy import clean, tidy
from workbench.stores.conversations.view import Wanted, look


async def append(scene: Scene, sent: Sequence[Item], turn_id: str | None) -> list[int]:
    """Add items that `outgoing` has made, all or none; their keys."""
    await tidy(scene)
    place = await placed(scene)
    anchor = await anchored(scene, place)
    try:
        return await add(scene, place, sent, anchor=anchor, turn_id=turn_id)
    except Gone:
        raise scene.unknown(str(place.conversation)) from None


async def placed(scene: Scene) -> Place:
    """The session's place, with a conversation on the server; made for a name that is new."""
    place = (await scene.snapshot()).place
    if place is not None and place.conversation is not None:
        return place
    name = scene.session_id
    if is_conversation_id(name):
        if not await scene.api.exists(name):
            raise scene.unknown(name)
        made = name
    else:
        made = await scene.api.create(metadata(name))
    place = await scene.local.do(layout.ensure, scene.base_url, name, made)
    if made != name:
        scene.seen[made] = None, place.revision
    return place


def metadata(name: str) -> dict[str, str]:
    """What the server is told of a conversation: the session's name, as far as there is room."""
    return {"workbench_session": name[:512]}


async def anchored(scene: Scene, place: Place) -> str | None:
    """The newest item on the server: what comes behind it is what is written next."""
    conversation = place.conversation
    assert conversation is not None
    newest, revision = scene.seen.get(conversation, (None, -1))
    if revision == place.revision:
        return newest
    try:
        listed = (await scene.api.page(conversation, limit=1)).items
    except Gone:
        raise scene.unknown(conversation) from None
    return str(listed[0]["id"]) if listed else None


async def pop(scene: Scene) -> Item | None:
    """Take the newest item away and return it; None when there is none."""
    await tidy(scene)
    while True:
        view = await look(scene, Wanted(1), locked=True)
        if not view.entries:
            return None
        newest = view.entries[-1]
        conversation = scene.conversation(view.known)
        assert conversation is not None
        taken = await scene.api.remove(conversation, newest.item_id)
        if view.known.place is not None:
            await scene.local.do(journal.popped, view.known.place, newest.item_id)
        if taken:  # or another program was quicker, and has it
            return newest.item


async def clear(scene: Scene) -> None:
    """Forget all that is kept of the session, then delete it on the server."""
    known = await scene.snapshot()
    place = known.place
    if place is None and is_conversation_id(scene.session_id):
        if not await scene.api.exists(scene.session_id):
            return
        place = await scene.local.do(
            layout.ensure, scene.base_url, scene.session_id, scene.session_id
        )
    if place is not None:
        await scene.local.do(journal.cleared, place, await _all_ids(scene, place))
    await clean(scene)  # what an earlier call could not delete, too


async def _all_ids(scene: Scene, place: Place) -> list[str]:
    """The items of a conversation that has to stay, since the session's id is its id."""
    if not place.as_is or place.conversation is None:
        return []
    try:
        return await everything(scene.api, place.conversation)
    except Gone:
        return []
