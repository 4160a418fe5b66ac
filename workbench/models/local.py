"""What the models that answer in this process have in common: no network, one answer at a time."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agents import (
    AgentOutputSchemaBase,
    Handoff,
    Model,
    ModelResponse,
    ModelSettings,
    ModelTracing,
    Tool,
    TResponseInputItem,
    generation_span,
)

from workbench.errors import InvalidValue
from workbench.models.events import stream_events
from workbench.models.response import response

if TYPE_CHECKING:
    from agents.items import TResponseStreamEvent
    from openai.types.responses.response_prompt_param import ResponsePromptParam


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, as `agents.Model.get_response` is given it."""

    instructions: str | None
    items: str | list[TResponseInputItem]
    settings: ModelSettings
    tools: Sequence[Tool]
    schema: AgentOutputSchemaBase | None
    handoffs: Sequence[Handoff[Any, Any]]
    previous_response_id: str | None
    conversation_id: str | None


class LocalModel(Model):
    """Answers in one piece (`answer`), which a stream cuts into words.

    ``delay`` is the time between two words of a stream, in seconds. Raises InvalidValue.
    """

    def __init__(self, model: str, *, delay: float) -> None:
        if not 0 <= delay < 60:
            raise InvalidValue(f"delay is seconds between words, from 0 to 60, not {delay!r}")
        self.model = model
        self.delay = delay

    @property
    def name(self) -> str:
        """What the model is called, in footers."""
        return self.model

    @abstractmethod
    def answer(self, asked: Asked) -> ModelResponse:
        """The answer, in one piece."""

    async def get_response(
        self,
        system_instructions: str | None,
        input: str | list[TResponseInputItem],
        model_settings: ModelSettings,
        tools: list[Tool],
        output_schema: AgentOutputSchemaBase | None,
        handoffs: list[Handoff[Any, Any]],
        tracing: ModelTracing,
        *,
        previous_response_id: str | None,
        conversation_id: str | None,
        prompt: ResponsePromptParam | None,
    ) -> ModelResponse:
        """The answer to ``input``; a prompt that lies on OpenAI's servers plays no part in it."""
        with generation_span(model=self.model, disabled=tracing.is_disabled()):
            return self.answer(
                Asked(
                    system_instructions,
                    input,
                    model_settings,
                    tools,
                    output_schema,
                    handoffs,
                    previous_response_id,
                    conversation_id,
                )
            )

    async def stream_response(
        self,
        system_instructions: str | None,
        input: str | list[TResponseInputItem],
        model_settings: ModelSettings,
        tools: list[Tool],
        output_schema: AgentOutputSchemaBase | None,
        handoffs: list[Handoff[Any, Any]],
        tracing: ModelTracing,
        *,
        previous_response_id: str | None,
        conversation_id: str | None,
        prompt: ResponsePromptParam | None,
    ) -> AsyncIterator[TResponseStreamEvent]:
        """The same answer word by word, as the events of the Responses API."""
        made = await self.get_response(
            system_instructions,
            input,
            model_settings,
            tools,
            output_schema,
            handoffs,
            tracing,
            previous_response_id=previous_response_id,
            conversation_id=conversation_id,
            prompt=prompt,
        )
        for event in stream_events(response(made, model=self.model)):
            yield event
            # Even without a delay the loop gets its turn, so that a stream can be cancelled.
            words = event.type == "response.output_text.delta"
            await asyncio.sleep(self.delay if words else 0)
