"""Each store and each wrapper has a page, for ``?`` on its class and ``help`` of its module."""

from __future__ import annotations

import inspect
import pydoc
from importlib import import_module

import pytest

import workbench

PARTS = ("Layout", "Guarantees", "Limits", "Costs", "To leave")
"""What the page of each store and of each wrapper is made of, in this order."""
PAGES = {
    "CompactionSession": "workbench.sessions.compaction",
    "EncryptedSession": "workbench.sessions.encryption",
    "MemorySession": "workbench.sessions.memory",
    "OpenAISession": "workbench.sessions.openai",
    "RedisSession": "workbench.sessions.redis",
    "SQLiteSession": "workbench.sessions.sqlite",
}


@pytest.mark.parametrize("name", PAGES)
def test_a_store_and_a_wrapper_has_its_page_in_the_class_and_once_in_the_module(name: str) -> None:
    page = inspect.getdoc(getattr(workbench, name)) or ""
    assert tuple(line for line in page.splitlines() if line in PARTS) == PARTS
    for path in (PAGES[name], "workbench.sessions"):
        shown = pydoc.plain(pydoc.render_doc(import_module(path)))
        assert shown.count(page.splitlines()[0]) == 1


def test_what_helps_with_a_store_leads_to_its_page() -> None:
    for kind in ("sqlite", "redis", "conversations", "memory"):
        text = import_module(f"workbench.stores.{kind}").__doc__ or ""
        named = [name for name in PAGES if f"`workbench.{name}`" in text]
        assert len(named) == 1
