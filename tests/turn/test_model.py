from __future__ import annotations

import pytest
from agents import RunConfig

from workbench.turn.model import choose


@pytest.mark.parametrize(
    ("key", "url", "traced"),
    [
        (None, None, False),
        (None, "http://127.0.0.1:1/v1", False),
        ("sk-none", None, True),
        ("sk-none", "https://eu.api.openai.com/v1", True),
        ("sk-none", "http://127.0.0.1:1/v1", False),
    ],
)
def test_what_is_said_to_another_server_is_not_traced_to_openai(
    key: str | None, url: str | None, traced: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("OPENAI_API_KEY", key), ("OPENAI_BASE_URL", url)):
        if value is not None:
            monkeypatch.setenv(name, value)
    assert choose(None).config.tracing_disabled is not traced
    assert choose(None, run_config=RunConfig()).config.tracing_disabled is False


@pytest.mark.parametrize("key", [None, "sk-none"])
def test_it_is_not_said_that_a_key_is_missing_where_there_is_one(
    key: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if key is not None:
        monkeypatch.setenv("OPENAI_API_KEY", key)
    choice = choose(None, model="offline")
    choice.look()
    assert choice.offline
    assert choice.without_key is (key is None)
