from __future__ import annotations

import httpx2
import openai
import pytest

from workbench.turn.advice import advice

REQUEST = httpx2.Request("POST", "http://localhost:11434/v1/responses")


@pytest.fixture(autouse=True)
def ollama(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://me:secret@localhost:11434/v1")


def test_a_server_that_is_not_there_is_named_without_its_password() -> None:
    said = advice(openai.APIConnectionError(request=REQUEST), "gpt-5.2")
    assert said == "see that the server at localhost:11434 runs, and that OPENAI_BASE_URL is right"


def test_a_server_that_lacks_the_model_or_the_api_is_told_apart_by_trying() -> None:
    answer = httpx2.Response(404, request=REQUEST)
    said = advice(openai.NotFoundError("404", response=answer, body=None), "gpt-5.2")
    assert "may not have the model 'gpt-5.2'" in said
    assert "chat:NAME" in said


def test_a_slow_server_is_not_said_to_be_missing() -> None:
    assert "in time" in advice(openai.APITimeoutError(REQUEST), "gpt-5.2")


def test_nothing_is_added_where_the_error_says_it_or_the_service_is_openais(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert advice(ValueError("x"), "gpt-5.2") == ""
    monkeypatch.setenv("OPENAI_BASE_URL", "https://api.openai.com/v1")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    assert advice(openai.APIConnectionError(request=REQUEST), "gpt-5.2") == ""
