"""``mode="openai"``: OpenAI's own compaction, over real HTTP."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from agents import Agent, RunConfig, Runner

from tests.models.conftest import without_key
from tests.openai_server import openai_server
from tests.sessions.compaction.conversations import assistant, call, output, shape, turns, user
from workbench import items as of
from workbench.errors import ModelError
from workbench.protocols import COMPACTION
from workbench.sessions import CompactionSession, MemorySession

__all__ = ["without_key"]

OPAQUE = {"id": "cmp_1", "type": "compaction", "encrypted_content": "gAAAA==", "created_by": None}


@dataclass
class CompactServer:
    """A server of ``POST /v1/responses/compact``, by the API's reference: it gives the user's
    messages back, and one opaque item."""

    url: str
    bodies: list[dict[str, Any]] = field(default_factory=list)
    output: list[Any] | None = None
    """What is returned instead."""

    def answer(self, body: dict[str, Any]) -> dict[str, Any]:
        self.bodies.append(body)
        users = [
            {
                "id": f"msg_{index}",
                "type": "message",
                "role": "user",
                "status": "completed",
                "content": [{"type": "input_text", "text": of.text(item), "detail": None}],
            }
            for index, item in enumerate(body["input"])
            if item.get("role") == "user"
        ]
        return {
            "id": "resp_1",
            "object": "response.compaction",
            "created_at": 1,
            "output": [*users, OPAQUE] if self.output is None else self.output,
            "usage": {"input_tokens": 139, "output_tokens": 438, "total_tokens": 577},
        }


@contextmanager
def compact_server() -> Iterator[CompactServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            known = self.path == "/v1/responses/compact"
            data = json.dumps(state.answer(body) if known else {"error": self.path}).encode()
            self.send_response(200 if known else 404)
            for name, value in (("Content-Type", "application/json"), ("Connection", "close")):
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state = CompactServer(f"http://127.0.0.1:{http.server_address[1]}/v1")
    thread = threading.Thread(target=http.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        http.shutdown()
        http.server_close()
        thread.join(5)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[CompactServer]:
    with compact_server() as running:
        monkeypatch.setenv("OPENAI_BASE_URL", running.url)
        monkeypatch.setenv("OPENAI_API_KEY", "test-key")
        yield running


def by_openai(max_messages: int = 6) -> CompactionSession:
    return CompactionSession(MemorySession("demo"), max_messages, "gpt-5.2", mode="openai")


async def test_the_users_messages_and_one_opaque_item_take_the_place(
    server: CompactServer,
) -> None:
    session = by_openai()
    await session.add_items([*turns(2), user("go"), call("c"), output("c"), assistant("done")])
    await session.settled()
    (body,) = server.bodies
    assert body["model"] == "gpt-5.2"
    assert body["input"] == turns(2)
    rows = await session.rows()
    texts = [{"type": "input_text", "text": f"question {n}"} for n in range(2)]
    assert [row.item.get("content") for row in rows[:2]] == [[texts[0]], [texts[1]]]
    assert rows[2].item == {
        "id": "cmp_1",
        "type": "compaction",
        "encrypted_content": "gAAAA==",
    }
    assert {str(row.turn_id).startswith(COMPACTION) for row in rows[:3]} == {True}
    assert shape([row.item for row in rows[3:]])[-1] == "done"
    assert await session.undo_compaction() == 4
    assert (await session.get_items())[:4] == turns(2)


async def test_its_cost_is_what_the_service_says(server: CompactServer) -> None:
    session = by_openai()
    await session.append(turns(4))
    spent = await session.after_turn()
    assert spent is not None
    assert (spent.requests, spent.input_tokens, spent.output_tokens) == (1, 139, 438)
    assert not spent.estimated
    assert spent.notice == "Compacted 5 items into one summary (gpt-5.2)."


async def test_what_it_left_is_compacted_again_and_counts_as_one_message(
    server: CompactServer,
) -> None:
    session = by_openai()
    for n in range(20):
        await session.append(turns(1, first=n))
        await session.after_turn()
    assert len(server.bodies) <= 9  # not after every turn, however many messages it gives back
    kinds = [item.get("type") for item in await session.get_items()]
    assert kinds.count("compaction") == 1
    last = server.bodies[-1]["input"]
    assert [item.get("type") for item in last].count("compaction") == 1
    assert sum(item.get("role") == "user" for item in last) > 6


async def test_the_responses_api_gets_the_opaque_item_whole(
    server: CompactServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = by_openai()
    await session.add_items(turns(4))
    await session.settled()
    with openai_server() as model:
        monkeypatch.setenv("OPENAI_BASE_URL", model.url)
        from workbench.models import WorkbenchProvider

        async with WorkbenchProvider(api="responses") as provider:
            config = RunConfig(model_provider=provider, tracing_disabled=True)
            agent = Agent(name="Ada", model="gpt-5.2")
            await Runner.run(agent, "go on", session=session, run_config=config)
    given = model.requests[0].body["input"]
    assert [item for item in given if item.get("type") == "compaction"] == [
        {"id": "cmp_1", "type": "compaction", "encrypted_content": "gAAAA=="}
    ]


@pytest.mark.parametrize("wrong", [[], [user("only this")], [{"type": "compaction"}], "text"])
async def test_an_answer_without_a_compaction_changes_nothing(
    server: CompactServer, wrong: Any
) -> None:
    server.output = wrong
    session = by_openai()
    await session.append(turns(4))
    with pytest.raises(ModelError, match="no compaction item"):
        await session.compact()
    assert await session.get_items() == turns(4)


async def test_a_server_that_cannot_compact_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with openai_server() as other:
        monkeypatch.setenv("OPENAI_BASE_URL", other.url)
        session = by_openai()
        await session.append(turns(4))
        with pytest.raises(ModelError, match="NotFoundError, status 404"):
            await session.compact()
    assert await session.get_items() == turns(4)


async def test_without_a_key_the_offline_model_summarises() -> None:
    session = by_openai()
    await session.append(turns(4))
    report = await session.compact()
    assert report.by == "offline"
    assert shape(await session.get_items())[0] == "S"


async def test_a_client_given_to_the_sdk_is_used_and_left_open(
    server: CompactServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from agents.models import _openai_shared as shared
    from openai import AsyncOpenAI

    from workbench import loop

    async def at_home() -> Any:
        async with AsyncOpenAI(api_key="own", base_url=server.url) as client:
            monkeypatch.setattr(shared, "_default_openai_client", client)
            session = by_openai()
            await session.append(turns(4))
            report = await session.compact()
            return report.by, client.is_closed()

    assert await loop.at_home(at_home()) == ("gpt-5.2", False)
