"""A finished response as the events of a stream, in the order the Responses API sends them.

https://platform.openai.com/docs/api-reference/responses-streaming
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count
from typing import Any

from openai.types.responses import (
    Response,
    ResponseCompletedEvent,
    ResponseContentPartAddedEvent,
    ResponseContentPartDoneEvent,
    ResponseCreatedEvent,
    ResponseFunctionCallArgumentsDeltaEvent,
    ResponseFunctionCallArgumentsDoneEvent,
    ResponseFunctionToolCall,
    ResponseInProgressEvent,
    ResponseOutputItemAddedEvent,
    ResponseOutputItemDoneEvent,
    ResponseOutputMessage,
    ResponseOutputText,
    ResponseStreamEvent,
    ResponseTextDeltaEvent,
    ResponseTextDoneEvent,
)

# A zero-width split: unlike a pattern that takes the spaces along, it is linear on long runs.
_WORD_START = re.compile(r"(?<=\s)(?=\S)")


def words(text: str) -> list[str]:
    """``text`` in pieces of one word with the space after it; joined they give ``text``."""
    return [piece for piece in _WORD_START.split(text) if piece]


def stream_events(response: Response) -> Iterator[ResponseStreamEvent]:
    """Every event of ``response``, numbered from 0, its text word by word."""
    number = count()
    begun = response.model_copy(update={"output": [], "status": "in_progress", "usage": None})
    yield ResponseCreatedEvent(
        type="response.created", response=begun, sequence_number=next(number)
    )
    yield ResponseInProgressEvent(
        type="response.in_progress", response=begun, sequence_number=next(number)
    )
    for index, item in enumerate(response.output):
        if isinstance(item, ResponseOutputMessage):
            yield from _message(item, index, number)
        elif isinstance(item, ResponseFunctionToolCall):
            yield from _call(item, index, number)
        else:
            yield from _whole(item, index, number)
    yield ResponseCompletedEvent(
        type="response.completed", response=response, sequence_number=next(number)
    )


def _whole(item: Any, index: int, number: Iterator[int]) -> Iterator[ResponseStreamEvent]:
    """An item of a hosted tool, without the progress that a service reports of each kind."""
    yield ResponseOutputItemAddedEvent(
        type="response.output_item.added",
        item=item,
        output_index=index,
        sequence_number=next(number),
    )
    yield ResponseOutputItemDoneEvent(
        type="response.output_item.done",
        item=item,
        output_index=index,
        sequence_number=next(number),
    )


def _message(
    item: ResponseOutputMessage, index: int, number: Iterator[int]
) -> Iterator[ResponseStreamEvent]:
    yield ResponseOutputItemAddedEvent(
        type="response.output_item.added",
        item=item.model_copy(update={"content": [], "status": "in_progress"}),
        output_index=index,
        sequence_number=next(number),
    )
    for place, part in enumerate(item.content):
        if isinstance(part, ResponseOutputText):
            yield from _text(item.id, index, place, part, number)
    yield ResponseOutputItemDoneEvent(
        type="response.output_item.done",
        item=item,
        output_index=index,
        sequence_number=next(number),
    )


def _text(
    identity: str, index: int, place: int, part: ResponseOutputText, number: Iterator[int]
) -> Iterator[ResponseStreamEvent]:
    yield ResponseContentPartAddedEvent(
        type="response.content_part.added",
        item_id=identity,
        output_index=index,
        content_index=place,
        part=part.model_copy(update={"text": ""}),
        sequence_number=next(number),
    )
    for piece in words(part.text):
        yield ResponseTextDeltaEvent(
            type="response.output_text.delta",
            item_id=identity,
            output_index=index,
            content_index=place,
            delta=piece,
            logprobs=[],
            sequence_number=next(number),
        )
    yield ResponseTextDoneEvent(
        type="response.output_text.done",
        item_id=identity,
        output_index=index,
        content_index=place,
        text=part.text,
        logprobs=[],
        sequence_number=next(number),
    )
    yield ResponseContentPartDoneEvent(
        type="response.content_part.done",
        item_id=identity,
        output_index=index,
        content_index=place,
        part=part,
        sequence_number=next(number),
    )


def _call(
    item: ResponseFunctionToolCall, index: int, number: Iterator[int]
) -> Iterator[ResponseStreamEvent]:
    identity = item.id or item.call_id
    yield ResponseOutputItemAddedEvent(
        type="response.output_item.added",
        item=item.model_copy(update={"arguments": "", "status": "in_progress"}),
        output_index=index,
        sequence_number=next(number),
    )
    yield ResponseFunctionCallArgumentsDeltaEvent(
        type="response.function_call_arguments.delta",
        item_id=identity,
        output_index=index,
        delta=item.arguments,
        sequence_number=next(number),
    )
    # The name belongs to the event in some versions of openai and is an extra in others.
    yield ResponseFunctionCallArgumentsDoneEvent.model_validate(
        {
            "type": "response.function_call_arguments.done",
            "item_id": identity,
            "output_index": index,
            "name": item.name,
            "arguments": item.arguments,
            "sequence_number": next(number),
        }
    )
    yield ResponseOutputItemDoneEvent(
        type="response.output_item.done",
        item=item,
        output_index=index,
        sequence_number=next(number),
    )
