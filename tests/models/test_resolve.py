from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import agents
import openai
import pytest
from agents import (
    Agent,
    Model,
    ModelProvider,
    MultiProvider,
    OpenAIChatCompletionsModel,
    OpenAIResponsesModel,
    RunConfig,
    Runner,
    SQLiteSession,
    function_tool,
)
from openai import AsyncOpenAI
from pydantic import BaseModel

from tests.openai_server import OpenAIServer, openai_server
from workbench.errors import InvalidValue, MissingKey, ModelError
from workbench.models import OfflineModel, WorkbenchProvider, is_offline, model_label, resolve_model


@function_tool
def add(a: int, b: int) -> int:
    """Add."""
    return a + b


class Person(BaseModel):
    name: str


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAIServer]:
    """A real HTTP endpoint, set in the environment with a key."""
    with openai_server() as running:
        monkeypatch.setenv("OPENAI_API_KEY", "sk-test-key")
        monkeypatch.setenv("OPENAI_BASE_URL", running.url)
        yield running


def turns(
    *messages: str, stream: bool = False, api: Any = None, **agent: Any
) -> tuple[list[Any], WorkbenchProvider]:
    """Final outputs of the messages, turn by turn in one session, through a provider of ours."""

    async def run() -> tuple[list[Any], WorkbenchProvider]:
        made = Agent(name="A", **agent)
        outputs = []
        with closing(SQLiteSession("s", ":memory:")) as session:
            async with WorkbenchProvider(api=api) as provider:
                config = RunConfig(model_provider=provider, tracing_disabled=True)
                for message in messages:
                    if stream:
                        result = Runner.run_streamed(
                            made, message, session=session, run_config=config
                        )
                        async for _ in result.stream_events():
                            pass
                        outputs.append(result.final_output)
                    else:
                        done = await Runner.run(made, message, session=session, run_config=config)
                        outputs.append(done.final_output)
        return outputs, provider

    return asyncio.run(run())


PATHS = {"responses": "/v1/responses", "chat_completions": "/v1/chat/completions"}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("api", PATHS)
def test_a_conversation_with_a_real_endpoint(server: OpenAIServer, api: str, stream: bool) -> None:
    outputs, provider = turns(
        "My name is John", "What's my name?", stream=stream, api=api, model="gpt-5.2"
    )
    assert outputs == ["Nice to meet you, John.", "Your name is John."]
    assert not provider.used_offline
    assert {request.path for request in server.requests} == {PATHS[api]}
    assert {request.body["model"] for request in server.requests} == {"gpt-5.2"}
    assert {bool(request.body.get("stream")) for request in server.requests} == {stream}
    assert {request.headers["authorization"] for request in server.requests} == {
        "Bearer sk-test-key"
    }


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("api", PATHS)
def test_tools_run_through_a_real_endpoint(server: OpenAIServer, api: str, stream: bool) -> None:
    outputs, _ = turns("call add with a=2 and b=3", stream=stream, api=api, tools=[add])
    assert outputs == ["add says: 5"]
    assert len(server.requests) == 2


@pytest.mark.parametrize("api", PATHS)
def test_structured_output_comes_through_a_real_endpoint(server: OpenAIServer, api: str) -> None:
    outputs, _ = turns("My name is John", api=api, output_type=Person, model="gpt-5.2")
    assert outputs == [Person(name="John")]
    assert len(server.requests) == 1


def test_a_prefix_forces_the_api_for_one_model(server: OpenAIServer) -> None:
    turns("hello", model="chat:meta/llama-3")
    turns("hello", model="responses:gpt-5.2", api="chat_completions")
    assert [(each.path, each.body["model"]) for each in server.requests] == [
        ("/v1/chat/completions", "meta/llama-3"),
        ("/v1/responses", "gpt-5.2"),
    ]


def test_a_name_with_slashes_goes_to_a_local_server_as_it_is(server: OpenAIServer) -> None:
    turns("hello", model="meta/llama-3")
    assert server.requests[0].body["model"] == "meta/llama-3"


def test_a_local_server_needs_no_key(server: OpenAIServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    outputs, provider = turns("My name is John")
    assert outputs == ["Nice to meet you, John."]
    assert len(server.requests) == 1
    assert not provider.used_offline


def test_without_a_key_the_offline_model_answers_and_the_provider_says_so() -> None:
    outputs, provider = turns("My name is John", "What's my name?")
    assert outputs == ["Nice to meet you, John.", "Your name is John."]
    assert provider.used_offline


@pytest.mark.parametrize("default", ["gpt-4o", "litellm/x"])
def test_the_sdks_default_name_does_not_count_as_asked_for(
    monkeypatch: pytest.MonkeyPatch, default: str
) -> None:
    monkeypatch.setenv("OPENAI_DEFAULT_MODEL", default)
    assert is_offline(WorkbenchProvider().get_model(None))


@pytest.mark.parametrize("name", ["gpt-5.2", "openai/gpt-5.2", "chat:gpt-5.2", "responses:x"])
def test_a_model_asked_for_by_name_without_a_key_is_an_error_with_the_way_out(name: str) -> None:
    with pytest.raises(MissingKey, match="OPENAI_API_KEY") as caught:
        turns("hello", model=name)
    for word in (name.split(":")[-1], "OPENAI_BASE_URL", "offline"):
        assert word in str(caught.value)


def test_offline_can_be_asked_for_although_there_is_a_key(server: OpenAIServer) -> None:
    _, provider = turns("hello", model="offline")
    assert provider.used_offline
    assert server.requests == []


def test_a_key_that_is_set_later_counts_from_the_next_turn_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with openai_server() as running:

        async def run() -> list[bool]:
            async with WorkbenchProvider() as provider:
                before = is_offline(provider.get_model(None))
                monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
                monkeypatch.setenv("OPENAI_BASE_URL", running.url)
                return [before, is_offline(provider.get_model(None))]

        assert asyncio.run(run()) == [True, False]


def test_a_key_or_client_given_to_the_sdk_is_used(server: OpenAIServer) -> None:
    agents.set_default_openai_key("sk-sdk", use_for_tracing=False)
    turns("hello")
    assert server.requests[-1].headers["authorization"] == "Bearer sk-sdk"

    async def with_client() -> bool:
        async with AsyncOpenAI(api_key="sk-client", base_url=server.url) as client:
            agents.set_default_openai_client(client, use_for_tracing=False)
            async with WorkbenchProvider() as provider:
                config = RunConfig(model_provider=provider, tracing_disabled=True)
                await Runner.run(Agent(name="A"), "hello", run_config=config)
            return client.is_closed()

    assert not asyncio.run(with_client())
    assert server.requests[-1].headers["authorization"] == "Bearer sk-client"


def test_a_failing_endpoint_is_the_sdks_error_and_never_the_offline_model(
    server: OpenAIServer,
) -> None:
    server.fail_next(status=401)
    with pytest.raises(openai.AuthenticationError):
        turns("hello")
    server.fail_next(status=500, times=3)
    with pytest.raises(openai.InternalServerError):
        turns("hello")
    assert len(server.requests) == 4


@pytest.mark.parametrize("api", PATHS)
def test_a_stream_that_is_cut_is_an_error_not_a_short_answer(
    server: OpenAIServer, api: str
) -> None:
    server.fail_next(cut=True)
    with pytest.raises(Exception, match=r"incomplete|final response|peer closed|[Cc]onnection"):
        turns("My name is John", stream=True, api=api)


class OwnProvider(ModelProvider):
    """A provider as a user writes one."""

    def __init__(self) -> None:
        self.closed = False

    def get_model(self, model_name: str | None) -> Model:
        return OpenAIResponsesModel(model_name or "own", AsyncOpenAI(api_key="k"))

    async def aclose(self) -> None:
        self.closed = True


def test_a_provider_of_ones_own_is_asked_and_not_closed() -> None:
    async def run() -> tuple[str, str, bool, bool]:
        base = OwnProvider()
        async with WorkbenchProvider(base) as provider:
            labels = [model_label(provider.get_model(name)) for name in (None, "other")]
            offline = is_offline(provider.get_model("offline"))
        return labels[0], labels[1], offline, base.closed

    assert asyncio.run(run()) == ("own", "other", True, False)


def test_the_sdks_provider_as_a_base_falls_back_too(
    server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")

    async def label() -> str:
        async with WorkbenchProvider(MultiProvider()) as provider:
            return model_label(provider.get_model(None))

    assert asyncio.run(label()) != "offline"
    monkeypatch.delenv("OPENAI_BASE_URL")
    assert asyncio.run(label()) == "offline"
    with pytest.raises(MissingKey):
        WorkbenchProvider(MultiProvider()).get_model("gpt-5.2")


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(InvalidValue, match="api"):
        WorkbenchProvider(api="chat")  # type: ignore[arg-type]
    with pytest.raises(InvalidValue, match="base"):
        WorkbenchProvider(MultiProvider(), api="responses")
    with pytest.raises(ModelError, match="prefix"):
        WorkbenchProvider(OwnProvider()).get_model("chat:x")
    with pytest.raises(ModelError, match="names no model"):
        WorkbenchProvider().get_model("chat:")


def test_an_unknown_prefix_names_the_model_and_the_way_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    with pytest.raises(ModelError, match=r"nowhere/x.*chat:"):
        WorkbenchProvider().get_model("nowhere/x")


def test_names_resolve_and_a_model_stays_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    own = OfflineModel()
    assert resolve_model(own) is own
    assert is_offline(resolve_model(None))
    assert is_offline(resolve_model("offline"))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    assert isinstance(resolve_model("gpt-5.2"), OpenAIResponsesModel)
    assert isinstance(resolve_model("chat:gpt-5.2"), OpenAIChatCompletionsModel)


def test_labels_are_short_and_hold_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    provider = WorkbenchProvider()
    assert model_label(None) == "default"
    assert model_label(OfflineModel()) == "offline"
    assert model_label(provider.get_model("gpt-5.2")) == "gpt-5.2"
    assert len(model_label("x" * 500)) <= 60
    assert "\n" not in model_label("two\nlines")
    assert "sk-secret" not in repr(provider)
