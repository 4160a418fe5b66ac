from __future__ import annotations

import asyncio
import logging
from queue import SimpleQueue
from typing import Any

import pytest

from workbench.errors import StoreError
from workbench.widgets.requests import Requests, in_words

PATIENCE = 10


@pytest.fixture
def replies() -> SimpleQueue[dict[str, Any]]:
    return SimpleQueue()


@pytest.fixture
def requests(replies: SimpleQueue[dict[str, Any]]) -> Requests:
    return Requests(replies.put)


async def value(given: Any) -> Any:
    return given


async def failing(exc: BaseException) -> None:
    raise exc


async def endless() -> None:
    await asyncio.Event().wait()


def test_what_the_work_returns_is_the_answer(
    requests: Requests, replies: SimpleQueue[dict[str, Any]]
) -> None:
    requests.begin("1", value([1, 2]))
    assert replies.get(timeout=PATIENCE) == {"answer": "1", "value": [1, 2]}


def test_an_error_of_ours_is_said_in_its_own_words(
    requests: Requests, replies: SimpleQueue[dict[str, Any]]
) -> None:
    requests.begin("1", failing(StoreError("the disk is full")))
    assert replies.get(timeout=PATIENCE) == {"answer": "1", "error": "the disk is full"}


def test_an_unexpected_error_is_an_answer_too_and_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING, logger="workbench"):
        assert in_words(ZeroDivisionError("by nought")) == "ZeroDivisionError: by nought"
    assert caplog.records[0].exc_info


def test_a_request_is_stopped_by_its_id_and_others_go_on(
    requests: Requests, replies: SimpleQueue[dict[str, Any]]
) -> None:
    requests.begin("long", endless())
    requests.begin("other", endless())
    requests.stop("long")
    assert replies.get(timeout=PATIENCE) == {"answer": "long", "stopped": True}
    assert replies.empty()
    requests.stop_all()
    assert replies.get(timeout=PATIENCE) == {"answer": "other", "stopped": True}


def test_stopping_what_is_not_there_does_nothing(
    requests: Requests, replies: SimpleQueue[dict[str, Any]]
) -> None:
    requests.stop("never")
    requests.begin("1", value(1))
    assert replies.get(timeout=PATIENCE)["value"] == 1
    requests.stop("1")
    requests.begin("2", value(2))
    assert replies.get(timeout=PATIENCE) == {"answer": "2", "value": 2}
