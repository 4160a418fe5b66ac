"""OpenAI Conversations: the service keeps them. Their page is that of `workbench.OpenAISession`.

URL: ``openai://``, ``openai://?base_url=http://127.0.0.1:9000/v1``; option ``timeout`` (seconds for
one request). The key is never part of it: OPENAI_API_KEY, or what the SDK was given.
"""

from __future__ import annotations

from workbench.stores.conversations.store import ConversationsStore, open_url, place_of, url_for

__all__ = ["ConversationsStore", "open_url", "place_of", "url_for"]
