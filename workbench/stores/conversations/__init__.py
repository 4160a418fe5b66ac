"""OpenAI Conversations: the service keeps them. See `workbench.stores.conversations.store`."""

from __future__ import annotations

from workbench.stores.conversations.store import ConversationsStore, open_url, place_of, url_for

__all__ = ["ConversationsStore", "open_url", "place_of", "url_for"]
