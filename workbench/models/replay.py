"""A model that answers as it was recorded: a real exchange again, without a key and without a wait.

It keeps no state. Where in the conversation a request is, its items say: those of the turn it is in
have to be recorded so (other ids make no difference), and of several that are, the one counts that
was said after the same things. The ids it gives are new, and the same each time; they begin with
``msg_replay_`` and ``call_replay_``.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from stat import S_ISREG
from typing import Any

from agents import ModelResponse, Usage
from openai.types.responses.response_usage import InputTokensDetails, OutputTokensDetails

from workbench.errors import (
    CorruptFile,
    InvalidValue,
    NotFound,
    NotRecorded,
    StoreUnusable,
    nearest,
    shorten,
)
from workbench.items import Item, call_name
from workbench.models.exchanges import Exchange, Place, place_of, prompt_of
from workbench.models.local import Asked, LocalModel
from workbench.models.output_items import output_item
from workbench.models.recording import Recording, parse

MARK = "replay"


@dataclass(frozen=True, slots=True)
class _Known:
    """One exchange, and the place in the conversation where it was."""

    place: Place
    prompt: str
    exchange: Exchange
    number: int


class ReplayModel(LocalModel):
    """Answers from a recording; see `workbench.OfflineModel.replay` for the arguments."""

    def __init__(
        self, path: str | os.PathLike[str], *, strict: bool = True, delay: float = 0.0
    ) -> None:
        self.strict = strict
        self.path = _file(path)
        super().__init__(f"{MARK}:{self.path.name}", delay=delay)
        self._known = _known(_recording(self.path), strict=strict)

    def __repr__(self) -> str:
        return f"<{self.model}: {len(self._known)} exchanges>"

    def answer(self, asked: Asked) -> ModelResponse:
        """What was recorded for these items. Raises NotRecorded."""
        if asked.previous_response_id or asked.conversation_id:
            raise NotRecorded(
                "the history of this run is on OpenAI's servers, where a replay can't look: "
                "give Runner.run a session, or the items"
            )
        items = _items(asked.items)
        place = place_of(items, outputs=self.strict)
        found = self._found(place)
        if found is None:
            raise NotRecorded(self._missing(items, place))
        seed = _seed(place, found.number)
        names: dict[str, str] = {}
        return ModelResponse(
            output=[
                output_item(item, f"{seed}{index}", names, mark=MARK)
                for index, item in enumerate(found.exchange.answered)
            ],
            usage=_usage(found.exchange),
            response_id=f"resp_{MARK}_{seed}",
        )

    def _found(self, place: Place) -> _Known | None:
        """The exchange at this place; of several that which was said after the same things."""
        same = [each for each in self._known if each.place.now == place.now]
        # The first of those that are equally like it.
        return max(same, key=lambda each: each.place.likeness(place), default=None)

    def _missing(self, items: Sequence[Item], place: Place) -> str:
        where = shorten(self.path.name)
        prompt = shorten(" ".join(prompt_of(items).split()))
        begun = [each for each in self._known if each.place.prompt == place.prompt]
        if not begun or len(place.now) == len(place.prompt):
            return f"the prompt {prompt} was not recorded in {where}; {self._hint(items, place)}"
        same = max(_alike(each.place.now, place.now) for each in begun)
        at = items[len(items) - len(place.now) + min(same, len(place.now) - 1)]
        tool = call_name(at) or _tool_of(at, items)
        told = f"the tool {shorten(tool)}" if tool else "what followed it"
        loose = "; strict=False lets tools answer something else" if self.strict and tool else ""
        return f"after the prompt {prompt}, {told} was not as recorded in {where}{loose}"

    def _hint(self, items: Sequence[Item], place: Place) -> str:
        """The prompt that was recorded next, or those that are like the given one."""
        first = [each for each in self._known if len(each.place.now) == len(each.place.prompt)]
        follows = [each.prompt for each in first if each.place.before == place.before]
        if follows:
            return f"next there is {_line(follows[0])}"
        prompts = dict.fromkeys(each.prompt for each in first)
        return nearest(prompt_of(items), prompts, plural="prompts")


def _file(path: str | os.PathLike[str]) -> Path:
    """``path`` of a file; there may be none. Raises InvalidValue."""
    if not isinstance(path, str | os.PathLike) or not str(path):
        given = "empty text" if path == "" else f"a {type(path).__name__}"
        raise InvalidValue(f"the path of a recording is text or a pathlib.Path, not {given}")
    found = Path(path)
    try:
        found = found.expanduser()
        is_file = S_ISREG(os.stat(found).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return found
    except (OSError, RuntimeError, ValueError) as exc:
        why = exc.strerror if isinstance(exc, OSError) else exc
        raise InvalidValue(f"{shorten(str(path))} is no path of a file: {why}") from exc
    if not is_file:  # a device may never end
        raise InvalidValue(f"{shorten(str(path))} is no file, so no recording can be in it")
    return found


def _recording(path: Path) -> Recording:
    name = shorten(path.name)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NotFound(f"there is no file {shorten(str(path))}; wb.record makes one") from None
    except UnicodeDecodeError:
        raise CorruptFile(f"{name} is not a recorded conversation: it is no text") from None
    except OSError as exc:
        raise StoreUnusable(f"{name} can't be read: {exc.strerror or exc}") from exc
    recording = parse(text, name)
    _check_answers(recording, name)
    return recording


def _check_answers(recording: Recording, name: str) -> None:
    """Raise CorruptFile for an answer that the SDK could not take."""
    for number, exchange in enumerate(recording.exchanges, start=1):
        try:
            for item in exchange.answered:
                output_item(item, "0", {}, mark=MARK)
        except ValueError as exc:
            raise CorruptFile(
                f"exchange {number} of {name} has an answer that is no output of a model "
                f"({type(exc).__name__})"
            ) from None


def _known(recording: Recording, *, strict: bool) -> list[_Known]:
    known: list[_Known] = []
    sofar: list[Item] = []
    for number, exchange in enumerate(recording.exchanges, start=1):
        sofar += exchange.given
        place = place_of(sofar, outputs=strict)
        known.append(_Known(place, prompt_of(sofar), exchange, number))
        sofar += exchange.answered
    return known


def _items(given: str | list[Any]) -> list[Item]:
    if isinstance(given, str):
        return [{"role": "user", "content": given}]
    return [dict(each) for each in given]


def _seed(place: Place, number: int) -> str:
    """What the new ids are made of: the same for the same conversation, else another."""
    whole = "\n".join([*place.before, *place.now, str(number)])
    return sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _usage(exchange: Exchange) -> Usage:
    """The tokens that were recorded; 0 where none were, which the SDK takes for unknown."""
    given, made = (_count(exchange.usage.get(name)) for name in ("input_tokens", "output_tokens"))
    mark = {"estimated": True} if exchange.usage.get("estimated") else {}
    return Usage(
        requests=1,
        input_tokens=given,
        output_tokens=made,
        total_tokens=given + made,
        input_tokens_details=InputTokensDetails.model_validate(
            {"cached_tokens": 0, "cache_write_tokens": 0, **mark}
        ),
        output_tokens_details=OutputTokensDetails.model_validate({"reasoning_tokens": 0, **mark}),
    )


def _count(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    """How many of their items are the same from the start."""
    pairs = zip(one, other, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _tool_of(item: Item, items: Sequence[Item]) -> str | None:
    """The tool that an output is of."""
    named = (call_name(each) for each in items if each.get("call_id") == item.get("call_id"))
    return next(filter(None, named), None)


def _line(text: str) -> str:
    return shorten(" ".join(text.split()))
