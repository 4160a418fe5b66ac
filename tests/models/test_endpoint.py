from __future__ import annotations

import agents
import pytest
from openai import AsyncOpenAI

from workbench.models.endpoint import endpoint


def test_nothing_set_is_no_endpoint() -> None:
    assert endpoint() is None


@pytest.mark.parametrize("blank", ["", "  "])
def test_a_blank_key_is_no_key(monkeypatch: pytest.MonkeyPatch, blank: str) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", blank)
    monkeypatch.setenv("OPENAI_BASE_URL", blank)
    assert endpoint() is None


def test_a_key_alone_means_openai(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    monkeypatch.setenv("OPENAI_BASE_URL", "")
    found = endpoint()
    assert found is not None
    assert found.url == "https://api.openai.com/v1"
    assert not found.local


def test_a_local_url_needs_no_key_and_openais_own_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:11434/v1")
    found = endpoint()
    assert found is not None
    assert found.local
    assert found.key
    monkeypatch.setenv("OPENAI_BASE_URL", "https://eu.api.openai.com/v1")
    assert endpoint() is None


def test_what_was_given_to_the_sdk_comes_before_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-environment")
    agents.set_default_openai_key("sk-sdk", use_for_tracing=False)
    found = endpoint()
    assert found is not None
    assert found.key == "sk-sdk"
    client = AsyncOpenAI(api_key="sk-client", base_url="http://127.0.0.1:9/v1")
    agents.set_default_openai_client(client, use_for_tracing=False)
    found = endpoint()
    assert found is not None
    assert found.client is client


def test_a_key_does_not_show_in_a_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    assert "sk-secret" not in repr(endpoint())
