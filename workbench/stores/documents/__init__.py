"""A store of your own in four functions: derive from `DocumentStore`.

`to_lines` and `from_lines` turn the `Conversation` that it saves and loads into text and back.
"""

from __future__ import annotations

from workbench.stores.documents.conversation import Conversation, Row
from workbench.stores.documents.lines import from_lines, to_lines
from workbench.stores.documents.store import DocumentStore

__all__ = ["Conversation", "DocumentStore", "Row", "from_lines", "to_lines"]
