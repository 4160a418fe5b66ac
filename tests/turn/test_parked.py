from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from agents import Agent, RunContextWrapper, Runner, function_tool

from workbench.models.offline import OfflineModel
from workbench.turn.parked import (
    Call,
    Claim,
    Parked,
    claimed,
    has_begun,
    interruption_id,
    parked,
    spent_so_far,
    unpacked,
)


@function_tool(needs_approval=True)
def erase(ctx: RunContextWrapper[Any], name: str) -> str:
    """Erase a file."""
    return f"erased {name} for {ctx.context}"


def agent() -> Agent[Any]:
    return Agent(name="Ada", model=OfflineModel(), tools=[erase])


async def waits(context: Any = None) -> Any:
    return await Runner.run(agent(), "Call erase with name='x.txt'", context=context)


async def test_what_is_kept_says_what_waits_and_comes_back_as_it_was() -> None:
    kept = parked(await waits(), "Ada")
    (call,) = kept.calls
    assert (call.tool, call.arguments, call.agent) == ("erase", '{"name": "x.txt"}', "Ada")
    assert (kept.agent, kept.context, kept.claim, kept.is_decided) == ("Ada", None, None, False)
    assert Parked.from_text(kept.to_text()) == kept
    whole = Parked(
        agent=None,
        calls=(call.decided("rejected", always=True, message="nö"),),
        claim=claimed(),
        context="Any",
    )
    assert whole.is_decided
    assert Parked.from_text(whole.to_text()) == whole
    assert "erase" not in repr(kept.state) or kept.state is None
    assert (kept.state or "x") not in repr(kept)


async def test_fields_of_a_later_version_are_passed_over() -> None:
    kept = parked(await waits(), "Ada")
    values = json.loads(kept.to_text())
    values["later"] = values["calls"][0]["later"] = 1
    assert Parked.from_text(json.dumps(values)) == kept
    claim = {"at": "t", "by": "x", "later": 2}
    assert Parked.from_text(json.dumps({**values, "claim": claim})).claim == Claim(at="t", by="x")


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"agent": null, "calls": 3}'])
def test_a_damaged_text_raises_what_is_said(text: str) -> None:
    with pytest.raises((ValueError, TypeError, KeyError)):
        Parked.from_text(text)


async def test_a_run_goes_on_from_what_was_kept() -> None:
    kept = Parked.from_text(parked(await waits(), "Ada").to_text())
    approved = [call.decided("approved", always=False, message=None) for call in kept.calls]
    kept = Parked(agent="Ada", calls=tuple(approved), state=kept.state)
    state = await unpacked(kept, agent())
    assert not has_begun(state, kept)
    spent = spent_so_far(state)
    result = await Runner.run(agent(), state)
    assert "erased x.txt for None" in result.final_output
    assert has_begun(state, kept)
    assert spent is not None
    assert spent.requests == 1
    assert result.context_wrapper.usage.requests == 2


class Secret:
    """A context that is no JSON."""

    def __repr__(self) -> str:
        return "hunter2"


@pytest.mark.parametrize("context", [{"token": "hunter2"}, Secret(), "hunter2", ["hunter2"]])
async def test_a_context_is_not_kept_and_given_again(
    context: Any, caplog: pytest.LogCaptureFixture
) -> None:
    kept = parked(await waits(context), "Ada")
    assert kept.context == type(context).__name__
    assert not caplog.records  # the SDK warns of contexts that it can't write
    approved = tuple(call.decided("approved", always=False, message=None) for call in kept.calls)
    state = await unpacked(Parked(agent="Ada", calls=approved, state=kept.state), agent())
    assert "hunter2" not in json.dumps(state.to_json())
    state = await unpacked(
        Parked(agent="Ada", calls=approved, state=kept.state), agent(), context=context
    )
    assert str(context) in (await Runner.run(agent(), state)).final_output


async def test_an_empty_dict_is_kept_as_one() -> None:
    assert parked(await waits({}), "Ada").context is None


def test_no_state_has_spent_nothing_that_is_known() -> None:
    assert spent_so_far("a prompt") is None
    assert spent_so_far([{"role": "user"}]) is None


def test_a_call_is_known_by_its_id_or_that_of_its_request() -> None:
    def of(raw: Any) -> str | None:
        return interruption_id(SimpleNamespace(raw_item=raw))

    assert of({"call_id": "c1", "id": "i1"}) == "c1"
    assert of({"id": "mcpr_1"}) == "mcpr_1"
    assert of(SimpleNamespace(call_id=None, id="i1")) == "i1"
    assert of({}) is None
    assert Call(call_id="c1", tool="t").decision is None
