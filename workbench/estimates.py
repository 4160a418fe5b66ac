"""How many tokens something is, estimated, with no tokeniser: a quarter of its characters.

It is OpenAI's own rule of thumb for English
(https://help.openai.com/en/articles/4936856-what-are-tokens-and-how-to-count-them). Frames, the
footer of the offline model and the budget of a compaction count by it, so that they agree.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from workbench import items as of
from workbench.items import Item

CHARACTERS_PER_TOKEN = 4


def text_tokens(text: str) -> int:
    """The tokens of a text, at least one."""
    return max(1, len(text) // CHARACTERS_PER_TOKEN)


def item_tokens(items: Iterable[Item]) -> int:
    """The tokens of what a person would read in ``items``, at least one each."""
    return sum(text_tokens(of.text(item)) for item in items)


def tool_tokens(name: str, description: str | None, schema: Any) -> int:
    """The tokens of a tool that is offered to a model; ``schema`` is that of its arguments."""
    return schema_tokens({"name": name, "description": description or "", "parameters": schema})


def schema_tokens(schema: Any) -> int:
    """The tokens of a JSON schema."""
    return text_tokens(json.dumps(schema, ensure_ascii=False, default=str))
