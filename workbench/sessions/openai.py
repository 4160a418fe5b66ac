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
    """A conversation at OpenAI; see `workbench.stores.conversations` for what the store guarantees.

    ``session_id`` is any name (the workspace keeps which conversation it means; it is made with the
    first item), or a conversation's own id, ``conv_...``. ``openai_client`` is used on the caller's
    event loop and never closed; without it one is made for OPENAI_API_KEY and for ``base_url`` (or
    OPENAI_BASE_URL), shared by all sessions and closed with the last of them.

    The API gives most items ids of its own, so items come back without those they had; the SDK is
    told so (``_ignore_ids_for_matching``).
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
