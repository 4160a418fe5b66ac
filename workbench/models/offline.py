"""The offline model: answers from the items it is given, by rules, with no language model at all.

It is what a conversation runs on while no API key is set. It is deterministic: the same items give
the same text. It never pretends to be a language model, and every trace of it is marked: the ids of
its responses and items begin with ``resp_offline_``, ``msg_offline_``, ``fc_offline_`` and
``call_offline_``, and its token counts carry ``estimated=True`` in their details.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from agents import (
    AgentOutputSchemaBase,
    FunctionTool,
    Handoff,
    Model,
    ModelBehaviorError,
    ModelResponse,
    ModelSettings,
    Tool,
    TResponseInputItem,
    Usage,
)

from workbench.errors import OfflineModelError
from workbench.models.local import Asked, LocalModel
from workbench.models.questions import HOW
from workbench.models.reading import read
from workbench.models.reply import Reply, reply
from workbench.models.requests import Offered
from workbench.models.response import MARK, NAME, output, usage
from workbench.models.structured import structured

if TYPE_CHECKING:
    from workbench.models.replay import ReplayModel


class OfflineModel(LocalModel):
    """A model of the SDK that needs no key and no network; see the module's text.

    ``delay`` is the time between two words of a stream, in seconds.

    >>> from agents import Agent, Runner
    >>> agent = Agent(name="Assistant", model=wb.OfflineModel())
    >>> result = await Runner.run(agent, "My name is John")
    >>> result.final_output
    'Nice to meet you, John.'
    """

    estimates_usage: ClassVar[bool] = True
    """Its token counts are those of `workbench.estimates`, marked as said in the module's text."""

    def __init__(self, *, delay: float = 0.0) -> None:
        super().__init__(NAME, delay=delay)

    @classmethod
    def replay(
        cls, path: str | os.PathLike[str], *, strict: bool = True, delay: float = 0.0
    ) -> ReplayModel:
        """A model that says again what ``wb.record`` wrote to the file ``path``.

        It answers a request with what was recorded for it: the same turn so far, after the same
        conversation where that matters. Tools really run, and have to answer as they did; with
        ``strict=False`` they may answer something else. Its turns are labelled ``replay:NAME``,
        their tokens are those that were recorded. A request that was not recorded raises
        NotRecorded, which names the prompt that comes next.

        Raises NotFound and CorruptFile: no recording, cut short, changed, of a later version.

        >>> turn = wb.ask("demo", "My name is John")
        >>> written = wb.record("demo", "demo.yaml")
        >>> wb.ask("again", "My name is John", model=wb.OfflineModel.replay("demo.yaml")).model
        'replay:demo.yaml'
        """
        from workbench.models.replay import ReplayModel

        return ReplayModel(path, strict=strict, delay=delay)

    def __repr__(self) -> str:
        return "OfflineModel()" if not self.delay else f"OfflineModel(delay={self.delay})"

    def answer(self, asked: Asked) -> ModelResponse:
        """The answer by rules. Raises OfflineModelError for what only a real model can do."""
        _refuse_server_state(asked.previous_response_id, asked.conversation_id)
        offered = _offered(asked.tools, asked.handoffs)
        reply = _reply(asked.items, asked.settings, offered, asked.schema)
        made = output(reply, asked.settings)
        return ModelResponse(
            output=made,
            usage=usage(asked.instructions, asked.items, offered, made, _schema(asked.schema)),
            response_id=MARK + uuid.uuid4().hex,
            raw_usage={"estimated": True} if asked.settings.preserve_raw_usage else None,
        )


def is_offline(made: object) -> bool:
    """Whether ``made`` is the offline model, or a ModelResponse or Response that it made."""
    if isinstance(made, Model):
        return isinstance(made, OfflineModel)
    identity = getattr(made, "response_id", None) or getattr(made, "id", None)
    return isinstance(identity, str) and identity.startswith(MARK)


def usage_is_estimated(usage: Usage) -> bool:
    """Whether any request in ``usage`` was counted by the offline model's rule of thumb.

    It holds for the sum of a run too, and after a RunState was stored: the mark lies in the
    details of each request.
    """
    details = [usage.input_tokens_details]
    details += [entry.input_tokens_details for entry in usage.request_usage_entries]
    return any(getattr(each, "estimated", False) is True for each in details)


def _refuse_server_state(previous_response_id: str | None, conversation_id: str | None) -> None:
    if previous_response_id or conversation_id:
        which = "conversation_id" if conversation_id else "previous_response_id"
        raise OfflineModelError(
            f"{which} names a history on OpenAI's servers, which the offline model can't read: "
            f"give Runner.run a session, or the items. {HOW}"
        )


def _offered(tools: Sequence[Tool], handoffs: Sequence[Handoff[Any, Any]]) -> list[Offered]:
    """Tools and handoffs as plain data; what is no function runs on a server."""
    offered = [
        Offered(tool.name, "function", tool.params_json_schema, description=tool.description)
        if isinstance(tool, FunctionTool)
        else Offered(tool.name, "hosted")
        for tool in tools
    ]
    return offered + [
        Offered(
            each.tool_name,
            "handoff",
            each.input_json_schema,
            agent=each.agent_name,
            description=each.tool_description,
        )
        for each in handoffs
    ]


def _schema(schema: AgentOutputSchemaBase | None) -> Mapping[str, Any] | None:
    return None if schema is None or schema.is_plain_text() else schema.json_schema()


def _reply(
    given: str | list[TResponseInputItem],
    settings: ModelSettings,
    offered: Sequence[Offered],
    schema: AgentOutputSchemaBase | None,
) -> Reply:
    entries = read(given)
    choice = settings.tool_choice
    name = choice if choice is None or isinstance(choice, str) else choice.name
    made = reply(entries, offered, choice=name)
    if made.calls or schema is None or schema.is_plain_text():
        return made
    text = structured(schema.json_schema(), entries, made.text)
    try:
        schema.validate_json(text)
    except ModelBehaviorError as error:
        raise OfflineModelError(
            f"what the conversation says does not fit the output type {schema.name()}. {HOW}"
        ) from error
    return Reply(text)
