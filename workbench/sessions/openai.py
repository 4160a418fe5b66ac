"""A session at OpenAI: a conversation of the Conversations API, under any name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.errors import InvalidValue
from workbench.sessions.sharing import SharingSession
from workbench.stores import open_store
from workbench.stores.conversations import ConversationsStore, url_for

if TYPE_CHECKING:
    from openai import AsyncOpenAI

    from workbench.protocols import Store


class OpenAISession(SharingSession):
    """A conversation at OpenAI, or at any server of the same Conversations API.

    ``session_id`` is any name (the workspace keeps which conversation it means; it is made with the
    first item), or a conversation's own id, ``conv_...``. ``openai_client`` is used on the caller's
    event loop and never closed; without it one is made for OPENAI_API_KEY and for ``base_url`` (or
    OPENAI_BASE_URL), shared by all sessions and closed with the last of them. The store URL is
    ``openai://``, with the options of `workbench.stores.conversations`.

    >>> session = wb.OpenAISession("conversation_123")
    >>> await session.add_items([{"role": "user", "content": "My name is John"}])
    >>> await session.get_items()
    [{'role': 'user', 'content': 'My name is John'}]

    Layout
        Items are those of the conversation at the service, in the API's own form, so that other
        tools see them; what the API has no type for, an encrypted item, is carried as a message.
        What it has no room for lies in ``companions.db`` of the workspace: which conversation a
        name means, keys, times and turns of items, the turns, the archive, and what is under way.
    Guarantees
        For all who share a workspace: an append is all or nothing however many requests it takes;
        after a lost reply nothing is written twice; archiving and editing are one step. A process
        that ends in between loses nothing: who uses the conversation next finishes or undoes what
        it began. Programs elsewhere that write to the conversation (the SDK's own
        ``OpenAIConversationsSession``, by its id) are welcome, and what they add and delete is
        seen. A busy service (429, a locked conversation) is waited for, a minute in all.
    Limits
        Items come back without the ids they had, as the API gives most its own (the SDK is told so,
        ``_ignore_ids_for_matching``), and reasoning with neither id nor encrypted content is left
        out. What the API refuses raises InvalidItem before anything is written. Only names that
        this workspace knows are listed, as the API lists no conversations; on another machine open
        one by its ``conv_...`` id. Programs elsewhere see chunks of 20 as they arrive, and for a
        moment what is archived here already. An item in front of others needs a new conversation,
        which the name then means; a session named by a ``conv_...`` id refuses. What was sent again
        after a time-out and arrives within a minute is deleted as a copy, and so is the very same
        content from elsewhere. On Windows one process at a time may write to a conversation.
    Costs
        A request for 100 items that are read, for 20 that are appended, for each one that is
        deleted; one more before an append by a process that has not seen the last change. Storage
        and traffic are the service's. A conversation never expires, unlike stored responses.
    To leave
        The SDK's ``OpenAIConversationsSession`` goes on with the conversation by its id, which
        ``%session info`` tells. ``wb.copy`` brings it to another store, ``wb.export`` to a file.
        ``%session delete`` removes each item at the service first, as the API deletes a
        conversation without its items; what the service keeps beyond that is up to its terms.
    """

    _ignore_ids_for_matching = True

    def __init__(
        self,
        session_id: str,
        *,
        openai_client: AsyncOpenAI | None = None,
        base_url: str | None = None,
        session_settings: Any = None,
    ) -> None:
        store: Store
        if openai_client is not None and base_url is not None:
            raise InvalidValue("openai_client has a base_url already; give one of the two")
        if openai_client is not None:
            store = ConversationsStore(openai_client=openai_client)
        else:
            store = open_store(url_for(base_url))
        super().__init__(store, session_id, session_settings=session_settings)
