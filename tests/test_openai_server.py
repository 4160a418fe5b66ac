from __future__ import annotations

import time
from collections.abc import Iterator

import openai
import pytest
from openai import OpenAI

from tests.openai_server import OpenAIServer, openai_server


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with openai_server() as running:
        yield running


@pytest.fixture
def client(server: OpenAIServer) -> Iterator[OpenAI]:
    with OpenAI(api_key="sk-test", base_url=server.url, max_retries=0) as made:
        yield made


def test_a_response_is_whole_and_looks_like_any_servers(client: OpenAI) -> None:
    made = client.responses.create(model="m", input="My name is John")
    assert made.output_text == "Nice to meet you, John."
    assert made.model == "m"
    assert made.usage is not None
    assert made.usage.total_tokens > 0
    assert "offline" not in made.model_dump_json()
    assert "estimated" not in made.model_dump_json()


def test_a_stream_of_a_response_gives_words_and_ends_completed(client: OpenAI) -> None:
    with client.responses.create(model="m", input="My name is John", stream=True) as stream:
        events = list(stream)
    words = [event.delta for event in events if event.type == "response.output_text.delta"]
    assert "".join(words) == "Nice to meet you, John."
    assert events[-1].type == "response.completed"


def test_chat_completions_recall_what_was_said(client: OpenAI) -> None:
    made = client.chat.completions.create(
        model="m",
        messages=[
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "My name is John"},
            {"role": "assistant", "content": "Hello"},
            {"role": "user", "content": [{"type": "text", "text": "What's my name?"}]},
        ],
    )
    assert made.choices[0].message.content == "Your name is John."
    assert made.choices[0].finish_reason == "stop"


def test_a_chat_stream_ends_with_usage_when_asked_for(client: OpenAI) -> None:
    with client.chat.completions.create(
        model="m",
        messages=[{"role": "user", "content": "My name is John"}],
        stream=True,
        stream_options={"include_usage": True},
    ) as stream:
        chunks = list(stream)
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert text == "Nice to meet you, John."
    assert chunks[-1].usage is not None


def test_requests_are_recorded_with_headers_and_body(server: OpenAIServer, client: OpenAI) -> None:
    client.responses.create(model="m", input="hi", extra_headers={"X-Test": "yes"})
    (request,) = server.requests
    assert request.path == "/v1/responses"
    assert request.headers["x-test"] == "yes"
    assert request.headers["authorization"] == "Bearer sk-test"
    assert request.body["input"] == "hi"


def test_a_text_can_be_put_into_its_mouth_once(server: OpenAIServer, client: OpenAI) -> None:
    server.answer_next("<script>alert(1)</script>")
    texts = [client.responses.create(model="m", input="hello").output_text for _ in range(2)]
    assert texts[0] == "<script>alert(1)</script>"
    assert texts[1] != texts[0]


def test_it_fails_as_told_and_only_then(server: OpenAIServer, client: OpenAI) -> None:
    server.fail_next(status=500)
    server.fail_next(status=401)
    with pytest.raises(openai.InternalServerError):
        client.responses.create(model="m", input="hi")
    with pytest.raises(openai.AuthenticationError):
        client.responses.create(model="m", input="hi")
    assert client.responses.create(model="m", input="hi").output_text


def test_a_cut_answer_never_looks_whole(server: OpenAIServer, client: OpenAI) -> None:
    server.fail_next(cut=True, times=2)
    with pytest.raises(Exception, match=r"closed|incomplete|Connection"):
        client.responses.create(model="m", input="My name is John")
    with (
        pytest.raises(Exception, match=r"closed|incomplete|Connection"),
        client.responses.create(model="m", input="My name is John", stream=True) as stream,
    ):
        list(stream)


def test_a_slow_answer_comes_late_and_does_not_hold_up_the_end(server: OpenAIServer) -> None:
    server.fail_next(delay=60)
    begun = time.perf_counter()
    with (
        OpenAI(api_key="k", base_url=server.url, max_retries=0, timeout=0.3) as impatient,
        pytest.raises(openai.APITimeoutError),
    ):
        impatient.responses.create(model="m", input="hi")
    assert time.perf_counter() - begun < 10


def test_models_are_listed_and_other_paths_are_unknown(client: OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["test"]
    with pytest.raises(openai.NotFoundError):
        client.embeddings.create(model="m", input="x")
    with pytest.raises(openai.BadRequestError, match="offline model can't fill"):
        client.responses.create(
            model="m",
            input="hi",
            text={
                "format": {
                    "type": "json_schema",
                    "name": "x",
                    "strict": True,
                    "schema": {
                        "type": "object",
                        "properties": {"a": {"type": "integer"}},
                        "required": ["a"],
                    },
                }
            },
        )
